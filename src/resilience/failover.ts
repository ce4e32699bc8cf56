import type { Call, Target } from '../dispatch/call.ts';
import { failureReply } from '../dispatch/failure.ts';
import type { Interceptor, Next } from '../dispatch/interceptor.ts';
import type { Reply } from '../dispatch/reply.ts';
import type { EventBus } from '../events/bus.ts';
import { watchCommitment } from './committed.ts';
import { asSent, failureOf, isWorthRepeating } from './fault.ts';
import { isHarmlessTwice, type RetryPolicy } from './harmless.ts';
import { tellRepetition } from './tell-repetition.ts';

export interface FailoverOptions {
  readonly bus: EventBus;
  readonly policyOf: (upstream: string) => RetryPolicy;
  /** Waits until a repetition may be sent, which has been told by then; false where it may not. Default: at once. */
  readonly mayGoOn?: () => boolean | Promise<boolean>;
}

/** A call is tried on no more servers than this. */
const MAX_ATTEMPTS = 3;

/**
 * Sends a call that failed on its way to the next server that can answer the same, where that can do no harm: it never left,
 * or may be sent twice as retry.ts says. What carries on an exchange stays with the server that began it, as does a task.
 */
export const createFailover = ({ bus, policyOf, mayGoOn = () => true }: FailoverOptions): Interceptor => {
  return (next) =>
    function failover(call) {
      const { alternatives } = call.target;
      const { requestState, task } = call.params;
      if (alternatives === undefined || requestState !== undefined || task !== undefined) return next(call);
      return tryInTurn(next, call, alternatives);
    };

  async function tryInTurn(next: Next, original: Call, alternatives: readonly Target[]): Promise<Reply> {
    const { call, isCommitted } = watchCommitment(original);
    let asked = call.target.upstream;
    let reply = await next(call);
    for (const [index, target] of alternatives.slice(0, MAX_ATTEMPTS - 1).entries()) {
      const failure = failureOf(reply);
      const isHarmless = !isCommitted() && isHarmlessTwice(call, policyOf(call.target.upstream));
      if (failure === undefined || !isWorthRepeating(failure, isHarmless) || call.signal.aborted) break;
      const attempt = (call.attempt ?? 1) + index + 1;
      tellRepetition(bus, { call, reply, failure, failedAt: asked, target, attempt });
      if (!(await mayGoOn())) break;
      asked = target.upstream;
      // A second failure of what was sent is the last: it may have been carried out twice by then.
      const isLast = failure.sent;
      reply = await next({ ...call, target: { ...target, alternatives: [] } });
      if (reply.kind !== 'error') return { ...reply, answeredBy: target };
      if (isLast)
        return reply.failure === undefined || reply.failure.sent
          ? reply
          : failureReply(asSent(reply.failure), reply.time);
    }
    return reply;
  }
};
