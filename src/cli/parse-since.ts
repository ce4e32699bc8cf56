import { HubError } from '../errors/hub-error.ts';
import { parseDate } from '../utils/parse-date.ts';

const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/**
 * The moment that `--since` means, in milliseconds since the epoch: `30s`, `15m`, `1h`, `7d` or `2w` before `now`, or a date
 * of ISO 8601 (`2026-11-20`, `2026-11-20T10:31`; local time where it names no zone).
 * @throws HubError USAGE when it is neither
 */
export const parseSince = (text: string, now: number): number => {
  const [, amount, unit] = /^(\d{1,9}(?:\.\d+)?)([smhdw])$/.exec(text.trim()) ?? [];
  if (amount !== undefined) return now - Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS];
  const date = parseDate(text.trim());
  if (date !== undefined) return date;
  throw new HubError('USAGE', `--since ${JSON.stringify(text)} is no time`, {
    hint: 'use 30s, 15m, 1h, 7d, or a date such as 2026-11-20 or 2026-11-20T10:31',
  });
};
