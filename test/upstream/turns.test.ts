import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { HubError } from '../../src/errors/hub-error.ts';
import { createTurns } from '../../src/upstream/turns.ts';
import { createCall } from '../support/calls.ts';

const create = (over: Partial<Parameters<typeof createTurns>[0]> = {}) =>
  createTurns({ name: 'up', maxConcurrent: 2, callMs: 1000, maxPending: 4, maxPendingBytes: 100, ...over });

describe('the turns of an upstream', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('are taken without waiting while there are some', () => {
    const turns = create();
    expect([turns.take(0), turns.take(0), turns.take(0)]).toEqual([true, true, false]);
    turns.end(0);
    expect([turns.take(0), turns.take(0)]).toEqual([true, false]);
  });

  test('go to those that wait in the order in which they came, and say how long it took', async () => {
    const turns = create({ maxConcurrent: 1 });
    turns.take(0);
    const order: string[] = [];
    const first = turns.wait(createCall()).then((outcome) => order.push(`first ${outcome}`));
    vi.advanceTimersByTime(100);
    const second = turns.wait(createCall()).then((outcome) => order.push(`second ${outcome}`));
    vi.advanceTimersByTime(100);
    turns.end(0);
    await first;
    expect(turns.take(0)).toBe(false);
    turns.end(0);
    await second;
    expect(order).toEqual(['first 200', 'second 100']);
    turns.end(0);
    expect(turns.take(0)).toBe(true);
  });

  test('are refused at once where as many wait as may', async () => {
    const turns = create();
    turns.take(0);
    turns.take(0);
    void turns.wait(createCall());
    void turns.wait(createCall());
    expect(await turns.wait(createCall())).toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      message: 'up was not asked: 4 calls wait for its answers',
      hint: 'call it again when some of them are answered',
      upstream: 'up',
      sent: false,
    });
  });

  test('are refused to a request that is too large beside the others, and not to one that is alone', async () => {
    const turns = create();
    expect(turns.take(1000)).toBe(true);
    expect(turns.take(1)).toBe(false);
    expect(await turns.wait(createCall({ bytesIn: 1 }))).toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      message: 'up was not asked: 1000 bytes of other calls wait for its answers',
    });
    turns.end(1000);
    expect([turns.take(60), turns.take(50), turns.take(40)]).toEqual([true, false, true]);
  });

  test('are waited for no longer than a call may take', async () => {
    const turns = create({ maxConcurrent: 1 });
    turns.take(0);
    const late = turns.wait(createCall());
    vi.advanceTimersByTime(1000);
    expect(await late).toMatchObject({
      code: 'TIMEOUT',
      message: 'math__add was not sent: up had as many calls as it may have (1) for 1000 ms',
      sent: false,
    });
    turns.end(0);
    expect(turns.take(0)).toBe(true);
  });

  test('are lent while a call waits for its client, and taken again at once', async () => {
    const turns = create({ maxConcurrent: 1 });
    turns.take(0);
    const second = turns.wait(createCall());
    const third = turns.wait(createCall());
    turns.stepAside();
    expect(turns.pending).toBe(3);
    expect(await second).toBe(0);
    turns.comeBack();
    turns.end(0);
    expect(turns.take(0)).toBe(false);
    turns.end(0);
    expect(await third).toBe(0);
    turns.end(0);
    expect(turns.take(0)).toBe(true);
  });

  test('are refused where as many calls as may are there, also those that wait for their clients', async () => {
    const turns = create({ maxConcurrent: 1 });
    for (let count = 0; count < 4; count += 1) {
      expect(turns.take(0)).toBe(true);
      turns.stepAside();
    }
    expect(turns.take(0)).toBe(false);
    expect(await turns.wait(createCall())).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
  });

  test('are not kept for a call that was given up, nor is its size counted', async () => {
    const turns = create({ maxConcurrent: 1 });
    turns.take(10);
    const cancel = new AbortController();
    const givenUp = turns.wait(createCall({ signal: cancel.signal, bytesIn: 90 }));
    cancel.abort(new HubError('CANCELLED', 'the client cancelled it'));
    expect(await givenUp).toMatchObject({ code: 'CANCELLED' });
    expect(await turns.wait(createCall({ signal: cancel.signal }))).toMatchObject({ code: 'CANCELLED' });
    const other = turns.wait(createCall({ bytesIn: 90 }));
    turns.end(10);
    expect(await other).toBe(0);
    turns.end(90);
    expect(turns.take(100)).toBe(true);
  });
});
