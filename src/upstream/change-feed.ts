import { setTimeout as delay } from 'node:timers/promises';
import { HubError } from '../errors/hub-error.ts';
import type { UpstreamEnvelope } from '../protocol/codec.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../protocol/json.ts';
import type { ErrorBody } from '../protocol/message.ts';
import type { Connection } from './handshake.ts';

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/** What is watched beside the lists. */
export interface Watched {
  readonly uris: readonly string[];
  /** Default: none. */
  readonly taskIds?: readonly string[];
}

/** Keeps the `subscriptions/listen` of one connection to a modern upstream. */
export interface ChangeFeed {
  /**
   * Watches these from now on: a stream with the new filter is opened, and once the upstream has acknowledged it the old one
   * is ended. Where it refuses the new one the old one stays, so that changes of lists are told all the same.
   * @returns settled when that stream, or one that has taken its place, is acknowledged, with the upstream's words where it
   * is refused; which of the new wishes it refuses is not told. Rejects when the feed is closed first.
   */
  watch(watched: Watched): Promise<ErrorBody | undefined>;
  /**
   * The upstream has acknowledged the stream of that request.
   * @param honoured the part of its filter that is honoured; default: all of it.
   */
  acknowledge(requestId: JsonValue | undefined, honoured?: JsonValue): void;
  /** Whether an acknowledged stream tells of changes in the resource. */
  honours(uri: string): boolean;
  /** Whether the stream of that request has given way to another, which tells the same. */
  isReplaced(requestId: JsonValue | undefined): boolean;
  close(): void;
}

export interface ChangeFeedOptions {
  readonly envelope: UpstreamEnvelope;
  /** The feed is open again after a break: what changed meanwhile has been told to nobody. */
  readonly onReopened: () => void;
  /** Waits that many milliseconds, or until the signal comes; default: the process clock. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Told the id of each request for a stream. */
  readonly onAsked?: (requestId: number) => void;
}

/**
 * Keeps a stream open at a modern upstream on which it tells of changes in its lists and in watched resources. The stream
 * is opened again, with growing pauses, when it ends before it is closed.
 * https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/subscriptions
 */
export const createChangeFeed = (connection: Connection, options: ChangeFeedOptions): ChangeFeed => {
  const lists = wantedLists(connection.identity.capabilities);
  /** The stream that was acknowledged, and the one that shall take its place. */
  let open: Stream[] = [];
  let isClosed = false;

  const endAllBut = (stays: (stream: Stream) => boolean): void => {
    const ends = open.filter((stream) => !stays(stream));
    open = open.filter(stays);
    for (const { stop, answer } of ends) {
      stop.abort();
      const successor = open.at(-1);
      if (successor === undefined) answer.reject(new HubError('UPSTREAM_CLOSED', 'the stream of changes has ended'));
      else answer.resolve(successor.answer.promise);
    }
  };

  const replaceBy = async (stream: Stream): Promise<void> => {
    const { notifications } = stream;
    const onAsked = (requestId: number): void => {
      stream.requestId = requestId;
    };
    const refused = keepListening(connection, notifications, { ...options, onAsked }, stream.stop.signal);
    open.push(stream);
    endAllBut((other) => other === stream || other.honoured !== undefined);
    const refusal = await refused;
    open = open.filter((other) => other !== stream);
    if (refusal !== undefined) stream.answer.resolve(refusal);
    // With nothing left open, changes of the lists alone are asked for.
    const isMore = Object.keys(notifications).length > Object.keys(lists).length;
    if (stream.stop.signal.aborted || open.length > 0 || !isMore) return;
    void listen({ uris: [] });
    options.onReopened();
  };

  const listen = ({ uris, taskIds = [] }: Watched): Promise<ErrorBody | undefined> => {
    const notifications = {
      ...lists,
      ...(uris.length > 0 && { resourceSubscriptions: [...uris] }),
      ...(taskIds.length > 0 && { taskIds: [...taskIds] }),
    };
    if (Object.keys(notifications).length === 0) {
      endAllBut(() => false);
      return Promise.resolve(undefined);
    }
    const stream = createStream(notifications);
    void replaceBy(stream);
    return stream.answer.promise;
  };

  void listen({ uris: [] });
  return {
    watch: async (watched) => (isClosed ? undefined : listen(watched)),
    acknowledge(requestId, honoured) {
      const acknowledged = open.find((stream) => stream.requestId !== undefined && stream.requestId === requestId);
      if (acknowledged === undefined) return;
      acknowledged.honoured = isJsonObject(honoured) ? honoured : acknowledged.notifications;
      acknowledged.answer.resolve(undefined);
      // One that was asked for after it shall take its place in turn.
      const index = open.indexOf(acknowledged);
      endAllBut((stream) => open.indexOf(stream) >= index);
    },
    honours: (uri) =>
      open.some(({ honoured }) => {
        const uris = honoured?.['resourceSubscriptions'];
        return Array.isArray(uris) && uris.includes(uri);
      }),
    isReplaced(requestId) {
      const { requestId: current } = open.find(({ honoured }) => honoured !== undefined) ?? {};
      return typeof requestId === 'number' && current !== undefined && requestId < current;
    },
    close() {
      isClosed = true;
      endAllBut(() => false);
    },
  };
};

interface Stream {
  readonly notifications: JsonObject;
  readonly stop: AbortController;
  /** Settled by its acknowledgement or refusal, and by those of a stream that takes its place before. */
  readonly answer: PromiseWithResolvers<ErrorBody | undefined>;
  /** The id of its last request; it is asked for again when it ends. */
  requestId: number | undefined;
  /** What of it is honoured; undefined before it is acknowledged. */
  honoured: JsonObject | undefined;
}

const createStream = (notifications: JsonObject): Stream => {
  const answer = Promise.withResolvers<ErrorBody | undefined>();
  // Not everybody who asks for a stream waits for its answer.
  answer.promise.catch(() => {});
  return { notifications, stop: new AbortController(), answer, requestId: undefined, honoured: undefined };
};

/** The filters for the lists of which an upstream says that it tells their changes. */
export const wantedLists = (capabilities: JsonObject): JsonObject => {
  const wanted: JsonObject = {};
  for (const kind of ['tools', 'prompts', 'resources']) {
    const capability = capabilities[kind];
    if (isJsonObject(capability) && capability['listChanged'] === true) wanted[`${kind}ListChanged`] = true;
  }
  return wanted;
};

/**
 * Keeps one stream open until `signal` ends it, or the upstream refuses it.
 * @returns the refusal.
 */
export const keepListening = async (
  connection: Connection,
  notifications: JsonObject,
  { envelope, onReopened, pause = pauseFor, onAsked = () => {} }: ChangeFeedOptions,
  signal: AbortSignal,
): Promise<ErrorBody | undefined> => {
  let pauseMs = FIRST_PAUSE_MS;
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    const openedAt = performance.now();
    const answered = askForStream(connection, { notifications, envelope, onAsked }, signal);
    if (!isFirst) onReopened();
    const refusal = await answered;
    if (refusal !== undefined) return refusal;
    if (performance.now() - openedAt > LONGEST_PAUSE_MS) pauseMs = FIRST_PAUSE_MS;
    await pause(pauseMs, signal);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
  return undefined;
};

const pauseFor = (ms: number, signal: AbortSignal): Promise<void> =>
  delay(ms, undefined, { signal, ref: false }).catch(() => {});

interface StreamRequest extends Required<Pick<ChangeFeedOptions, 'envelope' | 'onAsked'>> {
  readonly notifications: JsonObject;
}

/** @returns the refusal; undefined where the stream has ended. */
const askForStream = async (
  { link, codec }: Connection,
  { notifications, envelope, onAsked }: StreamRequest,
  signal: AbortSignal,
): Promise<ErrorBody | undefined> => {
  try {
    const answer = await link.request({
      method: 'subscriptions/listen',
      params: (id) => {
        onAsked(id);
        return codec.encodeParams({ notifications }, envelope);
      },
      signal,
    });
    return answer.kind === 'error' ? answer.error : undefined;
  } catch {
    return undefined;
  }
};
