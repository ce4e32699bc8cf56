import { describe, expect, test } from 'vitest';
import { keepUsualLatency, p95OfBuckets } from '../../../src/monitor/source/usual-latency.ts';

describe('how long 95 % of the calls of a tool take at most', () => {
  test('is the end of the class that the call at that place is in', () => {
    const buckets = [
      { fromMs: 10, calls: 90 },
      { fromMs: 100, calls: 5 },
      { fromMs: 1000, calls: 5 },
    ];
    expect(p95OfBuckets(buckets)).toBeCloseTo(119, 0);
  });

  test('is not known of four calls, and is of five', () => {
    expect(p95OfBuckets([{ fromMs: 10, calls: 4 }])).toBeUndefined();
    expect(p95OfBuckets([{ fromMs: 10, calls: 5 }])).toBeCloseTo(11.9, 1);
    expect(p95OfBuckets([])).toBeUndefined();
  });

  test('is asked for once a minute for each tool', () => {
    let now = 0;
    const asked: string[] = [];
    const usualMs = keepUsualLatency(
      ({ upstream, ownName }) => {
        asked.push(`${upstream} ${ownName}`);
        return asked.length;
      },
      () => now,
    );
    expect(usualMs({ upstream: 'docs', ownName: 'read' })).toBe(1);
    expect(usualMs({ upstream: 'docs', ownName: 'search' })).toBe(2);
    now = 59_999;
    expect(usualMs({ upstream: 'docs', ownName: 'read' })).toBe(1);
    now = 60_000;
    expect(usualMs({ upstream: 'docs', ownName: 'read' })).toBe(3);
    expect(asked).toEqual(['docs read', 'docs search', 'docs read']);
  });
});
