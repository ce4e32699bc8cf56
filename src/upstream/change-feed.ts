import { setTimeout as delay } from 'node:timers/promises';
import type { UpstreamEnvelope } from '../protocol/codec.ts';
import { isJsonObject, type JsonObject } from '../protocol/json.ts';
import type { Connection } from './handshake.ts';

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

export interface ChangeFeedOptions {
  readonly envelope: UpstreamEnvelope;
  /** Ends the feed. */
  readonly signal: AbortSignal;
  /** The feed is open again: what changed while it was not has been told to nobody. */
  readonly onReopened: () => void;
  /** Waits that many milliseconds, or until the signal comes; default: the process clock. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Keeps a `subscriptions/listen` open at a modern upstream, so that it tells of changes in its lists; a legacy upstream
 * tells of them unasked. The stream is opened again, with growing pauses, when it ends before `signal` does.
 * https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/subscriptions
 */
export const keepChangeFeed = async (
  connection: Connection,
  { envelope, signal, onReopened, pause = pauseFor }: ChangeFeedOptions,
): Promise<void> => {
  const notifications = wantedChanges(connection.identity.capabilities);
  if (connection.codec.era === 'legacy' || Object.keys(notifications).length === 0) return;
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

const wantedChanges = (capabilities: JsonObject): JsonObject => {
  const wanted: JsonObject = {};
  for (const kind of ['tools', 'prompts', 'resources']) {
    const capability = capabilities[kind];
    if (isJsonObject(capability) && capability['listChanged'] === true) wanted[`${kind}ListChanged`] = true;
  }
  return wanted;
};

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
