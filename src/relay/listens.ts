import { isJsonObject, type JsonObject, parseLossless } from '../protocol/json.ts';
import type { NotificationMessage, RequestId } from '../protocol/message.ts';
import { META } from '../protocol/meta.ts';
import { createErrorBody, INVALID_PARAMS, INVALID_REQUEST, toRequestId } from '../protocol/parse.ts';
import { type ClientPeer, changeNotifications, type JudgedRequest } from './client-peer.ts';
import type { Relay } from './relay.ts';
import type { ResourceWatcher } from './resource-watchers.ts';
import type { View } from './view.ts';

/** More subscriptions on one connection are refused. */
const MAX_LISTENS = 64;

/** The filters of a `subscriptions/listen` that the hub honours, and the notification that each stands for. */
const HONOURED_LISTS: Readonly<Record<string, string>> = {
  toolsListChanged: 'notifications/tools/list_changed',
  promptsListChanged: 'notifications/prompts/list_changed',
  resourcesListChanged: 'notifications/resources/list_changed',
};

interface Listen {
  readonly stopWatching: () => void;
}

export interface Listens {
  /** Acknowledges a subscription with the part of it that is honoured, and keeps it until it is cancelled. */
  open(request: JudgedRequest, view: View): void;
  /** Ends the subscription that a `notifications/cancelled` names; false where it names none. */
  cancel(message: NotificationMessage): boolean;
  /** Ends all with their result and a `notifications/cancelled`: the hub is ending. */
  endAll(): void;
  /** Stops watching without a word. */
  close(): void;
}

/**
 * The `subscriptions/listen` requests of one connection.
 * https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/subscriptions
 */
export const createListens = (peer: ClientPeer, relay: Relay): Listens => {
  const listens = new Map<RequestId, Listen>();

  const close = (id: RequestId): boolean => {
    listens.get(id)?.stopWatching();
    return listens.delete(id);
  };

  const watchResources = async (
    uris: readonly string[],
    view: View,
    watcher: ResourceWatcher,
    id: RequestId,
  ): Promise<void> => {
    for (const uri of uris) {
      const resolution = await relay.locate(view, 'resource', uri, NEVER);
      if (!listens.has(id)) return;
      if (resolution !== undefined) await view.watchers.watch(watcher, resolution.target, NEVER);
    }
  };

  return {
    open({ id, params }, view) {
      const wanted = params['notifications'];
      const refusal = refusalOf(id, wanted, listens);
      if (refusal !== undefined) {
        peer.sendError(id, refusal);
        return;
      }
      const honoured = honour(wanted as JsonObject);
      const methods = new Set(Object.keys(honoured).map((filter) => HONOURED_LISTS[filter]));
      const tag = { _meta: { [META.subscriptionId]: parseLossless(id) } };
      peer.sendNotification('notifications/subscriptions/acknowledged', { ...tag, notifications: honoured }, id);
      const stopLists = view.catalog.onChanged((kinds) => {
        for (const method of changeNotifications(kinds)) {
          if (methods.has(method)) peer.sendNotification(method, tag, id);
        }
      });
      const watcher: ResourceWatcher = (uri) =>
        peer.sendNotification('notifications/resources/updated', { ...tag, uri }, id);
      listens.set(id, {
        stopWatching() {
          stopLists();
          view.watchers.drop(watcher);
        },
      });
      void watchResources(urisIn(wanted as JsonObject), view, watcher, id);
    },
    cancel({ params }) {
      const id = toRequestId(params?.['requestId']);
      return id !== undefined && close(id);
    },
    endAll() {
      for (const id of [...listens.keys()]) {
        close(id);
        const tag = { [META.subscriptionId]: parseLossless(id) };
        peer.sendResult(id, JSON.stringify({ resultType: 'complete', _meta: tag }));
        peer.sendNotification(
          'notifications/cancelled',
          { requestId: parseLossless(id), reason: 'the hub is ending' },
          id,
        );
      }
    },
    close() {
      for (const id of [...listens.keys()]) close(id);
    },
  };
};

const NEVER = new AbortController().signal;

const honour = (wanted: JsonObject): JsonObject => {
  const lists = Object.keys(HONOURED_LISTS).filter((filter) => wanted[filter] === true);
  const uris = urisIn(wanted);
  return {
    ...Object.fromEntries(lists.map((filter) => [filter, true])),
    ...(uris.length > 0 && { resourceSubscriptions: uris }),
  };
};

const urisIn = ({ resourceSubscriptions }: JsonObject): string[] =>
  Array.isArray(resourceSubscriptions) ? resourceSubscriptions.filter((uri) => typeof uri === 'string') : [];

const refusalOf = (id: RequestId, wanted: unknown, listens: ReadonlyMap<RequestId, Listen>) => {
  if (!isJsonObject(wanted)) return createErrorBody(INVALID_PARAMS, 'params.notifications must be an object');
  if (listens.has(id)) return createErrorBody(INVALID_REQUEST, 'the id belongs to a subscription that is open');
  if (listens.size >= MAX_LISTENS)
    return createErrorBody(INVALID_PARAMS, `at most ${MAX_LISTENS} subscriptions are kept`);
  return undefined;
};
