import { describe, expect, test } from 'vitest';
import type { CallPage, CallPageFilter } from '../../../src/store/monitor-queries/call-page.ts';
import { callFinished, callStarted } from '../support/events.ts';
import { openMonitorLog, SIX_CALLS, type ToldCall } from '../support/monitor-log.ts';

const idsOf = ({ calls }: CallPage): string[] => calls.map(({ callId }) => callId);

describe('a page of calls', () => {
  test.each<[string, Omit<CallPageFilter, 'limit'>, string[]]>([
    ['all', {}, ['c5', 'c4', 'c3', 'c2', 'c1', 'c0']],
    ['by server', { servers: ['GIT*'] }, ['c1', 'c0']],
    ['by several servers', { servers: ['docs', 'postgres'] }, ['c5', 'c4', 'c3', 'c2']],
    ['by the own name of a tool', { tools: ['read_*'] }, ['c3', 'c2']],
    ['by the name that clients use', { tools: ['github__*'] }, ['c1', 'c0']],
    ['by a server that nobody has', { servers: ['none'] }, []],
    ['by client', { clients: ['cla*'] }, ['c5', 'c2', 'c1']],
    ['that failed', { statuses: ['failed'] }, ['c3', 'c1']],
    ['that ended in one way', { statuses: ['timeout'] }, ['c3']],
    ['that are in flight', { statuses: ['running'] }, ['c5']],
    ['that are in flight or failed', { statuses: ['running', 'tool_error'] }, ['c5', 'c1']],
    ['that went well', { statuses: ['ok'] }, ['c4', 'c2', 'c0']],
    ['that were slow', { minMs: 1000 }, ['c3', 'c2']],
    ['with a word in a name', { words: ['ISSUE'] }, ['c1', 'c0']],
    ['with a word in the error', { words: ['failed: time'] }, ['c3']],
    ['with two words', { words: ['docs', 'timeout'] }, ['c3']],
    ['without some', { not: { tools: ['*issue*'], statuses: ['running'] } }, ['c4', 'c3', 'c2']],
    [
      'without what has no error, of which nothing is known',
      { not: { words: ['timeout'] } },
      ['c5', 'c4', 'c2', 'c1', 'c0'],
    ],
    ['by all at once', { servers: ['docs'], clients: ['cursor'], minMs: 10, not: { statuses: ['ok'] } }, ['c3']],
  ])('can be chosen %s', async (_, filter, expected) => {
    const reader = await openMonitorLog(SIX_CALLS).read();
    const page = reader.callPage({ ...filter, limit: 10 });
    expect(idsOf(page)).toEqual(expected);
    expect(page.isComplete).toBe(true);
  });

  test('can be chosen by the time when they began', async () => {
    const log = openMonitorLog(SIX_CALLS);
    const reader = await log.read();
    expect(idsOf(reader.callPage({ sinceMs: log.start + 4 * 60_000, limit: 10 }))).toEqual(['c5', 'c4']);
  });

  test('is followed by the next one, until everything has been looked at', async () => {
    const reader = await openMonitorLog(SIX_CALLS).read();
    const first = reader.callPage({ limit: 2, servers: ['docs', 'github'] });
    expect([idsOf(first), first.isComplete]).toEqual([['c3', 'c2'], false]);
    const second = reader.callPage({ limit: 2, servers: ['docs', 'github'], beforeId: first.reachedId });
    expect(idsOf(second)).toEqual(['c1', 'c0']);
    const third = reader.callPage({ limit: 2, servers: ['docs', 'github'], beforeId: second.reachedId });
    expect([idsOf(third), third.isComplete]).toEqual([[], true]);
  });

  test('ends where its time is over, and the rest is found by going on', async () => {
    const many = Array.from(
      { length: 9000 },
      (_, index): ToldCall => [0, 'docs', index === 3 ? 'rare' : 'read', 'cursor', 'ok'],
    );
    const reader = await openMonitorLog(many).read();
    const found: string[] = [];
    let pages = 0;
    for (let page = reader.callPage({ limit: 5, words: ['rare'], budgetMs: 0 }); ; pages += 1) {
      found.push(...idsOf(page));
      if (page.isComplete) break;
      page = reader.callPage({ limit: 5, words: ['rare'], budgetMs: 0, beforeId: page.reachedId });
    }
    expect(found).toEqual(['c3']);
    expect(pages).toBeGreaterThan(2);
  });

  test('of what is new holds what was written since, latest first', async () => {
    const log = openMonitorLog(SIX_CALLS);
    const reader = await log.read();
    const { reachedId } = reader.callPage({ limit: 10, afterId: reader.lastId() });
    log.bus.emit(callStarted('new-1'));
    log.bus.emit(callStarted('new-2', { upstream: 'other' }));
    log.bus.emit(callFinished('c5'));
    await log.log.flush();
    expect(idsOf(reader.callPage({ limit: 10, afterId: reachedId }))).toEqual(['new-2', 'new-1']);
    expect(idsOf(reader.callPage({ limit: 10, afterId: reachedId, servers: ['other'] }))).toEqual(['new-2']);
    const [ended] = reader.callsById([reachedId]);
    expect(ended).toMatchObject({ callId: 'c5', outcome: 'ok' });
  });
});

test('one call comes with its payloads, or not at all', async () => {
  const reader = await openMonitorLog(SIX_CALLS).read();
  expect(reader.call(1)).toMatchObject({
    callId: 'c0',
    request: '{"name":"add","arguments":{"a":1,"b":2}}',
    result: '{"content":[{"type":"text","text":"3"}]}',
    attempts: [],
  });
  expect(reader.call(99)).toBeUndefined();
});
