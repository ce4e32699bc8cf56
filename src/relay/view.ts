import type { Catalog } from '../catalog/catalog.ts';
import { forEachUpstream, type UpstreamSet } from '../dispatch/call.ts';
import type { Ask } from '../dispatch/question.ts';
import type { JsonObject } from '../protocol/json.ts';
import { type LogLevel, mostVerbose } from '../protocol/log-level.ts';
import type { Router } from '../router/router.ts';
import { renameTaskUris } from './rename-uris.ts';
import { createResourceWatchers, type ResourceWatchers } from './resource-watchers.ts';
import { createTaskOwners, type TaskOwners } from './task-owners.ts';

/** A session that can be asked outside of any call. */
export interface AskableSession {
  readonly ask: Ask;
}

type LogListener = (params: JsonObject, clientId: string | undefined) => void;

export interface ViewParts {
  readonly upstreams: UpstreamSet;
  readonly catalog: Catalog;
  readonly router: Router;
}

/** The upstreams as some clients see them: those that were told of their capabilities, and what they offer. */
export interface View extends ViewParts {
  readonly watchers: ResourceWatchers;
  readonly tasks: TaskOwners;
  /** The sessions that are open; a question that belongs to no call goes to the only one. */
  readonly sessions: Set<AskableSession>;
  /** Asks every upstream for log messages of a level and above. It is never lowered: who wants less leaves out the rest. */
  wantLogs(level: LogLevel): void;
  /**
   * Calls the listener with the params of every log message of every upstream, and the id of the client that it is for; none
   * where it is for everybody.
   */
  onLog(listener: LogListener): () => void;
  /** Calls the listener with the id of each URL elicitation of any upstream that has come to its end. */
  onElicitationComplete(listener: (elicitationId: string) => void): () => void;
}

export const createView = (parts: ViewParts): View => {
  const { upstreams, catalog } = parts;
  const logListeners = new Set<LogListener>();
  const elicitationListeners = new Set<(elicitationId: string) => void>();
  let logLevel: LogLevel | undefined;
  const tasks = createTaskOwners();
  forEachUpstream(upstreams, (upstream) => {
    if (logLevel !== undefined) upstream.setLogLevel(logLevel);
    upstream.onElicitationComplete((elicitationId) => {
      for (const listener of elicitationListeners) listener(elicitationId);
    });
    upstream.onLog((params, clientId) => {
      for (const listener of logListeners) listener({ logger: upstream.name, ...params }, clientId);
    });
    upstream.onTaskChanged((task) => {
      const isHeard = tasks.tell(upstream.name, renameTaskUris(task, catalog.uriNamingOf(upstream.name)));
      if (isHeard) catalog.learnUris(upstream.name, task);
    });
  });
  return {
    ...parts,
    watchers: createResourceWatchers(upstreams),
    tasks,
    sessions: new Set(),
    wantLogs(level) {
      logLevel = mostVerbose([level, logLevel ?? level]) ?? level;
      for (const name of upstreams.names) upstreams.get(name)?.setLogLevel(level);
    },
    onLog(listener) {
      logListeners.add(listener);
      return () => void logListeners.delete(listener);
    },
    onElicitationComplete(listener) {
      elicitationListeners.add(listener);
      return () => void elicitationListeners.delete(listener);
    },
  };
};
