import { expect, test } from 'vitest';
import { parseSince } from '../../src/cli/parse-since.ts';

const NOW = Date.UTC(2026, 10, 20, 10, 30);

test.each([
  ['30s', 30_000],
  ['15m', 900_000],
  ['1h', 3_600_000],
  ['1.5h', 5_400_000],
  ['7d', 604_800_000],
  ['2w', 1_209_600_000],
  [' 0s ', 0],
])('%j is that long ago', (text, agoMs) => {
  expect(parseSince(text, NOW)).toBe(NOW - agoMs);
});

test('a date is taken as it is, in local time where it names no zone', () => {
  expect(parseSince('2026-11-20T10:31:00Z', NOW)).toBe(Date.UTC(2026, 10, 20, 10, 31));
  expect(parseSince('2026-11-20T10:31:00+02:00', NOW)).toBe(Date.UTC(2026, 10, 20, 8, 31));
  expect(parseSince('2026-11-20', NOW)).toBe(new Date(2026, 10, 20).getTime());
  expect(parseSince('2026-11-20 10:31', NOW)).toBe(new Date(2026, 10, 20, 10, 31).getTime());
});

test.each(['', '5', 'h', '-1h', '1y', 'yesterday', '2026', '2026-13-40', '2026-11-20Tx', '1h1m'])(
  '%j is refused with examples',
  (text) => {
    expect(() => parseSince(text, NOW)).toThrow(
      expect.objectContaining({ code: 'USAGE', hint: expect.stringContaining('15m') }),
    );
  },
);
