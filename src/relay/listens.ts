import type { Catalog } from '../catalog/catalog.ts';
import { isJsonObject, type JsonObject, parseLossless } from '../protocol/json.ts';
import type { NotificationMessage, RequestId } from '../protocol/message.ts';
import { META } from '../protocol/meta.ts';
import { createErrorBody, INVALID_PARAMS, INVALID_REQUEST, toRequestId } from '../protocol/parse.ts';
import { type ClientPeer, changeNotifications, type JudgedRequest } from './client-peer.ts';

/** More subscriptions on one connection are refused. */
const MAX_LISTENS = 64;

/** The filters of a `subscriptions/listen` that the hub honours, and the notification that each stands for. */
const HONOURED: Readonly<Record<string, string>> = {
  toolsListChanged: 'notifications/tools/list_changed',
  promptsListChanged: 'notifications/prompts/list_changed',
  resourcesListChanged: 'notifications/resources/list_changed',
};

interface Listen {
  readonly stopWatching: () => void;
}

export interface Listens {
  /** Acknowledges a subscription with the part of it that is honoured, and keeps it until it is cancelled. */
  open(request: JudgedRequest, catalog: Catalog): void;
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
export const createListens = (peer: ClientPeer): Listens => {
  const listens = new Map<RequestId, Listen>();

  const close = (id: RequestId): boolean => {
    listens.get(id)?.stopWatching();
    return listens.delete(id);
  };

  return {
    open({ id, params }, catalog) {
      const wanted = params['notifications'];
      const refusal = refusalOf(id, wanted, listens);
      if (refusal !== undefined) {
        peer.sendError(id, refusal);
        return;
      }
      const filters = Object.keys(HONOURED).filter((filter) => (wanted as JsonObject)[filter] === true);
      const methods = new Set(filters.map((filter) => HONOURED[filter]));
      const tag = { _meta: { [META.subscriptionId]: parseLossless(id) } };
      const notifications = Object.fromEntries(filters.map((filter) => [filter, true]));
      peer.sendNotification('notifications/subscriptions/acknowledged', { ...tag, notifications });
      const stopWatching = catalog.onChanged((kinds) => {
        for (const method of changeNotifications(kinds)) {
          if (methods.has(method)) peer.sendNotification(method, tag);
        }
      });
      listens.set(id, { stopWatching });
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
        peer.sendNotification('notifications/cancelled', { requestId: parseLossless(id), reason: 'the hub is ending' });
      }
    },
    close() {
      for (const id of [...listens.keys()]) close(id);
    },
  };
};

const refusalOf = (id: RequestId, wanted: unknown, listens: ReadonlyMap<RequestId, Listen>) => {
  if (!isJsonObject(wanted)) return createErrorBody(INVALID_PARAMS, 'params.notifications must be an object');
  if (listens.has(id)) return createErrorBody(INVALID_REQUEST, 'the id belongs to a subscription that is open');
  if (listens.size >= MAX_LISTENS)
    return createErrorBody(INVALID_PARAMS, `at most ${MAX_LISTENS} subscriptions are kept`);
  return undefined;
};
