import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { whenAborted } from '../../src/utils/when-aborted.ts';

describe('a promise that may be given up', () => {
  test('settles as it does by itself when nobody gives it up', async () => {
    const { signal } = new AbortController();
    expect(await whenAborted(Promise.resolve(1), signal)).toBe(1);
    await expect(whenAborted(Promise.reject(new Error('own')), signal)).rejects.toThrow('own');
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('rejects with the reason of the signal when that comes first', async () => {
    const giver = new AbortController();
    const waiting = whenAborted(new Promise(() => {}), giver.signal);
    giver.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });

  test('rejects at once when the signal was given before, even if it is settled', async () => {
    await expect(whenAborted(Promise.resolve(1), AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
  });

  test('may fail late without anybody being told', async () => {
    const giver = new AbortController();
    const { promise, reject } = Promise.withResolvers<never>();
    const waiting = whenAborted(promise, giver.signal);
    giver.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    // An unhandled rejection would fail the run.
    reject(new Error('late'));
    await new Promise((resolve) => setImmediate(resolve));
  });
});
