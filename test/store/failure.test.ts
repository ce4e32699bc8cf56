import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { UpstreamStateChanged } from '../../src/events/events.ts';
import { databasePath } from '../../src/store/database-path.ts';
import { openLogReader } from '../../src/store/log-reader.ts';
import { startLogThread } from '../../src/store/log-thread.ts';
import { SCHEMA_VERSION } from '../../src/store/migrations.ts';
import { callFinished, callStarted, clientConnected, hubStarted, upstreamState } from './support/events.ts';
import { type LogBench, openLogBench, query, temporaryDirectory } from './support/log-bench.ts';

/** The machine may be busy with other tests. */
const PATIENCE = { timeout: 10_000 };

const logCall = async ({ bus, log }: LogBench, callId: string): Promise<void> => {
  bus.emit(callStarted(callId));
  bus.emit(callFinished(callId));
  await log.flush();
};

const loggedCalls = (stateDir: string): string[] =>
  query<{ call_id: string }>(stateDir, 'SELECT call_id FROM calls ORDER BY id').map((row) => row.call_id);

const setAsideIn = (stateDir: string): string[] =>
  readdirSync(stateDir).filter((name) => /^calls\.db\.corrupt-\d{8}T\d{6}Z-\d+$/.test(name));

const onWorker = (listener: (worker: Worker) => void): void => {
  process.on('worker', listener);
  onTestFinished(() => void process.off('worker', listener));
};

/** A log whose thread holds entries that cannot be written while a file is at `parent`. */
const openHeldBench = async (entries: number): Promise<{ bench: LogBench; parent: string; thread: Worker }> => {
  const parent = join(temporaryDirectory(), 'not-a-directory');
  writeFileSync(parent, '');
  const bench = openLogBench({}, { stateDir: join(parent, 'state') });
  const threads: Worker[] = [];
  onWorker((worker) => threads.push(worker));
  for (let index = 0; index < entries; index += 1) bench.bus.emit(callStarted(`held-${index}`));
  await bench.log.flush();
  expect(bench.log.problem()).toContain('ENOTDIR');
  return { bench, parent, thread: threads[0] as Worker };
};

/** The tests run as root too, whom permissions do not stop: a file or directory in the wrong place stops everybody. */
describe('a place that cannot be written', () => {
  test('is told of once, nothing else suffers, and all is written when it can be', async () => {
    const parent = join(temporaryDirectory(), 'not-a-directory');
    writeFileSync(parent, '');
    const bench = openLogBench({}, { stateDir: join(parent, 'state') });
    bench.bus.emit(hubStarted());
    await logCall(bench, 'one');
    await logCall(bench, 'two');
    expect(bench.log.problem()).toMatch(/^Calls are not logged: .*ENOTDIR/);
    expect(bench.problems).toEqual([bench.log.problem()]);

    rmSync(parent);
    await logCall(bench, 'three');
    expect(bench.log.problem()).toBeUndefined();
    expect(loggedCalls(bench.stateDir)).toEqual(['one', 'two', 'three']);
    expect(query(bench.stateDir, 'SELECT run_id FROM hub_runs')).toEqual([{ run_id: 'run-1' }]);
  });

  test('may be the database itself: a directory under its name', async () => {
    const stateDir = temporaryDirectory();
    mkdirSync(databasePath(stateDir));
    const bench = openLogBench({}, { stateDir });
    await logCall(bench, 'one');
    expect(bench.log.problem()).toContain(databasePath(stateDir));
    expect(statSync(databasePath(stateDir)).isDirectory()).toBe(true);
    await bench.log.close();
    expect(bench.problems.at(-1)).toBe('2 entries of the log were not written');
  });

  test('does not stop reading', () => {
    const stateDir = temporaryDirectory();
    mkdirSync(databasePath(stateDir));
    expect(() => openLogReader(stateDir)).toThrow(expect.objectContaining({ code: 'STORE_UNAVAILABLE' }));
  });
});

describe('a database of a newer program', () => {
  test('is refused and left as it is', async () => {
    const stateDir = temporaryDirectory();
    const database = new Database(databasePath(stateDir));
    database.exec(`CREATE TABLE of_the_future (a); PRAGMA user_version = ${SCHEMA_VERSION + 6}`);
    database.close();
    const before = readFileSync(databasePath(stateDir));

    const bench = openLogBench({}, { stateDir });
    await logCall(bench, 'one');
    expect(bench.log.problem()).toContain(
      `its schema is ${SCHEMA_VERSION + 6} and this program knows ${SCHEMA_VERSION}`,
    );
    expect(bench.log.problem()).toContain('update mcp-hub');
    expect(() => openLogReader(stateDir)).toThrow(/newer mcp-hub/);
    await bench.log.close();
    expect(readFileSync(databasePath(stateDir)).equals(before)).toBe(true);
    expect(setAsideIn(stateDir)).toEqual([]);
  });
});

describe('a damaged database', () => {
  test('that is no database at all is set aside, and a new one is begun', async () => {
    const stateDir = temporaryDirectory();
    writeFileSync(databasePath(stateDir), 'this is a text, not a database\n'.repeat(500));
    const bench = openLogBench({}, { stateDir });
    await logCall(bench, 'one');
    expect(bench.log.problem()).toBeUndefined();
    expect(bench.problems).toEqual([expect.stringContaining('was damaged; it is kept as')]);
    const [name = ''] = setAsideIn(stateDir);
    expect(readFileSync(join(stateDir, name), 'utf8')).toMatch(/^this is a text/);
    expect(loggedCalls(stateDir)).toEqual(['one']);
    expect(query(stateDir, 'SELECT message FROM problems')).toEqual([{ message: bench.problems[0] }]);
  });

  test('that is damaged while it is open is set aside with the next write or check', async () => {
    const bench = openLogBench({}, { upkeep: { firstAfterMs: 1, everyMs: 1 } });
    const { stateDir, bus } = bench;
    bus.emit(hubStarted());
    bus.emit(clientConnected());
    for (let index = 0; index < 200; index += 1) await logCall(bench, `before-${index}`);
    await bench.log.close();

    const bytes = readFileSync(databasePath(stateDir));
    bytes.fill(0xff, 4096);
    writeFileSync(databasePath(stateDir), bytes);
    const database = new Database(databasePath(stateDir));
    database.close();

    const later = openLogBench({}, { stateDir });
    later.bus.emit(clientConnected());
    await logCall(later, 'after');
    expect(loggedCalls(stateDir)).toEqual(['after']);
    expect(setAsideIn(stateDir)).toHaveLength(1);
  });

  test('is found by the check although writing goes on', async () => {
    const stateDir = temporaryDirectory();
    const first = openLogBench({}, { stateDir });
    for (let index = 0; index < 300; index += 1) {
      first.bus.emit(callStarted(`before-${index}`, { request: () => `"${'x'.repeat(3000)}"` }));
    }
    await first.log.close();
    const bytes = readFileSync(databasePath(stateDir));
    const page = Math.floor(bytes.indexOf('x'.repeat(2000), bytes.length / 3) / 4096);
    bytes.fill(0xff, page * 4096, (page + 1) * 4096);
    writeFileSync(databasePath(stateDir), bytes);

    const bench = openLogBench({}, { stateDir, upkeep: { firstAfterMs: 1, everyMs: 1 } });
    await logCall(bench, 'one');
    await expect.poll(() => setAsideIn(stateDir), PATIENCE).toHaveLength(1);
    await logCall(bench, 'two');
    expect(loggedCalls(stateDir)).toContain('two');
    expect(bench.problems).toEqual([expect.stringContaining('was damaged')]);
  });
});

describe('another process that holds the lock', () => {
  test('delays no call, and what came meanwhile is written after it', async () => {
    const bench = openLogBench();
    await logCall(bench, 'before');
    const holder = new Database(databasePath(bench.stateDir));
    holder.exec('BEGIN IMMEDIATE');
    const started = performance.now();
    for (let index = 0; index < 500; index += 1) bench.bus.emit(callStarted(`c${index}`));
    expect(performance.now() - started).toBeLessThan(250);
    const written = bench.log.flush();
    setTimeout(() => holder.exec('COMMIT'), 300);
    await written;
    holder.close();
    expect(bench.problems).toEqual([]);
    expect(loggedCalls(bench.stateDir)).toHaveLength(501);
  });
});

describe('the thread that writes', () => {
  test('may fail as a whole: that is an answer like any other', async () => {
    const thread = startLogThread(undefined as never, () => {});
    expect(await thread.ask({ kind: 'retry' })).toEqual({
      kind: 'failed',
      problem: expect.stringContaining('the thread that writes has ended'),
      retryMs: 30_000,
    });
    expect(thread.isAlive).toBe(false);
    await expect(thread.ready).rejects.toThrow('the thread that writes has ended');
    await thread.end(1000);
  });

  test('takes with it what it held when it ends, and the log says so once', async () => {
    const { bench, parent, thread } = await openHeldBench(10);
    await thread.terminate();
    rmSync(parent);
    await logCall(bench, 'after');
    await logCall(bench, 'later');
    expect(loggedCalls(bench.stateDir)).toEqual(['after', 'later']);
    expect(query(bench.stateDir, 'SELECT message FROM problems')).toEqual([
      { message: '10 entries of the log could not be written and are lost' },
    ]);
  });

  test('that ended and cannot be started again is no reason not to tell of what it held', async () => {
    const { bench, thread } = await openHeldBench(10);
    await thread.terminate();
    onWorker((another) => void another.terminate());
    await bench.log.close();
    expect(bench.problems.at(-1)).toBe('10 entries of the log were not written');
  });

  test('learns of a pattern that came with rows it could not be given', async () => {
    const bench = openLogBench();
    await logCall(bench, 'before');
    bench.log.redactAlso(['/hunter2/']);
    bench.bus.emit({ ...upstreamState(), reason: 'x', cannotBeHandedOver: () => {} } as UpstreamStateChanged);
    await bench.log.flush();
    expect(bench.log.problem()).toContain('could not be cloned');
    bench.bus.emit(callStarted('after', { request: () => '{"a":"hunter2"}' }));
    await bench.log.flush();
    expect(query(bench.stateDir, "SELECT request FROM calls WHERE call_id = 'after'")).toEqual([
      { request: '{"a":"***"}' },
    ]);
  });
});
