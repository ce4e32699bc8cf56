import type { Reply } from '../dispatch/reply.ts';
import { HubError } from '../errors/hub-error.ts';

/** The failure behind a reply, where the hub failed to get an answer; undefined for whatever an upstream has said. */
export const failureOf = (reply: Reply): HubError | undefined => (reply.kind === 'error' ? reply.failure : undefined);

/**
 * Whether the way to an upstream has failed: it could not be started or reached, it ended, did not answer in time, or
 * answered what is no message. A refusal by HTTP is an answer (status 4xx, except 408), as is an error of a tool or of JSON-RPC.
 */
export const isTransportFault = (failure: HubError): boolean => {
  switch (failure.code) {
    case 'UPSTREAM_START_FAILED':
    case 'UPSTREAM_CLOSED':
      return !isRefusal(failure);
    case 'UPSTREAM_INVALID':
      return true;
    case 'TIMEOUT':
      return failure.sent;
    default:
      return false;
  }
};

/** Whether an HTTP server has refused the request. */
const isRefusal = ({ cause }: HubError): boolean => {
  const status = cause instanceof Error && 'status' in cause ? Number(cause.status) : 0;
  return status >= 400 && status < 500 && status !== 408;
};

/**
 * Whether the same request may have another end elsewhere or a moment later. A deadline and a caller who gave up are final.
 * @param isHarmless whether it may be sent again where it may have been carried out.
 */
export const isWorthRepeating = (failure: HubError, isHarmless: boolean): boolean => {
  if (failure.sent && !isHarmless) return false;
  if (failure.code === 'UPSTREAM_UNAVAILABLE') return true;
  return (failure.code === 'UPSTREAM_START_FAILED' || failure.code === 'UPSTREAM_CLOSED') && !isRefusal(failure);
};

/** The failure of a last attempt that did not leave, after one that may have been carried out. */
export const asSent = ({ code, message, cause, hint, upstream, retryAfterMs }: HubError): HubError =>
  new HubError(code, message, {
    cause,
    hint,
    sent: true,
    ...(upstream !== undefined && { upstream }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
