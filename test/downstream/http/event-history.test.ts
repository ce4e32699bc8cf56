import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createEventHistory, type EventHistory } from '../../../src/downstream/http/event-history.ts';
import { createHistoryBudget } from '../../../src/downstream/http/history-budget.ts';

const MIB = 1024 * 1024;

const create = (maxBytes?: number) => {
  const budget = createHistoryBudget(maxBytes);
  return { budget, history: createEventHistory(budget) };
};

/** What is kept of a stream, from its beginning. */
const keptOf = (history: EventHistory, stream: string): string[] =>
  history.after(`${stream}.0`)?.events.map(([, bytes]) => bytes.toString()) ?? [];

describe('the history of a session', () => {
  test('gives what came after an event of a stream, and nothing of other streams', () => {
    const { history } = create();
    const first = history.keep('a', ['one']);
    history.keep('b', ['other']);
    const last = history.keep('a', ['t', Buffer.from('wo')]);
    expect(history.after(first)).toEqual({ stream: 'a', events: [[last, Buffer.from('two')]] });
    expect(history.after(last)).toEqual({ stream: 'a', events: [] });
  });

  test.each(['', 'a', 'a.4', 'a.-1', 'a b.1', '../a.1'])('knows no event %j', (eventId) => {
    const { history } = create();
    for (const text of ['one', 'two', 'three']) history.keep('a', [text]);
    expect(history.after(eventId)).toBeUndefined();
  });

  test('keeps the last 512 events, and of those 4 MiB', () => {
    const { history, budget } = create();
    for (let count = 1; count <= 600; count += 1) history.keep('a', [String(count)]);
    expect([keptOf(history, 'a').length, keptOf(history, 'a')[0]]).toEqual([512, '89']);
    for (let count = 0; count < 6; count += 1) history.keep('b', [Buffer.alloc(MIB)]);
    expect([keptOf(history, 'a'), keptOf(history, 'b').length]).toEqual([[], 4]);
    expect(budget.keptBytes).toBe(4 * MIB);
  });

  test('does not keep an event that is larger than all that it may keep, and keeps the rest', () => {
    const { history } = create();
    history.keep('a', ['before']);
    const large = history.keep('a', [Buffer.alloc(4 * MIB), 'x']);
    const after = history.keep('a', ['after']);
    expect(keptOf(history, 'a')).toEqual(['before', 'after']);
    expect(history.after(large)?.events.map(([eventId]) => eventId)).toEqual([after]);
  });

  describe('forgets a stream that has ended', () => {
    beforeEach(() => void vi.useFakeTimers());
    afterEach(() => void vi.useRealTimers());

    test('after a minute, and no other', () => {
      const { history, budget } = create();
      history.keep('ended', ['answer']);
      history.keep('open', ['x']);
      history.endStream('ended');
      vi.advanceTimersByTime(59_999);
      expect(keptOf(history, 'ended')).toEqual(['answer']);
      vi.advanceTimersByTime(1);
      expect([keptOf(history, 'ended'), keptOf(history, 'open'), budget.keptBytes]).toEqual([[], ['x'], 1]);
    });

    test('and has nothing left to do when it is closed', () => {
      const { history, budget } = create();
      history.keep('ended', ['answer']);
      history.endStream('ended');
      history.close();
      history.keep('late', ['answer']);
      expect([vi.getTimerCount(), budget.keptBytes]).toEqual([0, 0]);
    });
  });
});

describe('the histories of several sessions', () => {
  test('share one budget, and what is oldest of all gives way', () => {
    const budget = createHistoryBudget(10);
    const [one, two] = [createEventHistory(budget), createEventHistory(budget)];
    one.keep('a', ['1111']);
    two.keep('b', ['2222']);
    one.keep('a', ['33']);
    two.keep('b', ['444']);
    expect([keptOf(one, 'a'), keptOf(two, 'b'), budget.keptBytes]).toEqual([['33'], ['2222', '444'], 9]);
    two.close();
    one.keep('a', ['55555555']);
    expect([keptOf(one, 'a'), keptOf(two, 'b'), budget.keptBytes]).toEqual([['33', '55555555'], [], 10]);
  });

  test('keep 64 MiB together however many they are', () => {
    const budget = createHistoryBudget();
    for (let count = 0; count < 20; count += 1) {
      const history = createEventHistory(budget);
      for (let event = 0; event < 4; event += 1) history.keep(randomUUID(), [Buffer.alloc(MIB)]);
    }
    expect(budget.keptBytes).toBe(64 * MIB);
  });
});
