import type { ClientContext } from '../dispatch/call.ts';
import { type JsonObject, parseLossless } from '../protocol/json.ts';
import type { NotificationMessage, RequestId } from '../protocol/message.ts';
import { META } from '../protocol/meta.ts';
import { LIST_KINDS, LISTS, TASK_NOTIFICATIONS } from '../protocol/methods.ts';
import { metaOf } from '../protocol/params-meta.ts';
import { createErrorBody, INVALID_PARAMS, toRequestId } from '../protocol/parse.ts';
import { settledWithin } from '../utils/settled-within.ts';
import { type ClientPeer, changeNotifications, type JudgedRequest } from './client-peer.ts';
import { knowsTasks, LACKS_TASKS } from './knows-tasks.ts';
import { LIST_CHANGES, type ListenFilter, readListenFilter } from './listen-filter.ts';
import type { Relay } from './relay.ts';
import type { ResourceWatcher } from './resource-watchers.ts';
import type { View } from './view.ts';

/** More subscriptions on one connection are refused. */
const MAX_LISTENS = 64;

/** Further resources of one subscription are not honoured. */
const MAX_URIS = 1_000;

/** Further tasks of one subscription are not honoured. */
const MAX_TASKS = 1_000;

/** The `subscriptions/listen` requests of one connection that are open. */
export interface Listens {
  /** Opens a subscription, and keeps it until it is cancelled. */
  open(request: JudgedRequest, view: View, client: ClientContext): void;
  /** Whether the id is that of a subscription. */
  has(id: RequestId): boolean;
  /** Ends the subscription that a `notifications/cancelled` names; false where it names none. */
  cancel(message: NotificationMessage): boolean;
  /** Ends all with their result and a `notifications/cancelled`: the hub is ending. */
  endAll(): void;
  /** Stops watching without a word. */
  close(): void;
}

export const createListens = (peer: ClientPeer, relay: Relay): Listens => {
  const listens = new Map<RequestId, Listen>();

  const close = (id: RequestId): boolean => {
    listens.get(id)?.close();
    return listens.delete(id);
  };

  return {
    open(request, view, client) {
      const filter = readListenFilter(request.params['notifications']);
      const isOneTooMany = listens.size >= MAX_LISTENS;
      if (typeof filter === 'string')
        peer.refuse(request, createErrorBody(INVALID_PARAMS, `Invalid params: ${filter}`));
      else if (isOneTooMany) peer.refuse(request, createErrorBody(INVALID_PARAMS, TOO_MANY));
      else if (filter.taskIds.length > 0 && !knowsTasks(client)) peer.refuse(request, LACKS_TASKS, 'denied');
      else listens.set(request.id, openListen({ id: request.id, filter, view, peer, relay, client }));
    },
    has: (id) => listens.has(id),
    cancel({ params }) {
      const id = toRequestId(params?.['requestId']);
      return id !== undefined && close(id);
    },
    endAll() {
      for (const [id, listen] of [...listens]) {
        listen.acknowledge();
        close(id);
        peer.sendResult(id, JSON.stringify({ resultType: 'complete', _meta: tagOf(id) }));
        const params = { requestId: parseLossless(id), reason: 'the hub is ending' };
        peer.sendNotification('notifications/cancelled', params, id);
      }
    },
    close() {
      for (const id of [...listens.keys()]) close(id);
    },
  };
};

const TOO_MANY = `at most ${MAX_LISTENS} subscriptions are kept`;

interface Listen {
  /** Says what is honoured so far, where that was not said yet. */
  acknowledge(): void;
  close(): void;
}

interface ListenOptions {
  readonly id: RequestId;
  readonly filter: ListenFilter;
  readonly view: View;
  readonly peer: ClientPeer;
  readonly relay: Relay;
  readonly client: ClientContext;
}

/**
 * One subscription. Its acknowledgement comes first, and names the resources that an upstream owns and has not refused to
 * watch; for that it waits for slow upstreams as long as a first list does. What changes meanwhile is told after it.
 * https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/subscriptions#acknowledgment
 */
const openListen = ({ id, filter, view, peer, relay, client }: ListenOptions): Listen => {
  const closing = new AbortController();
  const tag = { _meta: tagOf(id) };
  const honoured = new Set<string>();
  const held = new Map<string, () => void>();
  let isAcknowledged = false;

  const tell = (method: string, more: JsonObject = {}): void => {
    const send = (): void => peer.sendNotification(method, { ...tag, ...more }, id);
    if (isAcknowledged) send();
    else held.set(JSON.stringify([method, more]), send);
  };

  const watcher: ResourceWatcher = (uri) => tell('notifications/resources/updated', { uri });
  const methods = new Set<string>(filter.lists.map((list) => LIST_CHANGES[list]));
  for (const kind of LIST_KINDS) if (methods.has(LISTS[kind].changed)) view.catalog.watch(kind);
  const stopLists = view.catalog.onChanged((kinds) => {
    for (const method of changeNotifications(kinds)) if (methods.has(method)) tell(method);
  });

  const tasks = watchTasks(relay, client, filter.taskIds.slice(0, MAX_TASKS), (task) =>
    tell(TASK_NOTIFICATIONS.modern, { ...task, _meta: { ...metaOf(task), ...tag._meta } }),
  );

  const acknowledge = (): void => {
    if (isAcknowledged || closing.signal.aborted) return;
    isAcknowledged = true;
    const uris = filter.uris.filter((uri) => honoured.has(uri));
    const notifications = {
      ...Object.fromEntries(filter.lists.map((list) => [list, true])),
      ...(uris.length > 0 && { resourceSubscriptions: uris }),
      ...(tasks.ids.length > 0 && { taskIds: [...tasks.ids] }),
    };
    peer.sendNotification('notifications/subscriptions/acknowledged', { ...tag, notifications }, id);
    for (const send of held.values()) send();
    held.clear();
  };

  /** One whose upstream has not said yet whether it can be watched counts as honoured: it is watched when it can be. */
  const honour = async (uri: string): Promise<void> => {
    const resolution = await relay.locate(view, 'resource', uri, closing.signal);
    if (resolution === undefined || isAcknowledged || closing.signal.aborted) return;
    honoured.add(uri);
    const refusal = await view.watchers.watch(watcher, resolution.target, NEVER);
    if (refusal !== undefined) honoured.delete(uri);
  };

  if (filter.uris.length === 0) acknowledge();
  else {
    const all = Promise.all(filter.uris.slice(0, MAX_URIS).map(honour));
    void settledWithin(all, relay.firstListMs).then(acknowledge);
  }
  return {
    acknowledge,
    close() {
      closing.abort();
      stopLists();
      tasks.stop();
      view.watchers.drop(watcher);
    },
  };
};

interface TaskWatch {
  /** The tasks of the client among those that were asked for. */
  readonly ids: readonly string[];
  stop(): void;
}

/** https://modelcontextprotocol.io/seps/2663-tasks-extension#task-status-notifications */
const watchTasks = (
  relay: Relay,
  client: ClientContext,
  wanted: readonly string[],
  onChanged: (task: JsonObject) => void,
): TaskWatch => {
  const owned = wanted.flatMap((taskId) => {
    const view = relay.viewOfTask(client, taskId);
    const upstream = view.tasks.ownerOf(client.id, taskId);
    return upstream === undefined ? [] : [{ taskId, view, upstream }];
  });
  const ids = owned.map(({ taskId }) => taskId);
  const watched: ReadonlySet<unknown> = new Set(ids);
  const onTask = (task: JsonObject): void => {
    if (watched.has(task['taskId'])) onChanged(task);
  };
  const stops = [
    ...owned.flatMap(({ taskId, view, upstream }) => view.upstreams.get(upstream)?.watchTask(taskId) ?? []),
    ...[...new Set(owned.map(({ view }) => view))].map(({ tasks }) => tasks.follow(client.id, onTask)),
  ];
  return {
    ids,
    stop() {
      for (const stop of stops) stop();
    },
  };
};

const tagOf = (id: RequestId): JsonObject => ({ [META.subscriptionId]: parseLossless(id) });

const NEVER = new AbortController().signal;
