import { failureReply } from '../dispatch/failure.ts';
import { NO_TIME, type Reply } from '../dispatch/reply.ts';
import { HubError } from '../errors/hub-error.ts';
import type { UpstreamEnvelope } from '../protocol/codec.ts';
import { isJsonObject, type JsonObject } from '../protocol/json.ts';
import { isLogLevel, type LogLevel, mostVerbose } from '../protocol/log-level.ts';
import type { ErrorBody, ErrorMessage } from '../protocol/message.ts';
import { META } from '../protocol/meta.ts';
import { TASKS_EXTENSION } from '../protocol/methods.ts';
import { metaOf } from '../protocol/params-meta.ts';
import { createErrorBody, INVALID_PARAMS } from '../protocol/parse.ts';
import type { CancelSignal } from '../utils/cancellation.ts';
import { whenAborted } from '../utils/when-aborted.ts';
import type { CallLimit } from './call-limit.ts';
import { type ChangeFeed, createChangeFeed } from './change-feed.ts';
import type { Connection } from './handshake.ts';

/**
 * What the hub wants of an upstream beyond single calls: to be told of changes in some resources and tasks, and log messages of a
 * level. It is remembered here and made true at every new connection.
 */
export interface Wishes {
  /** Whether a resource or a task is watched. */
  readonly isWatching: boolean;
  /**
   * Makes all of it true at a new connection.
   * @param onReopened told when changes may have been missed; default: nobody is told.
   */
  apply(connection: Connection, onReopened?: () => void): void;
  /** The connection has ended. */
  end(): void;
  /** Takes the acknowledgement of a stream of changes. False for what came on a stream whose place another has taken. */
  hears(method: string, params: JsonObject): boolean;
  /**
   * Watches a resource, over a connection that `connect` gives where none is there.
   * @returns an error where the upstream refuses or cannot be reached. A modern upstream has acknowledged that it tells of it.
   */
  watch(uri: string, connect: () => Promise<Connection>, signal: CancelSignal): Promise<Reply>;
  unwatch(uri: string): void;
  /** Asks to be told of a task, where that has to be asked for; returns what ends it. Counted. */
  watchTask(taskId: string): () => void;
  setLogLevel(level: string): void;
  /** Tells the upstream that the roots of its client have changed, where it knows of roots. */
  announceRootsChanged(): void;
}

/**
 * Asks a legacy upstream request by request, a modern one through its stream of changes.
 * @param limitOf how long a request of that method may take.
 */
export const createWishes = (
  envelope: UpstreamEnvelope,
  limitOf: (method: string, signal: CancelSignal) => CallLimit,
): Wishes => {
  const watched = new Map<string, number>();
  const tasks = new Set<{ readonly taskId: string }>();
  // A stream that asks for tasks without the extension is refused as a whole.
  const { extensions } = envelope.clientCapabilities;
  const hasTasks = isJsonObject(extensions) && Object.hasOwn(extensions, TASKS_EXTENSION);
  let logLevel: LogLevel | undefined;
  let connection: Connection | undefined;
  let feed: ChangeFeed | undefined;
  /** The answer of the upstream to what is watched now. */
  let answered: Promise<ErrorBody | undefined> | undefined;

  const send = async (method: string, params: JsonObject, signal: CancelSignal): Promise<ErrorMessage | undefined> => {
    const limit = limitOf(method, signal);
    limit.start();
    try {
      const answer = await connection?.link.request({ method, params: () => params, signal: limit.signal });
      return answer?.kind === 'error' ? answer : undefined;
    } finally {
      limit.stop();
    }
  };
  const tell = (method: string, params: JsonObject): void => {
    // What the upstream does not take now it is told at the next connection.
    send(method, params, new AbortController().signal).catch(() => {});
  };
  /** Whether nobody watches it any more. */
  const release = (uri: string): boolean => {
    const count = watched.get(uri) ?? 0;
    if (count > 1) watched.set(uri, count - 1);
    else watched.delete(uri);
    return count === 1;
  };
  const watchAll = (): void => {
    const taskIds = hasTasks ? [...new Set([...tasks].map(({ taskId }) => taskId))] : [];
    answered = feed?.watch({ uris: [...watched.keys()], taskIds });
    answered?.catch(() => {});
  };
  /** Waits until a modern upstream has said whether it tells of changes in the resource; a legacy one has been asked. */
  const confirm = async (uri: string, signal: CancelSignal): Promise<Reply> => {
    if (feed === undefined || answered === undefined || feed.honours(uri)) return DONE;
    const limit = limitOf('subscriptions/listen', signal);
    limit.start();
    try {
      const refusal = await whenAborted(answered, limit.signal);
      if (feed?.honours(uri)) return DONE;
      release(uri);
      return { kind: 'error', error: refusal ?? notWatched(uri), from: 'modern', time: NO_TIME };
    } finally {
      limit.stop();
    }
  };
  const applyLogLevel = (): void => {
    const canLog = isJsonObject(connection?.identity.capabilities['logging']);
    if (logLevel !== undefined && feed === undefined && canLog) tell('logging/setLevel', { level: logLevel });
  };

  return {
    get isWatching() {
      return watched.size + tasks.size > 0;
    },
    apply(newConnection, onReopened = () => {}) {
      connection = newConnection;
      feed = connection.codec.era === 'modern' ? createChangeFeed(connection, { envelope, onReopened }) : undefined;
      if (watched.size + tasks.size > 0) watchAll();
      if (feed === undefined) for (const uri of watched.keys()) tell('resources/subscribe', { uri });
      applyLogLevel();
    },
    end() {
      feed?.close();
      feed = undefined;
      connection = undefined;
    },
    hears(method, params) {
      const subscription = metaOf(params)[META.subscriptionId];
      if (method === 'notifications/subscriptions/acknowledged')
        feed?.acknowledge(subscription, params['notifications']);
      return feed?.isReplaced(subscription) !== true;
    },
    async watch(uri, connect, signal) {
      const count = watched.get(uri) ?? 0;
      watched.set(uri, count + 1);
      try {
        if (count > 0 || connection === undefined) {
          // A new connection is told of everything that is watched.
          await connect();
          return await confirm(uri, signal);
        }
        if (feed !== undefined) {
          watchAll();
          return await confirm(uri, signal);
        }
        const refusal = await send('resources/subscribe', { uri }, signal);
        if (refusal === undefined) return DONE;
        release(uri);
        return { kind: 'error', error: refusal.error, from: 'legacy', time: NO_TIME };
      } catch (thrown) {
        release(uri);
        return failureReply(HubError.from(thrown));
      }
    },
    unwatch(uri) {
      if (!release(uri)) return;
      if (feed !== undefined) watchAll();
      else tell('resources/unsubscribe', { uri });
    },
    watchTask(taskId) {
      const wish = { taskId };
      tasks.add(wish);
      if (hasTasks) watchAll();
      return () => {
        if (tasks.delete(wish) && hasTasks) watchAll();
      };
    },
    setLogLevel(level) {
      if (!isLogLevel(level)) return;
      const wanted = mostVerbose(logLevel === undefined ? [level] : [level, logLevel]);
      if (wanted === logLevel) return;
      logLevel = wanted;
      applyLogLevel();
    },
    announceRootsChanged() {
      const roots = envelope.clientCapabilities['roots'];
      if (feed === undefined && isJsonObject(roots) && roots['listChanged'] === true) {
        connection?.link.notify('notifications/roots/list_changed');
      }
    },
  };
};

const notWatched = (uri: string): ErrorBody =>
  createErrorBody(INVALID_PARAMS, `Changes of this resource are not told: ${uri}`);

const DONE: Reply = { kind: 'result', body: { era: 'legacy', bytes: Buffer.from('{}'), value: {} }, time: NO_TIME };
