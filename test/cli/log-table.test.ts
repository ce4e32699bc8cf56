import { expect, test } from 'vitest';
import { createLogTable } from '../../src/cli/log-table.ts';
import type { CallRow } from '../../src/store/log-reader.ts';

const at = (hours: number, minutes: number, seconds: number): number =>
  new Date(2026, 10, 20, hours, minutes, seconds).getTime();

const call = (over: Partial<CallRow>): CallRow => ({
  id: 1,
  callId: 'c',
  client: 'claude-desktop',
  upstream: 'github',
  method: 'tools/call',
  qualifiedName: 'github__search_issues',
  ownName: 'search_issues',
  startedAt: at(10, 31, 2),
  outcome: 'ok',
  durationMs: 131.6,
  bytesIn: 212,
  bytesOut: 4100,
  isRequestCut: false,
  isResultCut: false,
  ...over,
});

const tableOf = (calls: readonly CallRow[], now = at(12, 0, 0), width?: number): string => {
  const table = createLogTable(calls, { width, now });
  return table.heading() + calls.map(table.lines).join('');
};

const running = (over: Partial<CallRow>): CallRow => {
  const { durationMs: _, bytesOut: __, ...rest } = call({ outcome: 'running', ...over });
  return rest;
};

test('calls are lines of a table, and a failure says why below', () => {
  const error = { outcome: 'error', errorMessage: 'Unknown label: "bugg"' } as const;
  const calls = [
    call({}),
    call({ ownName: 'create_issue', startedAt: at(10, 31, 9), durationMs: 2412, bytesOut: 1_300_000, ...error }),
    running({ client: 'cursor', upstream: 'postgres', ownName: 'query', startedAt: at(10, 31, 12), bytesIn: 0 }),
  ];
  expect(tableOf(calls)).toBe(
    [
      'TIME     CLIENT         SERVER   TOOL          STATUS     TOOK   IN  OUT',
      '10:31:02 claude-desktop github   search_issues ok       132 ms 212B 4.1k',
      '10:31:09 claude-desktop github   create_issue  error     2.4 s 212B 1.3M',
      '         Unknown label: "bugg"',
      '10:31:12 cursor         postgres query         running       -   0B    -',
      '',
    ].join('\n'),
  );
});

test('where the terminal is narrow, the client gives way first, then the tool, then the server', () => {
  const calls = [
    call({ client: 'a-client-with-a-very-long-name', upstream: 'playwright', ownName: 'browser_navigate_and_wait' }),
  ];
  const linesAt = (width?: number): string[] => tableOf(calls, at(12, 0, 0), width).split('\n');
  expect(linesAt()[1]).toBe(
    '10:31:02 a-client-with-a-very-long-name playwright browser_navigate_and_wait ok       132 ms 212B 4.1k',
  );
  expect(linesAt(82)[1]).toBe('10:31:02 a-clien... playwright browser_navigate_and_wait ok       132 ms 212B 4.1k');
  expect(linesAt(72)[1]).toBe('10:31:02 a-cli... playwright browser_naviga... ok       132 ms 212B 4.1k');
  expect(linesAt(69)[1]).toBe('10:31:02 a-cli... playw... browser_navig... ok       132 ms 212B 4.1k');
  for (const line of linesAt(69)) expect(line.length).toBeLessThanOrEqual(69);
});

test('a call that comes later may have longer names, and its line still fits', () => {
  const table = createLogTable([call({})], { width: 80, now: at(12, 0, 0) });
  const later = call({ upstream: 'playwright', ownName: 'browser_navigate_and_wait' });
  expect(table.lines(later)).toBe('10:31:02 claud... playwright browser_navigate_and_wait ok       132 ms 212B 4.1k\n');
});

test('a reason is broken at words and stands below its call', () => {
  const failed = call({ outcome: 'error', errorMessage: 'the label that you have asked for is not one of these' });
  expect(tableOf([failed], at(12, 0, 0), 50)).toContain(
    '\n         the label that you have asked for is not\n         one of these\n',
  );
});

test('calls of another day show the day', () => {
  expect(tableOf([call({})], new Date(2026, 10, 21, 9).getTime())).toContain('\n11-20 10:31:02 claude');
});

test('a call without a name shows its method, and what nobody knows is a dash', () => {
  const { upstream: _, client: __, ownName: ___, qualifiedName: ____, ...bare } = call({ method: 'tools/list' });
  expect(tableOf([bare])).toMatch(/\n10:31:02 - +- +tools\/list ok/);
});

test('names of others cannot steer the terminal or add lines', () => {
  const evil = 'x\u001b[2J\n\u202ey\u200b';
  const text = tableOf([
    call({ client: evil, upstream: evil, ownName: evil, outcome: 'error', errorMessage: evil.repeat(100) }),
  ]);
  expect(text.split('\n')).toHaveLength(4);
  for (const character of '\u001b\u202e\u200b') expect(text).not.toContain(character);
  expect(text).toContain('x\\u001b[2J\\u000a\\u202ey\\u200b');
});
