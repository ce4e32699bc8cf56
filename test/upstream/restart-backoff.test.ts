import { describe, expect, test } from 'vitest';
import { createRestartBackoff } from '../../src/upstream/restart-backoff.ts';

const create = () => {
  let now = 1_000_000;
  const backoff = createRestartBackoff(() => now);
  const pass = (ms: number): void => {
    now += ms;
  };
  return { backoff, pass };
};

describe('the pause before a start', () => {
  test('is none at first', () => {
    expect(create().backoff.waitMs()).toBe(0);
  });

  test('is four times as long with each start that fails, from 0.5 s to 60 s', () => {
    const { backoff, pass } = create();
    const pauses = Array.from({ length: 8 }, () => {
      backoff.startFailed();
      const waitMs = backoff.waitMs();
      pass(waitMs);
      return waitMs;
    });
    expect(pauses).toEqual([500, 2000, 8000, 32_000, 60_000, 60_000, 60_000, 60_000]);
    expect(backoff.waitMs()).toBe(0);
  });

  test('is a second, however often, for one that wants something of its person', () => {
    const { backoff, pass } = create();
    for (let times = 0; times < 5; times += 1) {
      backoff.refused();
      expect(backoff.waitMs()).toBe(1000);
      pass(1000);
    }
    expect(backoff.waitMs()).toBe(0);
  });

  test('gets shorter as time passes', () => {
    const { backoff, pass } = create();
    backoff.startFailed();
    pass(300);
    expect(backoff.waitMs()).toBe(200);
  });

  test('is none after a first crash, and grows with crashes that follow soon', () => {
    const { backoff } = create();
    backoff.crashed(1000);
    expect(backoff.waitMs()).toBe(0);
    backoff.crashed(1000);
    expect(backoff.waitMs()).toBe(2000);
    backoff.crashed(59_999);
    expect(backoff.waitMs()).toBe(8000);
  });

  test('is none after a crash that follows a minute of health, whatever was before', () => {
    const { backoff, pass } = create();
    for (let count = 0; count < 5; count += 1) backoff.startFailed();
    pass(backoff.waitMs());
    backoff.crashed(60_000);
    expect(backoff.waitMs()).toBe(0);
  });

  test('holds back no start forever, however many have failed', () => {
    const { backoff } = create();
    for (let count = 0; count < 5000; count += 1) backoff.startFailed();
    expect(backoff.waitMs()).toBe(60_000);
  });
});
