import { ERROR_CODES, type HubErrorCode } from './codes.ts';

export interface HubErrorOptions {
  readonly cause?: unknown;
  /** What the person can do; default: the hint of the code. */
  readonly hint?: string;
  /** The upstream that failed, where one did. */
  readonly upstream?: string;
  /** Whether the request may have reached the upstream; default false. */
  readonly sent?: boolean;
  /** How long it is before there is any use in asking again; default: not known. Milliseconds. */
  readonly retryAfterMs?: number;
}

/** An error of the hub itself. The message reads `<what failed>: <why>`, with no full stop at the end. */
export class HubError extends Error {
  override readonly name = 'HubError';
  readonly code: HubErrorCode;
  readonly hint: string;
  readonly upstream: string | undefined;
  readonly sent: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(code: HubErrorCode, message: string, options: HubErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.hint = options.hint ?? ERROR_CODES[code].hint;
    this.upstream = options.upstream;
    this.sent = options.sent ?? false;
    this.retryAfterMs = options.retryAfterMs;
  }

  /** The only converter of what was thrown elsewhere; a HubError passes through. */
  static from(thrown: unknown, code: HubErrorCode = 'INTERNAL'): HubError {
    if (thrown instanceof HubError) return thrown;
    return new HubError(code, thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown });
  }
}
