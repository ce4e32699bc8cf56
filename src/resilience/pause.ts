import type { Call } from '../dispatch/call.ts';
import { failureReply } from '../dispatch/failure.ts';
import type { Interceptor, Next } from '../dispatch/interceptor.ts';
import type { Reply } from '../dispatch/reply.ts';
import { HubError } from '../errors/hub-error.ts';
import type { EventBus } from '../events/bus.ts';
import type { CancelSignal } from '../utils/cancellation.ts';
import { follow } from '../utils/eventual.ts';
import { waitUnlessAborted } from '../utils/wait-unless-aborted.ts';
import { failureOf, statusOf } from './fault.ts';

export interface PauseOptions {
  readonly bus: EventBus;
  /** The clock, in milliseconds; default: the process clock. */
  readonly now?: () => number;
  /** From 0 to 1; default `Math.random`. */
  readonly random?: () => number;
  /** Resolves after so many milliseconds, or at the end of the signal; default: the clock. */
  readonly wait?: (ms: number, signal: CancelSignal) => Promise<void>;
}

export interface Pauses {
  readonly interceptor: Interceptor;
  /** Whether nothing is sent to the upstream at present. */
  isPaused(upstream: string): boolean;
  /** Ends the pause of an upstream in whose place there is another now. */
  forget(upstream: string): void;
}

const TOO_MANY_REQUESTS = 429;
/** A server that does not say how long. */
const DEFAULT_PAUSE_MS = 1000;
/** A pause is longer than asked for by up to this part, so that not everybody comes back at once. */
const JITTER = 0.5;
/** A call waits so long for the end of a pause; where it is longer, it is told at once. */
const LONGEST_WAIT_MS = 5000;

/**
 * Leaves an upstream alone that has answered with HTTP 429, for as long as it asks (`Retry-After`, at most five minutes) and
 * up to half of that. A call that comes meanwhile waits for the end of a short pause within its own deadline; where the pause
 * is long, or another server can answer the same, it fails at once and says how long. The breaker counts none of it.
 */
export const createPauses = ({
  bus,
  now = () => performance.now(),
  random = Math.random,
  wait = waitUnlessAborted,
}: PauseOptions): Pauses => {
  /** Until when, by upstream. */
  const pauses = new Map<string, number>();
  const leftMs = (upstream: string): number => {
    const until = pauses.get(upstream);
    if (until === undefined) return 0;
    const left = until - now();
    if (left <= 0) pauses.delete(upstream);
    return Math.max(0, left);
  };

  const settle = (reply: Reply, upstream: string): Reply => {
    const failure = failureOf(reply);
    if (failure !== undefined && statusOf(failure) === TOO_MANY_REQUESTS) {
      leaveAlone(upstream, failure.retryAfterMs);
      return failureReply(withPause(failure, leftMs(upstream)), reply.time);
    }
    // What the upstream itself has said is passed on as it is.
    if (reply.kind === 'error' && reply.leaveAlone !== undefined) leaveAlone(upstream, reply.leaveAlone.forMs);
    return reply;
  };

  const leaveAlone = (upstream: string, askedMs = DEFAULT_PAUSE_MS): void => {
    const pauseMs = askedMs * (1 + JITTER * random());
    if (pauseMs > leftMs(upstream)) begin(upstream, pauseMs);
  };

  const begin = (upstream: string, pauseMs: number): void => {
    const isNew = leftMs(upstream) === 0;
    pauses.set(upstream, now() + pauseMs);
    if (!isNew) return;
    const message = `${upstream} asks for fewer requests: nothing is sent to it for ${inSeconds(pauseMs)}`;
    bus.emit({ type: 'problem', upstream, message, at: Date.now() });
  };

  const waitFor = async (call: Call, next: Next): Promise<Reply> => {
    const { upstream, alternatives } = call.target;
    for (let left = leftMs(upstream); left > 0 && !call.signal.aborted; left = leftMs(upstream)) {
      if (left > LONGEST_WAIT_MS || alternatives !== undefined) return failureReply(paused(upstream, left));
      await wait(left, call.signal);
    }
    return settle(await next(call), upstream);
  };

  return {
    isPaused: (upstream) => leftMs(upstream) > 0,
    forget: (upstream) => void pauses.delete(upstream),
    interceptor: (next) =>
      function pause(call) {
        const { upstream } = call.target;
        return leftMs(upstream) > 0 ? waitFor(call, next) : follow(next(call), upstream, settle);
      },
  };
};

const paused = (upstream: string, leftMs: number): HubError =>
  new HubError(
    'UPSTREAM_UNAVAILABLE',
    `${upstream} has asked for fewer requests; it is left alone for ${inSeconds(leftMs)} more`,
    {
      upstream,
      retryAfterMs: Math.ceil(leftMs),
      hint: 'wait a while',
    },
  );

const withPause = ({ code, message, cause, hint, upstream, sent }: HubError, retryAfterMs: number): HubError =>
  new HubError(code, message, {
    cause,
    hint,
    sent,
    retryAfterMs: Math.ceil(retryAfterMs),
    ...(upstream !== undefined && { upstream }),
  });

const inSeconds = (ms: number): string => `${Math.max(0.1, Math.round(ms / 100) / 10)} s`;
