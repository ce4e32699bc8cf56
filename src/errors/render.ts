import { ERROR_CODES } from './codes.ts';
import type { HubError } from './hub-error.ts';

/** The error object of an error of the hub: what failed, why, what to do, and which upstream. The only way out to the wire. */
export interface WireError {
  readonly code: number;
  readonly message: string;
  readonly data: {
    readonly hubCode: string;
    readonly hint?: string;
    readonly upstream?: string;
    /** `unknown` where the request had reached the upstream: it may have been carried out. */
    readonly outcome?: 'unknown';
    /** How long it is before there is any use in asking again, where that is known. */
    readonly retryAfterMs?: number;
  };
}

export const renderWireError = (error: HubError): WireError => ({
  code: ERROR_CODES[error.code].rpc,
  message: error.message,
  data: {
    hubCode: error.code,
    ...(error.hint !== '' && { hint: error.hint }),
    ...(error.upstream !== undefined && { upstream: error.upstream }),
    ...(error.sent && { outcome: 'unknown' as const }),
    ...(error.retryAfterMs !== undefined && { retryAfterMs: Math.ceil(error.retryAfterMs) }),
  },
});
