import type { Call } from '../dispatch/call.ts';
import type { Reply } from '../dispatch/reply.ts';
import { ERROR_CODES } from '../errors/codes.ts';
import type { HubError } from '../errors/hub-error.ts';
import type { CallRepeated, Outcome } from '../events/events.ts';

/** What is told of an attempt that has failed and is followed by another one. */
export const failedAttempt = (
  { target, method }: Call,
  { time }: Reply,
  failure: HubError,
): CallRepeated['failed'] => ({
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
