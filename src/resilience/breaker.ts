import { failureReply } from '../dispatch/failure.ts';
import type { Interceptor } from '../dispatch/interceptor.ts';
import type { Reply } from '../dispatch/reply.ts';
import { HubError } from '../errors/hub-error.ts';
import type { EventBus } from '../events/bus.ts';
import { type BreakerPhase, type BreakerState, createBreakerState, type Verdict } from './breaker-state.ts';
import { failureOf, isTransportFault, statusOf } from './fault.ts';

export interface BreakerOptions {
  readonly bus: EventBus;
  /** Whether the upstream has a breaker. */
  readonly isOn: (upstream: string) => boolean;
  /** The clock, in milliseconds; default: the process clock. */
  readonly now?: () => number;
  /** From 0 to 1; default `Math.random`. */
  readonly random?: () => number;
}

export interface Breaker {
  readonly interceptor: Interceptor;
  /** Whether a call to the upstream would be answered without asking it. */
  isOpen(upstream: string): boolean;
  /** Begins anew with an upstream, which has changed, or its settings. */
  forget(upstream: string): void;
}

/**
 * Stops asking an upstream that keeps failing: a call is then answered at once, and one call after a while tries whether it
 * is back. Only failures of the way to it count, see fault.ts.
 */
export const createBreaker = ({
  bus,
  isOn,
  now = () => performance.now(),
  random = Math.random,
}: BreakerOptions): Breaker => {
  const guards = new Map<string, Guard | undefined>();

  const guardOf = (upstream: string): Guard | undefined => {
    const known = guards.get(upstream);
    if (known !== undefined || guards.has(upstream)) return known;
    const guard = isOn(upstream) ? createGuard(upstream) : undefined;
    guards.set(upstream, guard);
    return guard;
  };

  function createGuard(upstream: string): Guard {
    let why = '';
    const counted = createEndCount();
    const state = createBreakerState({
      now,
      random,
      onPhase(phase, reason, openMs) {
        if (phase === 'open') why = reason;
        bus.emit({
          type: 'upstream.breaker',
          upstream,
          state: phase,
          reason: describe(upstream, phase, reason, openMs),
          at: Date.now(),
        });
      },
    });
    return {
      state,
      onReply(reply) {
        const failure = failureOf(reply);
        state.settle(counted(failure, verdictOf(failure)), failure?.message ?? '', failure?.retryAfterMs);
        return reply;
      },
      onProbeReply(reply) {
        const failure = failureOf(reply);
        state.settleProbe(verdictOf(failure), failure?.message ?? '', failure?.retryAfterMs);
        return reply;
      },
      refuse: () => refusal(upstream, state, why),
    };
  }

  return {
    isOpen: (upstream) => {
      const state = guards.get(upstream)?.state;
      return state !== undefined && !state.isClosed && state.waitMs() > 0;
    },
    forget(upstream) {
      const guard = guards.get(upstream);
      guards.delete(upstream);
      if (guard === undefined || guard.state.isClosed) return;
      const reason = `${upstream} is asked again: its configuration has changed`;
      bus.emit({ type: 'upstream.breaker', upstream, state: 'closed', reason, at: Date.now() });
    },
    interceptor: (next) =>
      function breaker(call) {
        const guard = guardOf(call.target.upstream);
        if (guard === undefined) return next(call);
        if (guard.state.isClosed) return next(call).then(guard.onReply);
        if (guard.state.waitMs() > 0) return Promise.resolve(guard.refuse());
        guard.state.beginProbe();
        return next(call).then(guard.onProbeReply);
      },
  };
};

interface Guard {
  readonly state: BreakerState;
  readonly onReply: (reply: Reply) => Reply;
  readonly onProbeReply: (reply: Reply) => Reply;
  readonly refuse: () => Reply;
}

/** What has answered, be it with an error or a refusal, can be reached. What did not get as far says nothing. */
const verdictOf = (failure: HubError | undefined): Verdict => {
  if (failure === undefined) return 'answered';
  if (isTransportFault(failure)) return 'failed';
  return failure.code === 'UPSTREAM_CLOSED' && failure.sent ? 'answered' : 'neither';
};

/** Calls that were under way at the end of one connection have failed of one cause, which counts once. */
const createEndCount = (): ((failure: HubError | undefined, verdict: Verdict) => Verdict) => {
  const ends = new WeakSet<Error>();
  return (failure, verdict) => {
    if (verdict !== 'failed' || failure?.sent !== true || !(failure.cause instanceof Error)) return verdict;
    if (statusOf(failure) !== 0) return verdict;
    if (ends.has(failure.cause)) return 'neither';
    ends.add(failure.cause);
    return verdict;
  };
};

const refusal = (upstream: string, state: BreakerState, why: string): Reply => {
  const retryAfterMs = state.waitMs();
  const since = `it keeps failing for ${seconds(state.openSinceMs())} (${why})`;
  const message = `${upstream} is not asked: ${since}; the next call that tries it may go in ${seconds(retryAfterMs)}`;
  const hint = `run: mcp-hub list --check, or switch this off with hub.servers.${upstream}.breaker`;
  return failureReply(new HubError('UPSTREAM_UNAVAILABLE', message, { upstream, hint, retryAfterMs }));
};

const describe = (upstream: string, phase: BreakerPhase, reason: string, openMs: number): string => {
  if (phase === 'open') return `${upstream} is not asked for ${seconds(openMs)}: ${reason}`;
  return phase === 'closed' ? `${upstream} is asked again: ${reason}` : `${upstream} may be back: ${reason}`;
};

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
