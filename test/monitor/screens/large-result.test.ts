import { expect, test } from 'vitest';
import { isLargeResult, largeResultWords } from '../../../src/monitor/screens/large-result.ts';

test('a result is large from four fifths of what a client takes at most', () => {
  expect([0, 92_000, 93_500, 500_000].map((bytesOut) => isLargeResult({ bytesOut }))).toEqual([
    false,
    false,
    true,
    true,
  ]);
  expect(isLargeResult({})).toBe(false);
});

test('it says how large, and what the limit is', () => {
  expect(largeResultWords({ bytesOut: 116_250 })).toMatch(/^about 25k tokens: some clients take 25k at most$/);
});
