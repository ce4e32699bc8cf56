import { describe, expect, test } from 'vitest';
import { parseFilter } from '../../../src/monitor/filter/parse-filter.ts';
import { searchCalls } from '../../../src/monitor/source/call-search.ts';
import { openMonitorLog, SIX_CALLS, type ToldCall } from '../../store/support/monitor-log.ts';

const opened = async (calls: readonly ToldCall[] = SIX_CALLS) => {
  const log = openMonitorLog(calls);
  const reader = await log.read();
  const search = (filter: string, rest: Partial<Parameters<typeof searchCalls>[1]> = {}) => {
    const { calls: found, reachedId } = searchCalls(
      reader,
      { match: { terms: parseFilter(filter) }, limit: 10, ...rest },
      Date.now(),
    );
    return { ids: found.map(({ callId }) => callId).join(' '), reachedId };
  };
  return { ...log, search };
};

describe('a search in the log', () => {
  test.each([
    ['', 'c0 c1 c2 c3 c4 c5'],
    ['server:docs', 'c2 c3'],
    ['server:docs server:github', 'c0 c1 c2 c3'],
    ['tool:*issue* !tool:create*', 'c0'],
    ['client:cursor status:ok', 'c0 c4'],
    ['status:error', 'c1 c3'],
    ['status:slow', 'c2 c3 c5'],
    ['status:ok status:slow', 'c0 c2 c3 c4 c5'],
    ['>1s', 'c2 c3 c5'],
    ['>1s <3s', 'c2'],
    ['!status:running <50ms', 'c0 c4'],
    ['!>1s', 'c0 c1 c4'],
    ['read failed', 'c3'],
    ['"create_issue failed"', 'c1'],
    ['!issue', 'c2 c3 c4 c5'],
    ['since:3m', 'c4 c5'],
    ['server:nobody', ''],
  ])('for "%s" finds %s, oldest first', async (filter, ids) => {
    const { search } = await opened();
    expect(search(filter).ids).toBe(ids);
  });

  test('gives the latest, and says where to go on, until nothing is left', async () => {
    const { search } = await opened();
    const first = search('', { limit: 4 });
    expect(first).toEqual({ ids: 'c2 c3 c4 c5', reachedId: 3 });
    expect(search('', { limit: 4, beforeId: 3 })).toEqual({ ids: 'c0 c1', reachedId: undefined });
  });

  test('gives what came after a call, earliest first, and says that there is more', async () => {
    const { search } = await opened();
    expect(search('', { afterId: 2, limit: 2 })).toEqual({ ids: 'c2 c3', reachedId: 4 });
    expect(search('', { afterId: 4, limit: 5 })).toEqual({ ids: 'c4 c5', reachedId: undefined });
  });

  test('looks only at the calls that are named, where some are', async () => {
    const { search } = await opened();
    expect(search('', { ids: [6, 1] }).ids).toBe('c0 c5');
    expect(search('status:ok', { ids: [6, 1] }).ids).toBe('c0');
  });

  test('finds a call that runs as long as was asked for, although the log knows no duration of it yet', async () => {
    const { search } = await opened([
      [0, 'docs', 'read_page', 'cursor'],
      [9, 'docs', 'read_page', 'cursor', 'ok', 5],
    ]);
    expect(search('>5m').ids).toBe('c0');
    expect(search('>1h').ids).toBe('');
  });

  test('in a long log stops after a moment, and goes on from there to the end', async () => {
    const many = Array.from({ length: 3000 }, (_, index): ToldCall => [0, 'docs', `tool_${index}`, 'cursor', 'ok']);
    const { search } = await opened(many);
    const found: string[] = [];
    let beforeId: number | undefined;
    for (;;) {
      const step = search('tool:tool_1', { limit: 1, ...(beforeId !== undefined && { beforeId }) });
      if (step.ids !== '') found.push(step.ids);
      if (step.reachedId === undefined) break;
      expect(step.reachedId).toBeLessThan(beforeId ?? Number.POSITIVE_INFINITY);
      beforeId = step.reachedId;
    }
    expect(found).toEqual(['c1']);
  });
});
