import { describe, expect, test } from 'vitest';
import { createMeasurements } from '../../bench/measurements.ts';
import { summarize } from '../../bench/statistics.ts';
import { judge, TARGETS, type Target, verdictText } from '../../bench/targets.ts';

const at = (value: number) => summarize([value]);
const target = (over: Partial<Target>): Target => ({
  title: 'a ratio',
  bound: 'at most',
  limit: 2,
  value: () => at(1),
  ...over,
});

describe('a target', () => {
  test('that is an upper bound is reached at the bound and missed above it', () => {
    expect(judge(target({}), at(2))).toBe('reached');
    expect(judge(target({}), at(2.01))).toBe('missed');
  });

  test('that is a lower bound is reached at the bound and missed below it', () => {
    expect(judge(target({ bound: 'at least' }), at(2))).toBe('reached');
    expect(judge(target({ bound: 'at least' }), at(1.99))).toBe('missed');
  });

  test('that was not measured is neither', () => {
    expect(verdictText(target({}), summarize([]))).toBe('not measured');
  });

  test('says by how much it is missed, as a part of the bound', () => {
    expect(verdictText(target({}), at(3))).toBe('missed by 50 %');
    expect(verdictText(target({ bound: 'at least' }), at(1.5))).toBe('missed by 25 %');
  });

  test('says when the aim beyond it is reached too', () => {
    expect(verdictText(target({ aim: 1.5 }), at(1.6))).toBe('reached');
    expect(verdictText(target({ aim: 1.5 }), at(1.4))).toBe('reached, and the aim of at most 1.5');
  });
});

describe('the targets', () => {
  test('are computed from the measures of one run', () => {
    const measurements = createMeasurements();
    measurements.add('pipe', 'small: p50 ms', 0.1);
    measurements.add('hub', 'small: p50 ms', 0.12);
    measurements.add('direct', 'initialize ms', 30);
    measurements.add('hub', 'initialize ms', 90);
    const verdicts = TARGETS.map((one) => [one.title, verdictText(one, one.value(measurements))]);
    expect(verdicts.filter(([, text]) => text !== 'not measured')).toEqual([
      ['p50 of a small call, hub / pipe', 'reached'],
      ['spawn to `initialize` answer, hub / direct', 'missed by 20 %'],
    ]);
  });
});
