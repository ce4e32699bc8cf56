import { describe, expect, test } from 'vitest';
import { createDemoSource } from '../../../src/monitor/demo/demo-source.ts';
import type { UsualLatency } from '../../../src/monitor/source/monitor-source.ts';
import { createMonitor } from '../support/create-monitor.ts';

/** The demo with a call of `query` that has run for 10.2 seconds, of a tool that usually takes so long. */
const monitorWith = (usualMs: UsualLatency, hasColor = false) =>
  createMonitor({ source: (clock) => ({ ...createDemoSource(clock), usualMs }), hasColor });

describe('a running call', () => {
  test.each([
    [3_390, true],
    [3_410, false],
    [100, true],
    [60_000, false],
    [undefined, true],
  ])('of a tool whose calls take at most %s ms is late after three times that: %s', (p95, isLate) => {
    const monitor = monitorWith(({ ownName }) => (ownName === 'query' ? p95 : undefined));
    expect(/query +running ! +10\.2 s/.test(monitor.screen())).toBe(isLate);
    expect(/query +running +10\.2 s/.test(monitor.screen())).toBe(!isLate);
  });

  test('becomes late while it is watched', () => {
    const monitor = monitorWith(() => 3_800);
    expect(monitor.screen()).toMatch(/query +running +10\.2 s/);
    monitor.clock.pass(1_500);
    expect(monitor.screen()).toMatch(/query +running ! +11\.7 s/);
  });

  test('is never late within two seconds, however quick its tool is', () => {
    const monitor = monitorWith(() => 1);
    expect(monitor.screen()).toMatch(/browser_take_screensh\S* +running +0\.9 s/);
  });

  test('that is late has the colour of a warning, in the list and on the axis of its session', () => {
    const warned = (monitor: ReturnType<typeof monitorWith>, word: string): boolean =>
      monitor.painted().some((line) => line.includes('query') && line.includes(`\u001b[33m${word}`));
    const late = monitorWith(() => 100, true);
    const inTime = monitorWith(() => 60_000, true);
    expect([warned(late, 'running !'), warned(inTime, 'running')]).toEqual([true, false]);
    for (const monitor of [late, inTime]) monitor.press('5 j enter k');
    expect([warned(late, ' 10.2 s'), warned(inTime, ' 10.2 s')]).toEqual([true, false]);
  });
});
