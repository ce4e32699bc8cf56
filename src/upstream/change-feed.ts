import { setTimeout as delay } from 'node:timers/promises';
import type { UpstreamEnvelope } from '../protocol/codec.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../protocol/json.ts';
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
   */
  watch(watched: Watched): void;
  /** The upstream has acknowledged the stream of that request. */
  acknowledge(requestId: JsonValue | undefined): void;
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
    for (const { stop } of ends) stop.abort();
  };

  const replaceBy = async (notifications: JsonObject): Promise<void> => {
    const stream: Stream = { stop: new AbortController(), requestId: undefined, isAcknowledged: false };
    const onAsked = (requestId: number): void => {
      stream.requestId = requestId;
    };
    const refused = keepListening(connection, notifications, { ...options, onAsked }, stream.stop.signal);
    open.push(stream);
    endAllBut((other) => other === stream || other.isAcknowledged);
    await refused;
    open = open.filter((other) => other !== stream);
    // With nothing left open, changes of the lists alone are asked for.
    const isMore = Object.keys(notifications).length > Object.keys(lists).length;
    if (stream.stop.signal.aborted || open.length > 0 || !isMore) return;
    listen({ uris: [] });
    options.onReopened();
  };

  const listen = ({ uris, taskIds = [] }: Watched): void => {
    const notifications = {
      ...lists,
      ...(uris.length > 0 && { resourceSubscriptions: [...uris] }),
      ...(taskIds.length > 0 && { taskIds: [...taskIds] }),
    };
    if (Object.keys(notifications).length > 0) void replaceBy(notifications);
    else endAllBut(() => false);
  };

  listen({ uris: [] });
  return {
    watch(watched) {
      if (!isClosed) listen(watched);
    },
    acknowledge(requestId) {
      const acknowledged = open.find((stream) => stream.requestId !== undefined && stream.requestId === requestId);
      if (acknowledged === undefined) return;
      acknowledged.isAcknowledged = true;
      // One that was asked for after it shall take its place in turn.
      const index = open.indexOf(acknowledged);
      endAllBut((stream) => open.indexOf(stream) >= index);
    },
    isReplaced(requestId) {
      const { requestId: current } = open.find(({ isAcknowledged }) => isAcknowledged) ?? {};
      return typeof requestId === 'number' && current !== undefined && requestId < current;
    },
    close() {
      isClosed = true;
      endAllBut(() => false);
    },
  };
};

interface Stream {
  readonly stop: AbortController;
  /** The id of its last request; it is asked for again when it ends. */
  requestId: number | undefined;
  isAcknowledged: boolean;
}

/** The filters for the lists of which an upstream says that it tells their changes. */
export const wantedLists = (capabilities: JsonObject): JsonObject => {
  const wanted: JsonObject = {};
  for (const kind of ['tools', 'prompts', 'resources']) {
    const capability = capabilities[kind];
    if (isJsonObject(capability) && capability['listChanged'] === true) wanted[`${kind}ListChanged`] = true;
  }
  return wanted;
};

/** Keeps one stream open until `signal` ends it, or the upstream refuses it. */
export const keepListening = async (
  connection: Connection,
  notifications: JsonObject,
  { envelope, onReopened, pause = pauseFor, onAsked = () => {} }: ChangeFeedOptions,
  signal: AbortSignal,
): Promise<void> => {
  let pauseMs = FIRST_PAUSE_MS;
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    const openedAt = performance.now();
    const answered = askForStream(connection, { notifications, envelope, onAsked }, signal);
    if (!isFirst) onReopened();
    if ((await answered) === 'refused') return;
    if (performance.now() - openedAt > LONGEST_PAUSE_MS) pauseMs = FIRST_PAUSE_MS;
    await pause(pauseMs, signal);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
};

const pauseFor = (ms: number, signal: AbortSignal): Promise<void> =>
  delay(ms, undefined, { signal, ref: false }).catch(() => {});

interface StreamRequest extends Required<Pick<ChangeFeedOptions, 'envelope' | 'onAsked'>> {
  readonly notifications: JsonObject;
}

const askForStream = async (
  { link, codec }: Connection,
  { notifications, envelope, onAsked }: StreamRequest,
  signal: AbortSignal,
): Promise<'ended' | 'refused'> => {
  try {
    const answer = await link.request({
      method: 'subscriptions/listen',
      params: (id) => {
        onAsked(id);
        return codec.encodeParams({ notifications }, envelope);
      },
      signal,
    });
    return answer.kind === 'error' ? 'refused' : 'ended';
  } catch {
    return 'ended';
  }
};
