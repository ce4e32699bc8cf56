import { closeSync, openSync, readdirSync, statSync, writeSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { checkInThread } from '../../src/store/check-thread.ts';
import { openDatabase } from '../../src/store/database.ts';
import { databasePath } from '../../src/store/database-path.ts';
import { runUpkeep } from '../../src/store/upkeep.ts';
import { callFinished, callStarted, hubStarted, LOG_CONFIG } from './support/events.ts';
import { openLogBench, query, temporaryDirectory } from './support/log-bench.ts';

const PAGE_BYTES = 4096;

/** The machine may be busy with other tests. */
const PATIENCE = { timeout: 10_000 };

const logOf = async (calls: number): Promise<string> => {
  const { bus, log, stateDir } = openLogBench({}, { stateDir: temporaryDirectory() });
  bus.emit(hubStarted());
  for (let index = 0; index < calls; index += 1) {
    bus.emit(callStarted(`c${index}`, { request: () => JSON.stringify('x'.repeat(6000)) }));
    bus.emit(callFinished(`c${index}`));
  }
  await log.close();
  return stateDir;
};

/** Spoils pages that a new call has nothing to do with. */
const damage = (stateDir: string): void => {
  const path = databasePath(stateDir);
  const file = openSync(path, 'r+');
  const middle = Math.floor(statSync(path).size / PAGE_BYTES / 2);
  for (let page = middle; page < middle + 10; page += 1)
    writeSync(file, Buffer.alloc(PAGE_BYTES, 0xa5), 0, PAGE_BYTES, page * PAGE_BYTES);
  closeSync(file);
};

const openFor = (stateDir: string) => {
  const { durability, maxBytes } = LOG_CONFIG;
  const database = openDatabase({ path: databasePath(stateDir), durability, maxBytes, onNotice: () => {} });
  onTestFinished(() => void database.close());
  return database;
};

const lastCheck = (stateDir: string): unknown => query(stateDir, "SELECT done_at FROM upkeep WHERE job = 'check'")[0];

describe('a check of the log', () => {
  test('leaves its thread to the calls: they are written meanwhile', async () => {
    const stateDir = await logOf(50);
    const database = openFor(stateDir);
    const check = checkInThread(database.name);
    expect(await Promise.race([check, nextTurn('a turn before the check is done')])).toBe(
      'a turn before the check is done',
    );
    database.exec("INSERT INTO problems (message, at) VALUES ('written meanwhile', 1)");
    expect(await check).toEqual({ kind: 'sound' });
    expect(query(stateDir, 'SELECT message FROM problems')).toEqual([{ message: 'written meanwhile' }]);
  });

  test('is made once a day, by whichever hub', async () => {
    const stateDir = await logOf(1);
    const [database, now] = [openFor(stateDir), Date.now()];
    for (const [hours, checked] of [
      [0, 0],
      [23, 0],
      [25, 25],
    ] as const) {
      await runUpkeep(database, LOG_CONFIG, now + hours * 3_600_000);
      expect(lastCheck(stateDir)).toEqual({ done_at: now + checked * 3_600_000 });
    }
  });

  test('tells damage, of which the upkeep is told by the error that SQLite would give', async () => {
    const stateDir = await logOf(200);
    damage(stateDir);
    const database = openFor(stateDir);
    expect(await checkInThread(database.name)).toMatchObject({ kind: 'damaged' });
    await expect(runUpkeep(database, LOG_CONFIG)).rejects.toMatchObject({ code: 'SQLITE_CORRUPT' });
    expect(lastCheck(stateDir)).toBeUndefined();
  });

  test('knows nothing of a file that is not there', async () => {
    expect(await checkInThread(databasePath(temporaryDirectory()))).toEqual({ kind: 'unknown' });
  });

  test('has a damaged log set aside, and the next calls are in a new one', async () => {
    const stateDir = await logOf(200);
    damage(stateDir);
    const { bus, log, problems } = openLogBench({}, { stateDir, upkeep: { firstAfterMs: 1, everyMs: 3_600_000 } });
    bus.emit(callStarted('before'));
    await log.flush();
    await expect.poll(() => problems, PATIENCE).toEqual([expect.stringContaining('was damaged; it is kept as')]);
    bus.emit(callStarted('after'));
    await log.flush();
    expect(query(stateDir, 'SELECT call_id FROM calls')).toEqual([{ call_id: 'after' }]);
    expect(readdirSync(stateDir).some((name) => name.startsWith('calls.db.corrupt-'))).toBe(true);
  });
});
