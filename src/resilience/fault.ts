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

/** The HTTP status behind a failure; 0 where there is none. */
export const statusOf = ({ cause }: HubError): number =>
  cause instanceof Error && 'status' in cause ? Number(cause.status) : 0;

/** Whether an HTTP server has refused the request. */
const isRefusal = (failure: HubError): boolean => {
  const status = statusOf(failure);
  return status >= 400 && status < 500 && status !== 408;
};

/** How long a server that has too much to do asks to wait before the same request is sent again; undefined where it does not. */
export const askedToWaitMs = (failure: HubError): number | undefined =>
  statusOf(failure) === 429 || statusOf(failure) === 503 ? failure.retryAfterMs : undefined;

/**
 * Whether the same request may have another end elsewhere or a moment later. A deadline and a caller who gave up are final.
 * @param isHarmless whether it may be sent again where it may have been carried out.
 */
export const isWorthRepeating = (failure: HubError, isHarmless: boolean): boolean => {
  if (failure.sent && !isHarmless) return false;
  if (failure.code === 'UPSTREAM_UNAVAILABLE') return true;
  const isOnItsWay = failure.code === 'UPSTREAM_START_FAILED' || failure.code === 'UPSTREAM_CLOSED';
  return isOnItsWay && (!isRefusal(failure) || statusOf(failure) === 429);
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
