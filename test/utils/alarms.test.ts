import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Alarm, createAlarms } from '../../src/utils/alarms.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const rung: string[] = [];
afterEach(() => void rung.splice(0));

const alarm = (name: string): Alarm => ({ dueAt: 0, place: -1, ring: () => void rung.push(name) });

test('each rings once, at its time, whatever the order in which they were set', () => {
  const alarms = createAlarms();
  alarms.set(alarm('late'), 300);
  alarms.set(alarm('early'), 100);
  alarms.set(alarm('middle'), 200);
  for (const [afterMs, names] of [
    [99, []],
    [1, ['early']],
    [100, ['early', 'middle']],
    [99, ['early', 'middle']],
    [1, ['early', 'middle', 'late']],
    [1000, ['early', 'middle', 'late']],
  ] as const) {
    vi.advanceTimersByTime(afterMs);
    expect(rung).toEqual(names);
  }
});

test('one that is called off does not ring, and the others do', () => {
  const alarms = createAlarms();
  const all = ['a', 'b', 'c', 'd'].map(alarm);
  for (const each of all) alarms.set(each, 50);
  alarms.callOff(all[0] as Alarm);
  alarms.callOff(all[2] as Alarm);
  alarms.callOff(all[2] as Alarm);
  vi.advanceTimersByTime(60);
  expect(rung.toSorted()).toEqual(['b', 'd']);
});

test('one that is set anew rings at its new time alone', () => {
  const alarms = createAlarms();
  const each = alarm('a');
  alarms.set(each, 50);
  vi.advanceTimersByTime(40);
  alarms.set(each, 50);
  vi.advanceTimersByTime(49);
  expect(rung).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(rung).toEqual(['a']);
});

test('one that rings may set itself and call others off', () => {
  const alarms = createAlarms();
  const other = alarm('other');
  const again: Alarm = {
    dueAt: 0,
    place: -1,
    ring() {
      rung.push('again');
      alarms.callOff(other);
      if (rung.length < 3) alarms.set(again, 10);
    },
  };
  alarms.set(again, 10);
  alarms.set(other, 20);
  vi.advanceTimersByTime(100);
  expect(rung).toEqual(['again', 'again', 'again']);
});

test('costs one timer, however many there are', () => {
  const alarms = createAlarms();
  const all = Array.from({ length: 1000 }, (_, index) => alarm(String(index)));
  for (const each of all) alarms.set(each, 60_000);
  for (const each of all) alarms.callOff(each);
  expect(vi.getTimerCount()).toBe(1);
});
