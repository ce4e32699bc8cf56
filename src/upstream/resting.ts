import { HubError } from '../errors/hub-error.ts';

/** Why it failed, said to somebody who could have it started again only after a while. */
export const resting = ({ code, message, cause, hint, upstream }: HubError, retryAfterMs: number): HubError =>
  new HubError(code, message, { cause, hint, retryAfterMs, ...(upstream !== undefined && { upstream }) });
