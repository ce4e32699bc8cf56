import type { Call, UpstreamHandle } from '../dispatch/call.ts';
import type { JsonObject } from '../protocol/json.ts';
import { isTaskNotification, LIST_KINDS, LISTS, type ListKind } from '../protocol/methods.ts';
import { logOwner } from './log-owner.ts';

type Listener<K extends keyof UpstreamHandle> = UpstreamHandle[K] extends (listener: infer L) => void ? L : never;

/** Who is told of what an upstream tells of its own accord. */
export interface Notices {
  readonly ready: Set<Listener<'onReady'>>;
  readonly listChanged: Set<Listener<'onListChanged'>>;
  readonly log: Set<Listener<'onLog'>>;
  readonly elicitationComplete: Set<Listener<'onElicitationComplete'>>;
  readonly resourceUpdated: Set<Listener<'onResourceUpdated'>>;
  readonly taskChanged: Set<Listener<'onTaskChanged'>>;
  /** Hands a notification to those that it is for. */
  tell(method: string, params: JsonObject, call: Call | undefined, underWay: Iterable<Call>): void;
  /** Says of lists that they may have changed; default: of all. */
  tellListsChanged(kinds?: readonly ListKind[]): void;
}

export const createNotices = (): Notices => {
  const listeners = {
    ready: new Set<Listener<'onReady'>>(),
    listChanged: new Set<Listener<'onListChanged'>>(),
    log: new Set<Listener<'onLog'>>(),
    elicitationComplete: new Set<Listener<'onElicitationComplete'>>(),
    resourceUpdated: new Set<Listener<'onResourceUpdated'>>(),
    taskChanged: new Set<Listener<'onTaskChanged'>>(),
  };

  const tellListsChanged = (kinds: readonly ListKind[] = LIST_KINDS): void => {
    for (const kind of kinds) for (const listener of listeners.listChanged) listener(kind);
  };

  /** A message is told to the one client whose call it is about, or to all where they are one. */
  const tellLog = (params: JsonObject, call: Call | undefined, underWay: Iterable<Call>): void => {
    const owner = call ?? logOwner(params, [...underWay]);
    if (owner === 'nobody') return;
    const { sink, client } = owner === 'everybody' ? {} : owner;
    sink?.log(params);
    for (const listener of listeners.log) listener(params, client?.id);
  };

  return {
    ...listeners,
    tellListsChanged,
    tell(method, params, call, underWay) {
      const { uri, elicitationId } = params;
      if (method === 'notifications/message') tellLog(params, call, underWay);
      else if (method === 'notifications/resources/updated' && typeof uri === 'string')
        for (const listener of listeners.resourceUpdated) listener(uri);
      else if (method === 'notifications/elicitation/complete' && typeof elicitationId === 'string')
        for (const listener of listeners.elicitationComplete) listener(elicitationId);
      else if (isTaskNotification(method)) for (const listener of listeners.taskChanged) listener(params);
      tellListsChanged(LIST_KINDS.filter((kind) => LISTS[kind].changed === method));
    },
  };
};
