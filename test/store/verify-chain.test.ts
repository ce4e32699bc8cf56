import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { databasePath } from '../../src/store/database-path.ts';
import { LOST_END } from '../../src/store/ended-runs.ts';
import { openLogReader } from '../../src/store/log-reader.ts';
import { runUpkeep } from '../../src/store/upkeep.ts';
import type { ChainReport } from '../../src/store/verify-chain.ts';
import { callFinished, callStarted, clientConnected, hubStarted, LOG_CONFIG } from './support/events.ts';
import { openLogBench, query, temporaryDirectory } from './support/log-bench.ts';

const DAY_MS = 86_400_000;

const change = (stateDir: string, sql: string): void => {
  const database = new Database(databasePath(stateDir));
  database.exec(sql);
  database.close();
};

const verify = (stateDir: string, runId?: string): ChainReport[] => {
  const reader = openLogReader(stateDir);
  const reports = reader?.verify(runId) ?? [];
  reader?.close();
  return reports;
};

/** Two runs. Of each: `count` calls written whole, one that ended later than others, and one that has not ended. */
const logRuns = async (
  count = 5,
  { chain = true, at = Date.now() }: { chain?: boolean; at?: number } = {},
): Promise<string> => {
  const stateDir = temporaryDirectory();
  for (const run of ['one', 'two']) {
    const { bus, log } = openLogBench({ chain }, { stateDir });
    bus.emit({ ...hubStarted(run), at });
    bus.emit({ ...clientConnected(), at });
    bus.emit(callStarted(`${run}-slow`, { startedAt: at }));
    await log.flush();
    for (let index = 0; index < count; index += 1) {
      bus.emit(callStarted(`${run}-${index}`, { startedAt: at, request: () => '{"text":"half \ud800 ü \u0000"}' }));
      bus.emit(callFinished(`${run}-${index}`, { outcome: 'error', errorMessage: 'bad \udc00 half' }));
    }
    await log.flush();
    bus.emit(callFinished(`${run}-slow`));
    bus.emit(callStarted(`${run}-open`, { startedAt: at }));
    await log.close();
  }
  return stateDir;
};

describe('a log as hubs have written it', () => {
  test('is intact: calls whole, ended later, and still open', async () => {
    expect(verify(await logRuns())).toMatchObject([
      { runId: 'one', state: 'intact', entries: 8, cutEntries: 0 },
      { runId: 'two', state: 'intact', entries: 8, cutEntries: 0 },
    ]);
  });

  test('is intact where hubs write it at the same time', async () => {
    const stateDir = temporaryDirectory();
    const benches = ['a', 'b', 'c'].map((run) => ({ run, ...openLogBench({ chain: true }, { stateDir }) }));
    for (const { bus, run } of benches) bus.emit(hubStarted(run));
    for (let round = 0; round < 10; round += 1) {
      for (const { bus, run } of benches) bus.emit(callStarted(`${run}-${round}`));
      await Promise.all(benches.map(({ log }) => log.flush()));
      for (const { bus, run } of benches) bus.emit(callFinished(`${run}-${round}`));
    }
    await Promise.all(benches.map(({ log }) => log.close()));
    const reports = verify(stateDir);
    expect(reports.map(({ state, entries }) => ({ state, entries }))).toEqual(
      Array(3).fill({ state: 'intact', entries: 20 }),
    );
  });

  test('is intact after the calls of a dead hub were settled', async () => {
    const stateDir = await logRuns();
    const dead = '2147483646';
    // The pid is covered by the chain: a run whose process is gone has to be written as such.
    const { bus, log } = openLogBench({ chain: true }, { stateDir });
    bus.emit({ ...hubStarted('dead'), pid: Number(dead) });
    bus.emit(callStarted('lost'));
    await log.close();
    const next = openLogBench({ chain: true }, { stateDir });
    next.bus.emit(hubStarted('next'));
    next.bus.emit(callStarted('c'));
    await next.log.close();
    expect(query(stateDir, "SELECT outcome, error_message FROM calls WHERE call_id = 'lost'")).toEqual([
      { outcome: 'unknown', error_message: LOST_END },
    ]);
    expect(verify(stateDir, 'dead')).toMatchObject([{ state: 'intact', entries: 2 }]);
  });

  test('without chains says that it has none', async () => {
    const stateDir = await logRuns(2, { chain: false });
    expect(verify(stateDir).map(({ state }) => state)).toEqual(['unchained', 'unchained']);
  });
});

describe('a log that was changed', () => {
  test.each([
    ['a result', "UPDATE calls SET result = 'x' WHERE call_id = 'one-2'", 4, 'call one-2 is not as it was written'],
    ['one letter', "UPDATE calls SET request = replace(request, 'ü', 'u') WHERE call_id = 'one-3'", 5, 'one-3'],
    ['an outcome', "UPDATE calls SET outcome = 'ok' WHERE call_id = 'one-0'", 2, 'one-0'],
    ['a time', "UPDATE calls SET started_at = started_at + 1 WHERE call_id = 'one-1'", 3, 'one-1'],
    ['who called', "UPDATE calls SET client = 2 WHERE call_id = 'one-1'", 3, 'one-1'],
    ['an end that came later', "UPDATE calls SET duration_ms = 1 WHERE call_id = 'one-slow'", 7, 'one-slow'],
    ['an end that never came', "UPDATE calls SET outcome = 'ok' WHERE call_id = 'one-open'", 8, 'one-open'],
    ['an end taken back', "UPDATE calls SET end_seq = NULL, end_hash = NULL WHERE call_id = 'one-slow'", 1, 'one-slow'],
    ['a call removed', "DELETE FROM calls WHERE call_id = 'one-2'", 4, 'it is missing: call one-3 is entry 5'],
    ['the first call removed', "DELETE FROM calls WHERE call_id = 'one-slow'", 1, 'it is missing'],
    ['the last call removed', "DELETE FROM calls WHERE call_id = 'one-open'", 8, 'it is missing'],
    [
      'two calls in each other’s place',
      "UPDATE calls SET id = 1000 WHERE call_id = 'one-1'; UPDATE calls SET id = 3 WHERE call_id = 'one-2'",
      3,
      'it is missing',
    ],
    [
      'two calls with each other’s numbers',
      `UPDATE calls SET seq = 7 - seq WHERE call_id IN ('one-1', 'one-2')`,
      3,
      'it is missing',
    ],
    [
      'a call put in',
      "INSERT INTO calls (call_id, run, method, started_at, bytes_in) VALUES ('x', 1, 'm', 1, 1)",
      9,
      'call x was written by no hub',
    ],
    ['what the run says of itself', "UPDATE hub_runs SET version = '9' WHERE run_id = 'one'", 1, 'one-slow'],
    ['where the run ends', "UPDATE hub_runs SET chain_seq = 7 WHERE run_id = 'one'", 7, 'does not end as the run says'],
  ])('%s is found at the first entry that it touches, and in that run alone', async (_, sql, brokenAt, reason) => {
    const stateDir = await logRuns();
    change(stateDir, `PRAGMA foreign_keys = OFF; ${sql}`);
    const [one, two] = verify(stateDir);
    expect(one).toMatchObject({ state: 'broken', brokenAt, reason: expect.stringContaining(reason) });
    expect(two).toMatchObject({ state: 'intact' });
  });

  test('by taking away a run leaves calls that belong to none', async () => {
    const stateDir = await logRuns();
    change(stateDir, "PRAGMA foreign_keys = OFF; DELETE FROM hub_runs WHERE run_id = 'one'");
    expect(verify(stateDir)).toMatchObject([
      { runId: 'two', state: 'intact' },
      { state: 'broken', reason: 'the run of 7 calls is missing' },
    ]);
  });
});

describe('a log that retention has cut', () => {
  const cut = async (stateDir: string, maxBytes: number, keepDays = 36_500): Promise<void> => {
    const database = new Database(databasePath(stateDir));
    await runUpkeep(database, { ...LOG_CONFIG, keepDays, maxBytes });
    database.close();
  };

  test('is intact, with an anchor for what is gone', async () => {
    const stateDir = await logRuns(700);
    change(stateDir, 'UPDATE calls SET id = id'); // The same rows: nothing is broken by being written again.
    await cut(stateDir, 400_000);
    const [one, two] = verify(stateDir);
    expect(one?.cutEntries).toBeGreaterThan(100);
    expect(one).toMatchObject({ state: 'intact', anchor: expect.stringMatching(/^[\w-]{43}$/) });
    expect((one?.cutEntries ?? 0) + (one?.entries ?? 0)).toBe(703);
    expect(two).toMatchObject({ state: 'intact' });
    const cuts = query<{ cuts: number }>(stateDir, 'SELECT count(*) AS cuts FROM chain_cuts WHERE run = 1');
    expect(cuts[0]?.cuts).toBeLessThanOrEqual(2);
  });

  test('is found broken behind the cut', async () => {
    const stateDir = await logRuns(700);
    await cut(stateDir, 400_000);
    change(stateDir, "DELETE FROM calls WHERE call_id = 'two-650'");
    expect(verify(stateDir)[1]).toMatchObject({ state: 'broken', brokenAt: 652 });
  });

  test('is broken where more is gone than retention has noted', async () => {
    const stateDir = await logRuns(700);
    await cut(stateDir, 400_000);
    const [before] = verify(stateDir, 'two');
    change(stateDir, 'DELETE FROM calls WHERE id = (SELECT min(id) FROM calls)');
    const [one, two] = verify(stateDir);
    expect(before?.state).toBe('intact');
    expect([one?.state, two?.state]).toContain('broken');
  });

  test('forgets its cuts with the run', async () => {
    const stateDir = await logRuns(20, { at: Date.now() - 20 * DAY_MS });
    await cut(stateDir, 1 << 30, 14);
    expect(query(stateDir, 'SELECT * FROM chain_cuts')).toEqual([]);
    expect(verify(stateDir)).toEqual([]);
  });
});
