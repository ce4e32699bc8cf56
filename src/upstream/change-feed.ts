import { setTimeout as delay } from 'node:timers/promises';
import type { UpstreamEnvelope } from '../protocol/codec.ts';
import { isJsonObject, type JsonObject } from '../protocol/json.ts';
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
  /** Watches these from now on: a stream with the new filter is opened, then the old one is ended. */
  watch(watched: Watched): void;
  close(): void;
}

export interface ChangeFeedOptions {
  readonly envelope: UpstreamEnvelope;
  /** The feed is open again after a break: what changed meanwhile has been told to nobody. */
  readonly onReopened: () => void;
  /** Waits that many milliseconds, or until the signal comes; default: the process clock. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Keeps a stream open at a modern upstream on which it tells of changes in its lists and in watched resources. The stream
 * is opened again, with growing pauses, when it ends before it is closed.
 * https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/subscriptions
 */
export const createChangeFeed = (connection: Connection, options: ChangeFeedOptions): ChangeFeed => {
  const lists = wantedLists(connection.identity.capabilities);
  let stream = new AbortController();
  let isClosed = false;

  const open = ({ uris, taskIds = [] }: Watched): void => {
    const notifications = {
      ...lists,
      ...(uris.length > 0 && { resourceSubscriptions: [...uris] }),
      ...(taskIds.length > 0 && { taskIds: [...taskIds] }),
    };
    stream = new AbortController();
    if (Object.keys(notifications).length > 0) void keepListening(connection, notifications, options, stream.signal);
  };

  open({ uris: [] });
  return {
    watch(watched) {
      if (isClosed) return;
      const old = stream;
      open(watched);
      old.abort();
    },
    close() {
      isClosed = true;
      stream.abort();
    },
  };
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

/** Keeps one stream open until `signal` ends it, or the upstream refuses it. */
export const keepListening = async (
  connection: Connection,
  notifications: JsonObject,
  { envelope, onReopened, pause = pauseFor }: ChangeFeedOptions,
  signal: AbortSignal,
): Promise<void> => {
  let pauseMs = FIRST_PAUSE_MS;
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    const openedAt = performance.now();
    const answered = listen(connection, notifications, envelope, signal);
    if (!isFirst) onReopened();
    if ((await answered) === 'refused') return;
    if (performance.now() - openedAt > LONGEST_PAUSE_MS) pauseMs = FIRST_PAUSE_MS;
    await pause(pauseMs, signal);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
};

const pauseFor = (ms: number, signal: AbortSignal): Promise<void> =>
  delay(ms, undefined, { signal, ref: false }).catch(() => {});

const listen = async (
  { link, codec }: Connection,
  notifications: JsonObject,
  envelope: UpstreamEnvelope,
  signal: AbortSignal,
): Promise<'ended' | 'refused'> => {
  try {
    const answer = await link.request({
      method: 'subscriptions/listen',
      params: () => codec.encodeParams({ notifications }, envelope),
      signal,
    });
    return answer.kind === 'error' ? 'refused' : 'ended';
  } catch {
    return 'ended';
  }
};
