import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { settledWithin } from '../../src/utils/settled-within.ts';

describe('waiting for a promise with a limit', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('tells that it was settled, well or badly, and leaves no clock running', async () => {
    expect(await settledWithin(Promise.resolve(), 10)).toBe(true);
    expect(await settledWithin(Promise.reject(new Error('x')), 10)).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('tells that the time was up', async () => {
    const waiting = settledWithin(new Promise(() => {}), 10);
    vi.advanceTimersByTime(10);
    expect(await waiting).toBe(false);
  });
});
