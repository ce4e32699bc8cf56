import { describe, expect, test, vi } from 'vitest';
import { Cancellation, toAbortSignal } from '../../src/utils/cancellation.ts';

describe('a cancellation', () => {
  test('tells every listener once, with its reason there', () => {
    const work = new Cancellation();
    const heard: unknown[] = [];
    work.addEventListener('abort', () => heard.push(['first', work.reason]));
    work.addEventListener('abort', () => heard.push(['second', work.reason]));

    work.abort('enough');
    work.abort('again');

    expect(work.aborted).toBe(true);
    expect(heard).toEqual([
      ['first', 'enough'],
      ['second', 'enough'],
    ]);
  });

  test('tells nobody who has left, and nobody who comes late', () => {
    const work = new Cancellation();
    const listener = vi.fn();
    work.addEventListener('abort', listener);
    work.removeEventListener('abort', listener);
    work.abort('enough');
    work.addEventListener('abort', listener);

    expect(listener).not.toHaveBeenCalled();
  });

  test('does not tell a listener that an earlier one has removed', () => {
    const work = new Cancellation();
    const heard: string[] = [];
    const second = (): void => void heard.push('second');
    const third = (): void => void heard.push('third');
    work.addEventListener('abort', () => {
      heard.push('first');
      work.removeEventListener('abort', second);
    });
    work.addEventListener('abort', second);
    work.addEventListener('abort', third);

    work.abort('enough');

    expect(heard).toEqual(['first', 'third']);
  });

  test('removes one registration at a time, and leaves the others', () => {
    const work = new Cancellation();
    const listener = vi.fn();
    const other = vi.fn();
    work.addEventListener('abort', listener);
    work.addEventListener('abort', other);
    work.removeEventListener('abort', () => {});
    work.removeEventListener('abort', listener);
    work.abort('enough');

    expect(listener).not.toHaveBeenCalled();
    expect(other).toHaveBeenCalledOnce();
  });

  test('is given up with any of its parents, of either kind', () => {
    for (const end of ['own', 'platform'] as const) {
      const own = new Cancellation();
      const platform = new AbortController();
      const child = new Cancellation(own, platform.signal);
      (end === 'own' ? own : platform).abort('the parent ended');

      expect(child.aborted).toBe(true);
      expect(child.reason).toBe('the parent ended');
    }
  });

  test('is given up at once where a parent was given up before', () => {
    const parent = new Cancellation();
    parent.abort('long ago');

    expect(new Cancellation(new Cancellation(), parent).reason).toBe('long ago');
  });

  test('never gives up its parents', () => {
    const parent = new Cancellation();
    new Cancellation(parent).abort('the child alone');

    expect(parent.aborted).toBe(false);
  });

  test('is free of its parents once it is released', () => {
    const platform = new AbortController();
    const removed = vi.spyOn(platform.signal, 'removeEventListener');
    const child = new Cancellation(platform.signal);
    child.release();
    platform.abort('too late');

    expect(child.aborted).toBe(false);
    expect(removed).toHaveBeenCalledOnce();
  });
});

describe('a signal for the platform', () => {
  test('is the same where it is one already', () => {
    const { signal } = new AbortController();

    expect(toAbortSignal(signal)).toBe(signal);
  });

  test('ends with the cancellation, and with its reason', () => {
    const work = new Cancellation();
    const signal = toAbortSignal(work);
    expect(signal.aborted).toBe(false);
    work.abort('enough');

    expect(signal.reason).toBe('enough');
    expect(toAbortSignal(work).reason).toBe('enough');
  });
});
