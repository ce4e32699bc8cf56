import type { LeaveAlone } from '../../protocol/message.ts';

/** Nobody is left alone for longer, whatever it asks for. */
const LONGEST_MS = 300_000;

/**
 * How long a server that has too much to do asks to be left alone: `Retry-After` in seconds or as a date, of status 429 and
 * 503 (https://www.rfc-editor.org/rfc/rfc9110#field.retry-after). Empty where it says nothing that can be understood.
 */
export const retryAfterOf = (
  { status, headers }: Pick<Response, 'status' | 'headers'>,
  now: number = Date.now(),
): { readonly retryAfterMs?: number } => {
  const value = headers.get('retry-after')?.trim() ?? '';
  if ((status !== 429 && status !== 503) || value === '') return {};
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : dateOf(value) - now;
  return Number.isNaN(ms) ? {} : { retryAfterMs: Math.min(LONGEST_MS, Math.max(0, ms)) };
};

/** Whether an answer asks to be left alone whatever else it says: status 429. */
export const leaveAloneOf = (response: Pick<Response, 'status' | 'headers'>): LeaveAlone | undefined => {
  if (response.status !== 429) return undefined;
  const { retryAfterMs } = retryAfterOf(response);
  return retryAfterMs === undefined ? {} : { forMs: retryAfterMs };
};

/** Dates of HTTP begin with a day; `Date.parse` takes much else for a date. */
const dateOf = (value: string): number => (/^[a-z]{3,9},? /i.test(value) ? Date.parse(value) : Number.NaN);
