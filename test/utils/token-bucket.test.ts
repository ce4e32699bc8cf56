import { expect, test } from 'vitest';
import { createTokenBucket } from '../../src/utils/token-bucket.ts';

test('a bucket gives what it holds, and then what comes back', () => {
  let nowMs = 0;
  const bucket = createTokenBucket({ capacity: 2, perSecond: 4, now: () => nowMs });
  const taken = (): boolean[] => [bucket.take(), bucket.take(), bucket.take()];
  expect(taken()).toEqual([true, true, false]);
  nowMs = 249;
  expect(bucket.take()).toBe(false);
  nowMs = 250;
  expect(taken()).toEqual([true, false, false]);
  nowMs = 60_000;
  expect(taken()).toEqual([true, true, false]);
});
