import { statSync } from 'node:fs';
import type Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../src/store/database.ts';
import { databasePath } from '../../src/store/database-path.ts';
import { usedBytes } from '../../src/store/retention.ts';
import { runUpkeep } from '../../src/store/upkeep.ts';
import { callFinished, callStarted, clientConnected, hubStarted, LOG_CONFIG, upstreamState } from './support/events.ts';
import { openLogBench, query, temporaryDirectory } from './support/log-bench.ts';

/** The machine may be busy with other tests. */
const PATIENCE = { timeout: 10_000 };

const DAY_MS = 86_400_000;
const MIB = 1024 * 1024;

const openFor = (stateDir: string): Database.Database => {
  const { durability, maxBytes } = LOG_CONFIG;
  const database = openDatabase({ path: databasePath(stateDir), durability, maxBytes, onNotice: () => {} });
  onTestFinished(() => void database.close());
  return database;
};

const counts = (stateDir: string): unknown =>
  query(
    stateDir,
    `SELECT (SELECT count(*) FROM calls) AS calls, (SELECT count(*) FROM clients) AS clients,
      (SELECT count(*) FROM hub_runs) AS runs, (SELECT count(*) FROM upstream_events) AS events,
      (SELECT count(*) FROM problems) AS problems, (SELECT count(*) FROM upstream_status) AS statuses`,
  )[0];

/** A run of a hub that began and ended `days` ago, with `calls` calls. */
const logRun = async (stateDir: string, runId: string, days: number, calls: number): Promise<void> => {
  const { bus, log } = openLogBench({}, { stateDir });
  const at = Date.now() - days * DAY_MS;
  bus.emit({ ...hubStarted(runId), at });
  bus.emit({ ...clientConnected(), at });
  bus.emit(upstreamState({ at }));
  bus.emit({ type: 'problem', message: 'a problem', at });
  for (let index = 0; index < calls; index += 1) {
    bus.emit(callStarted(`${runId}-${index}`, { startedAt: at }));
    bus.emit(callFinished(`${runId}-${index}`));
  }
  bus.emit({ type: 'client.disconnected', clientId: 'client-1', at });
  bus.emit({ type: 'hub.stopped', reason: 'done', at });
  await log.close();
};

describe('keepDays', () => {
  test('what is older goes, with its client and run; what was learned of upstreams stays', async () => {
    const stateDir = temporaryDirectory();
    await logRun(stateDir, 'old', 15, 1200);
    await logRun(stateDir, 'young', 13, 3);
    await runUpkeep(openFor(stateDir), LOG_CONFIG);
    expect(counts(stateDir)).toEqual({
      calls: 3,
      clients: 1,
      runs: 1,
      events: 1,
      problems: 1,
      statuses: 1,
    });
    expect(query(stateDir, 'SELECT DISTINCT run_id FROM calls JOIN hub_runs ON run = hub_runs.id')).toEqual([
      { run_id: 'young' },
    ]);
  });

  test('old calls go soon after the first write of a hub, by themselves', async () => {
    const stateDir = temporaryDirectory();
    await logRun(stateDir, 'old', 15, 700);
    const { bus, log } = openLogBench({}, { stateDir, upkeep: { firstAfterMs: 1, everyMs: 3_600_000 } });
    bus.emit(callStarted('new'));
    await log.flush();
    await expect.poll(() => query(stateDir, 'SELECT call_id FROM calls'), PATIENCE).toEqual([{ call_id: 'new' }]);
  });

  test('a client that outlives its calls is written again with the next one', async () => {
    const { bus, log, stateDir } = openLogBench();
    const at = Date.now() - 20 * DAY_MS;
    bus.emit({ ...hubStarted(), at });
    bus.emit({ ...clientConnected(), at });
    bus.emit(callStarted('old', { startedAt: at }));
    await log.flush();
    await runUpkeep(openFor(stateDir), LOG_CONFIG);
    expect(counts(stateDir)).toMatchObject({ calls: 0, clients: 0, runs: 0 });
    bus.emit(callStarted('new'));
    await log.flush();
    expect(query(stateDir, 'SELECT call_id, name FROM calls JOIN clients ON clients.id = client')).toEqual([
      { call_id: 'new', name: 'cursor' },
    ]);
  });
});

describe('maxBytes', () => {
  const logLarge = async (stateDir: string, calls: number, maxBytes: number): Promise<readonly string[]> => {
    const { bus, log, problems } = openLogBench({ maxBytes }, { stateDir });
    const request = (): string => JSON.stringify('x'.repeat(16_000));
    for (let index = 0; index < calls; index += 1) {
      bus.emit(callStarted(`c${index}`, { request }));
      bus.emit(callFinished(`c${index}`, { result: Buffer.from(request()) }));
      if (index % 100 === 99) await log.flush();
    }
    await log.close();
    return problems;
  };

  test('the database never grows beyond it: the oldest calls make room for new ones', async () => {
    const stateDir = temporaryDirectory();
    expect(await logLarge(stateDir, 700, 12 * MIB)).toEqual([]);
    expect(statSync(databasePath(stateDir)).size).toBeLessThanOrEqual(12 * MIB);
    const [row] = query<{ newest: string; calls: number }>(
      stateDir,
      'SELECT max(id) AS newest, count(*) AS calls FROM calls',
    );
    expect(row?.newest).toBe(700);
    expect(row?.calls).toBeLessThan(500);
    expect(query(stateDir, 'SELECT * FROM problems')).toEqual([]);
  });

  test('a limit that was lowered is reached by deleting, and the file gets smaller', async () => {
    const stateDir = temporaryDirectory();
    await logLarge(stateDir, 900, 1024 * MIB);
    const before = statSync(databasePath(stateDir)).size;
    const database = openFor(stateDir);
    await runUpkeep(database, { ...LOG_CONFIG, maxBytes: 20 * MIB });
    expect(usedBytes(database)).toBeLessThanOrEqual(20 * MIB);
    expect(statSync(databasePath(stateDir)).size).toBeLessThan(before);
    expect(statSync(`${databasePath(stateDir)}-wal`).size).toBe(0);
  });

  test('payloads that are larger than the whole log are given up, and their calls are kept', async () => {
    const stateDir = temporaryDirectory();
    const { bus, log } = openLogBench({ maxBytes: MIB, payloadBytes: 10 * MIB }, { stateDir });
    bus.emit(callStarted('small'));
    bus.emit(callStarted('large', { request: () => JSON.stringify('x'.repeat(3 * MIB)) }));
    await log.flush();
    expect(log.problem()).toBeUndefined();
    expect(query(stateDir, "SELECT request FROM calls WHERE call_id = 'large'")).toEqual([{ request: null }]);
  });

  test('where the file cannot grow and nothing is left to delete, the log says so and the rows wait', async () => {
    const { bus, log, stateDir, problems } = openLogBench({ maxBytes: MIB });
    bus.emit(upstreamState());
    for (let index = 0; index < 600; index += 1) {
      bus.emit(upstreamState({ state: 'backing_off', reason: `${index} ${'x'.repeat(4000)}` }));
    }
    await log.flush();
    expect(log.problem()).toMatch(/cannot be written: database or disk is full/);
    expect(problems).toEqual([log.problem()]);
    expect(statSync(databasePath(stateDir)).size).toBeLessThanOrEqual(MIB);
    bus.emit(callStarted('later'));
    await log.close();
    expect(problems.at(-1)).toMatch(/entries of the log were not written$/);
  });
});
