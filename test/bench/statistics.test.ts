import { describe, expect, test } from 'vitest';
import { median, quantile, ratio, summarize } from '../../bench/statistics.ts';

describe('a quantile', () => {
  test('is interpolated between the two values that are next to it', () => {
    expect(quantile([1, 2, 3, 4, 5], 0.5)).toBe(3);
    expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
    expect(quantile([10, 20], 0.25)).toBe(12.5);
  });

  test('does not depend on the order of the values, and leaves them as they are', () => {
    const values = [9, 1, 5];
    expect(median(values)).toBe(5);
    expect(values).toEqual([9, 1, 5]);
  });

  test('at its ends is the least and the greatest value', () => {
    expect(quantile([3, 1, 2], 0)).toBe(1);
    expect(quantile([3, 1, 2], 1)).toBe(3);
    expect(quantile([7], 0.99)).toBe(7);
  });

  test('of nothing is not a number', () => {
    expect(quantile([], 0.5)).toBeNaN();
  });
});

describe('a summary', () => {
  test('has the median and both quartiles', () => {
    expect(summarize([1, 2, 3, 4, 5])).toEqual({ median: 3, low: 2, high: 4, count: 5 });
  });

  test('leaves out what is not a number', () => {
    expect(summarize([Number.NaN, 4, Number.POSITIVE_INFINITY])).toEqual({ median: 4, low: 4, high: 4, count: 1 });
  });
});

describe('a ratio', () => {
  test('is taken round by round, so that a slow round of both sides does not change it', () => {
    expect(ratio([2, 200, 2], [1, 100, 1])).toEqual({ median: 2, low: 2, high: 2, count: 3 });
  });

  test('leaves out the rounds in which one side was not measured', () => {
    expect(ratio([2, 4], [1]).count).toBe(1);
    expect(ratio([2], []).median).toBeNaN();
  });
});
