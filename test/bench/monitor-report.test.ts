import { expect, test } from 'vitest';
import { renderMonitorReport } from '../../bench/monitor/report.ts';

const lossLine = (watched: number): string => {
  const report = renderMonitorReport({
    queries: [{ name: 'calls', medianMs: 1, p95Ms: 2 }],
    starts: { long: [100], short: [100] },
    keys: new Map([['up', [10]]]),
    cpuPercent: 1,
    load: { watched: [watched], alone: [1000], frames: [2], cpuPercent: [3] },
    peakRssMib: 100,
  });
  return report.split('\n').find((line) => line.includes('that a hub loses')) ?? '';
};

test.each([
  ['a small loss is within the target', 970, / 3\.00 % .*\| reached +\|$/],
  ['a large one is not', 900, / 10\.00 % .*\| missed by 100 % +\|$/],
  ['one that is a little below zero is none', 1030, / -3\.00 % .*\| reached +\|$/],
  ['one that cannot be is noise, and reaches nothing', 2170, / -117 % .*\| noise: no loss is below zero +\|$/],
])('%s', (_, watched, told) => {
  expect(lossLine(watched)).toMatch(told);
});
