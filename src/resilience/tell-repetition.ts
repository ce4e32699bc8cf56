import type { Call, Target } from '../dispatch/call.ts';
import type { Reply } from '../dispatch/reply.ts';
import { ERROR_CODES } from '../errors/codes.ts';
import type { HubError } from '../errors/hub-error.ts';
import type { EventBus } from '../events/bus.ts';
import type { CallRepeated, Outcome } from '../events/events.ts';

/** A call that is about to be sent again. */
export interface Repetition {
  readonly call: Call;
  /** What came of the attempt before. */
  readonly reply: Reply;
  readonly failure: HubError;
  /** Where that attempt was sent; default: the target of the call. */
  readonly failedAt?: string;
  /** Where it is sent now; default: the target of the call. */
  readonly target?: Target;
  readonly attempt: number;
}

/** Tells that a call is sent again, and what became of the attempt before. */
export const tellRepetition = (bus: EventBus, repetition: Repetition): void => {
  const { call, reply, failure, target = call.target, failedAt = call.target.upstream, attempt } = repetition;
  const { upstream, qualifiedName } = target;
  bus.emit({
    type: 'call.repeated',
    callId: call.callId,
    upstream,
    qualifiedName,
    attempt,
    reason: failure.message,
    failed: { ...failedAttempt(call, reply, failure), upstream: failedAt },
    at: Date.now(),
  });
};

/** What is told of an attempt that has failed and is followed by another one. */
const failedAttempt = ({ target, method }: Call, { time }: Reply, failure: HubError): CallRepeated['failed'] => ({
  upstream: target.upstream,
  outcome: outcomeOf(failure, method),
  errorCode: ERROR_CODES[failure.code].rpc,
  durationMs: time.startMs + time.workMs,
});

/** A tool whose request was sent and not answered may have done its work. */
const outcomeOf = ({ code, sent }: HubError, method: string): Outcome => {
  if (code === 'TIMEOUT') return 'timeout';
  return code === 'UPSTREAM_CLOSED' && sent && method === 'tools/call' ? 'unknown' : 'error';
};
