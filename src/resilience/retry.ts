import type { Call } from '../dispatch/call.ts';
import { failureReply } from '../dispatch/failure.ts';
import type { Interceptor, Next } from '../dispatch/interceptor.ts';
import type { Reply } from '../dispatch/reply.ts';
import type { HubError } from '../errors/hub-error.ts';
import type { EventBus } from '../events/bus.ts';
import type { CancelSignal } from '../utils/cancellation.ts';
import { follow } from '../utils/eventual.ts';
import { waitUnlessAborted } from '../utils/wait-unless-aborted.ts';
import { watchCommitment } from './committed.ts';
import { askedToWaitMs, asSent, failureOf, isWorthRepeating } from './fault.ts';
import { isHarmlessTwice, type RetryPolicy } from './harmless.ts';
import { createRetryBudget, type RetryBudget } from './retry-budget.ts';
import { tellRepetition } from './tell-repetition.ts';

export interface RetryOptions {
  readonly bus: EventBus;
  readonly policyOf: (upstream: string) => RetryPolicy;
  /** Waits until a repetition may be sent, which has been told by then; false where it may not. Default: at once. */
  readonly mayGoOn?: () => boolean | Promise<boolean>;
  /** From 0 to 1; default `Math.random`. */
  readonly random?: () => number;
  /** Resolves after so many milliseconds, or at the end of the signal; default: the clock. */
  readonly wait?: (ms: number, signal: CancelSignal) => Promise<void>;
}

/** How often a request that never left is tried again, and one that may have been carried out. */
const MAX_REPEATS = { unsent: 2, sent: 1 } as const;

/** The pause before a repetition is drawn from 0 to this, doubled each time. Milliseconds. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;
/** A server that asks to be left alone for longer (`Retry-After`) is not asked again by the same call. */
const LONGEST_ASKED_MS = 10_000;

/**
 * Repeats what failed on its way where that can do no harm: a request that never left, and once a read that was sent and not
 * answered. A tool that was called and did not answer is not called again, unless the operator says so. Nothing is repeated
 * after its client gave up or its time is over, where the upstream is known to be away for a while, or beyond the budget. A
 * call that other servers can answer as well goes to them instead: see failover.ts.
 */
export const createRetry = ({
  bus,
  policyOf,
  mayGoOn = () => true,
  random = Math.random,
  wait = waitUnlessAborted,
}: RetryOptions): Interceptor => {
  const budgets = new Map<string, RetryBudget>();
  const budgetOf = (upstream: string): RetryBudget => {
    const known = budgets.get(upstream);
    if (known !== undefined) return known;
    const budget = createRetryBudget();
    budgets.set(upstream, budget);
    return budget;
  };
  const pauseMs = (repeats: number): number => random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** repeats);

  return (next) => {
    return function retry(call) {
      const budget = budgetOf(call.target.upstream);
      const policy = policyOf(call.target.upstream);
      if (policy.retry === 'off' || call.target.alternatives !== undefined) return next(call);
      if (isHarmlessTwice(call, policy)) return sendHarmless(call, budget);
      return follow(next(call), { call, budget, mayBeSentTwice: NEVER, next }, settle);
    };

    function sendHarmless(call: Call, budget: RetryBudget): PromiseLike<Reply> {
      const watched = watchCommitment(call);
      const mayBeSentTwice = (): boolean => !watched.isCommitted();
      return follow(next(watched.call), { call: watched.call, budget, mayBeSentTwice, next }, settle);
    }
  };

  function settle(reply: Reply, work: Repetition): Reply | Promise<Reply> {
    const failure = failureOf(reply);
    if (failure !== undefined) return repeat(reply, failure, work);
    work.budget.answered();
    return reply;
  }

  async function repeat(first: Reply, firstFailure: HubError, work: Repetition): Promise<Reply> {
    const { call, budget, mayBeSentTwice, next } = work;
    let failure = firstFailure;
    let reply = first;
    let sentCount = 0;
    for (let repeats = 0; repeats < MAX_REPEATS.unsent; repeats += 1) {
      if (failure.sent) sentCount += 1;
      const askedMs = askedToWaitMs(failure);
      const isSoon = failure.retryAfterMs === undefined || (askedMs !== undefined && askedMs <= LONGEST_ASKED_MS);
      const isAllowed = isWorthRepeating(failure, mayBeSentTwice()) && isSoon;
      if (!isAllowed || sentCount > MAX_REPEATS.sent || !budget.failed()) break;
      const waitMs = askedMs ?? pauseMs(repeats);
      await wait(waitMs, call.signal);
      if (call.signal.aborted) break;
      tellRepetition(bus, { call, reply, failure, attempt: (call.attempt ?? 1) + repeats + 1 });
      if (!(await mayGoOn())) break;
      reply = await next(call);
      const again = failureOf(reply);
      if (again === undefined) {
        budget.answered();
        return reply;
      }
      failure = again;
    }
    return sentCount > 0 && !failure.sent ? failureReply(asSent(failure), reply.time) : reply;
  }
};

interface Repetition {
  readonly call: Call;
  readonly budget: RetryBudget;
  /** Whether it may be sent again now where it may have been carried out. */
  readonly mayBeSentTwice: () => boolean;
  readonly next: Next;
}

const NEVER = (): boolean => false;
