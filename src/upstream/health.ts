import type { UpstreamEnvelope } from '../protocol/codec.ts';
import type { Connection } from './handshake.ts';

export interface HealthOptions {
  /** The connection as it is now; undefined where there is none. */
  readonly connectionOf: () => Connection | undefined;
  readonly envelope: UpstreamEnvelope;
  /** Whether calls are with it. */
  readonly isBusy: () => boolean;
  /** It does not answer when it is asked how it is; why, in words for a person. */
  readonly onSick: (reason: string) => void;
  /** It has answered after that. */
  readonly onWell: (reason: string) => void;
  /** It is of no more use as it is: it has said nothing at all for as long as it was asked. */
  readonly onDead: (reason: string) => void;
  /** How long it may take to say how it is; default 5 000. Milliseconds. */
  readonly answerWithinMs?: number;
}

/** Whether an upstream that is connected is well. It is asked only where something gives reason to doubt it. */
export interface Health {
  /** A call was not answered in time. */
  suspect(): void;
  /** Whether it counts as sick; then `answered` is to be called with the next answer of any call. */
  readonly isSick: boolean;
  answered(): void;
  /** It has another connection, or none. */
  reset(): void;
}

const ANSWER_WITHIN_MS = 5_000;

/** One that was asked in vain so often in a row, and has said nothing else meanwhile, is dead. */
const MAX_SILENCES = 3;

/**
 * After a call that was not answered in time an upstream is asked for a sign of life: `ping` in the legacy era, `server/discover` in the modern
 * one, which has no `ping`. Whatever it answers is one. There is no traffic while all is well.
 *
 * Servers that do not answer `ping` are known: one whose calls are answered is well all the same. One that says nothing any
 * more, to no call and to three questions, is dead, unless calls are with it that may still be answered.
 */
export const createHealth = (options: HealthOptions): Health => {
  const { connectionOf, envelope, answerWithinMs = ANSWER_WITHIN_MS } = options;
  let isAsking = false;
  let isSick = false;
  let silences = 0;
  /** How much it had said when it was first asked in vain. */
  let heardBefore = 0;

  const reset = (): void => {
    isSick = false;
    silences = 0;
  };

  const recover = (reason: string): void => {
    const wasSick = isSick;
    reset();
    if (wasSick) options.onWell(reason);
  };

  const fallSilent = ({ link }: Connection, method: string): void => {
    if (silences === 0 || link.heard !== heardBefore) silences = 0;
    heardBefore = link.heard;
    silences += 1;
    const reason = `a call was not answered in time, and neither was ${method} within ${answerWithinMs} ms`;
    isSick = true;
    options.onSick(reason);
    if (silences >= MAX_SILENCES && !options.isBusy())
      options.onDead(`it said nothing to ${silences} calls, and nothing when it was asked for a sign of life`);
  };

  const ask = async (connection: Connection): Promise<void> => {
    const { link, codec } = connection;
    const method = codec.era === 'legacy' ? 'ping' : 'server/discover';
    try {
      await link.request({
        method,
        params: () => codec.encodeParams({}, envelope),
        signal: AbortSignal.timeout(answerWithinMs),
        cancelWay: 'stream',
      });
      if (connectionOf() === connection) recover(`it answers ${method}`);
    } catch {
      // The end of the connection is told by the connection itself.
      if (connectionOf() === connection && link.closed === undefined) fallSilent(connection, method);
    }
  };

  return {
    get isSick() {
      return isSick;
    },
    suspect() {
      const connection = connectionOf();
      if (connection === undefined || isAsking) return;
      isAsking = true;
      void ask(connection).finally(() => {
        isAsking = false;
      });
    },
    answered: () => recover('it answers calls again'),
    reset,
  };
};
