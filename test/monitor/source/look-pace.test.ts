import { expect, test } from 'vitest';
import { createLookPace } from '../../../src/monitor/source/look-pace.ts';

const paceAt = () => {
  const time = { now: 0, cpuMs: 0 };
  const pace = createLookPace({ now: () => time.now, cpuMs: () => time.cpuMs });
  return {
    pace,
    pass: (now: number, cpuMs: number) => {
      time.now += now;
      time.cpuMs += cpuMs;
    },
  };
};

test('calls that can be followed are looked at each time', () => {
  const { pace, pass } = paceAt();
  expect(pace.isTime(1)).toBe(true);
  pace.looked(1);
  pass(250, 200);
  expect(pace.isTime(50)).toBe(true);
});

test('in a flood a look that took much waits until it is three hundredths of the time', () => {
  const { pace, pass } = paceAt();
  pace.looked(1);
  pass(250, 15);
  expect(pace.isTime(51)).toBe(false);
  pass(249, 0);
  expect(pace.isTime(9_000)).toBe(false);
  pass(1, 0);
  expect(pace.isTime(9_000)).toBe(true);
});

test('a flood is looked at once a second, whatever that takes, and at once where a look is cheap', () => {
  const { pace, pass } = paceAt();
  pace.looked(1);
  pass(999, 900);
  expect(pace.isTime(9_000)).toBe(false);
  pass(1, 0);
  expect(pace.isTime(9_000)).toBe(true);
  pace.looked(9_000);
  pass(250, 7);
  expect(pace.isTime(18_000)).toBe(true);
});

test('a flood is one from look to look, and over with the first look that found few calls', () => {
  const { pace } = paceAt();
  pace.looked(1_000);
  expect(pace.isFlood()).toBe(false);
  pace.looked(1_050);
  expect(pace.isFlood()).toBe(true);
  pace.looked(1_099);
  expect(pace.isFlood()).toBe(false);
});
