import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { databasePath } from '../../../src/store/database-path.ts';
import { type CallPageFilter, selectCallPage } from '../../../src/store/monitor-queries/call-page.ts';
import { selectCallDetail } from '../../../src/store/monitor-queries/one-call.ts';
import { selectServerRows } from '../../../src/store/monitor-queries/server-rows.ts';
import { selectSessionCalls, selectSessions } from '../../../src/store/monitor-queries/sessions.ts';
import { selectStats } from '../../../src/store/monitor-queries/stats.ts';
import { selectStderr } from '../../../src/store/monitor-queries/stderr-window.ts';
import { selectSummary } from '../../../src/store/monitor-queries/summary.ts';
import { selectToolRows } from '../../../src/store/monitor-queries/tool-rows.ts';
import { selectUpstreamHistory } from '../../../src/store/monitor-queries/upstream-history.ts';
import { openMonitorLog, type ToldCall } from '../support/monitor-log.ts';

const CALLS = Array.from({ length: 300 }, (_, index): ToldCall => {
  const names = [`server_${index % 3}`, `tool_${index % 7}`, 'cursor'] as const;
  return index === 299 ? [index % 30, ...names] : [index % 30, ...names, index % 10 === 0 ? 'error' : 'ok'];
});

const window = { sinceMs: Date.now() - 3_600_000 };

const page = (filter: Omit<CallPageFilter, 'limit'>) => (database: Database.Database) =>
  selectCallPage(database, { ...filter, limit: 50 });

test.each<[string, (database: Database.Database) => unknown]>([
  ['the latest calls', page({})],
  ['calls since a time', page(window)],
  ['calls of a server', page({ servers: ['server_1'] })],
  ['calls of a tool', page({ tools: ['*tool_1'] })],
  ['calls of a client', page({ clients: ['cur*'] })],
  ['failed calls', page({ statuses: ['failed'] })],
  ['calls in flight', page({ statuses: ['running'] })],
  ['calls with a word', page({ words: ['tool_5'] })],
  ['new calls', page({ afterId: 290 })],
  ['one call', (database) => selectCallDetail(database, 5)],
  ['lines of an upstream', (database) => selectStderr(database, { upstream: 'server_1', fromMs: 5 })],
  ['the summary', (database) => selectSummary(database, window)],
  ['servers', (database) => selectServerRows(database, window)],
  ['what happened to an upstream', (database) => selectUpstreamHistory(database, 'server_1', 20)],
  ['tools', (database) => selectToolRows(database, window)],
  ['statistics', (database) => selectStats(database, window)],
  ['sessions', (database) => selectSessions(database, { limit: 50 })],
  ['calls of a session', (database) => selectSessionCalls(database, 1, 50)],
])('%s are read without going through all calls', async (_, select) => {
  const { stateDir, log } = openMonitorLog(CALLS);
  await log.flush();
  const statements: string[] = [];
  const database = new Database(databasePath(stateDir), {
    readonly: true,
    verbose: (sql) => statements.push(String(sql)),
  });
  onTestFinished(() => void database.close());
  select(database);
  const used = statements.splice(0);
  const steps = used.flatMap((sql) =>
    database
      .prepare<[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map(({ detail }) => detail),
  );
  expect(used).not.toEqual([]);
  expect(
    steps.filter((step) => /^SCAN (calls|upstream_lines|call_sums)\b/.test(step) && !isPartialIndex(step)),
  ).toEqual([]);
});

/** They hold what is in flight, and what failed. */
const isPartialIndex = (step: string): boolean => /INDEX calls_(open|failed)/.test(step);
