import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { holdLog } from '../../../src/monitor/source/held-log.ts';
import { databaseFiles, databasePath } from '../../../src/store/database-path.ts';
import { callFinished, callStarted, clientConnected, hubStarted } from '../../store/support/events.ts';
import { openLogBench, temporaryDirectory } from '../../store/support/log-bench.ts';

const writeLog = async (stateDir: string, callId = 'c1'): Promise<void> => {
  const { bus, log } = openLogBench({}, { stateDir });
  bus.emit(hubStarted());
  bus.emit(clientConnected());
  bus.emit(callStarted(callId));
  bus.emit(callFinished(callId));
  await log.close();
};

const hold = (stateDir: string) => {
  const log = holdLog(stateDir);
  onTestFinished(() => log.close());
  return log;
};

describe('a log that is held', () => {
  test('comes when the first call has been written', async () => {
    const stateDir = temporaryDirectory();
    const log = hold(stateDir);
    expect([log.reader(), log.hasChanged(), log.trouble()]).toEqual([undefined, false, undefined]);
    await writeLog(stateDir);
    expect(log.hasChanged()).toBe(true);
    expect(log.reader()?.lastId()).toBe(1);
    expect(log.hasChanged()).toBe(false);
  });

  test('has changed after each write of another, and not else', async () => {
    const stateDir = temporaryDirectory();
    await writeLog(stateDir);
    const log = hold(stateDir);
    expect(log.hasChanged()).toBe(false);
    await writeLog(stateDir, 'c2');
    expect([log.hasChanged(), log.hasChanged()]).toEqual([true, false]);
  });

  test('says that it was removed, and what makes the next', async () => {
    const stateDir = temporaryDirectory();
    await writeLog(stateDir);
    const log = hold(stateDir);
    for (const file of databaseFiles(databasePath(stateDir))) rmSync(file, { force: true });
    expect(log.hasChanged()).toBe(true);
    expect(log.reader()).toBeUndefined();
    expect(log.trouble()).toMatch(/calls\.db was removed: .*mcp-hub call$/);
    await writeLog(stateDir, 'another');
    expect(log.hasChanged()).toBe(true);
    expect(log.trouble()).toBeUndefined();
    expect(
      log
        .reader()
        ?.callPage({ limit: 5 })
        .calls.map(({ callId }) => callId),
    ).toEqual(['another']);
  });

  test('is the new one where another has taken its place', async () => {
    const [stateDir, other] = [temporaryDirectory(), temporaryDirectory()];
    await writeLog(stateDir, 'old');
    await writeLog(other, 'new');
    const log = hold(stateDir);
    for (const file of databaseFiles(databasePath(stateDir))) rmSync(file, { force: true });
    renameSync(databasePath(other), databasePath(stateDir));
    expect(log.hasChanged()).toBe(true);
    expect(
      log
        .reader()
        ?.callPage({ limit: 5 })
        .calls.map(({ callId }) => callId),
    ).toEqual(['new']);
  });

  test('says once why it cannot be read, and is read again as soon as it can be', async () => {
    const stateDir = temporaryDirectory();
    await writeLog(stateDir);
    const log = hold(stateDir);
    const path = databasePath(stateDir);
    for (const file of databaseFiles(path)) rmSync(file, { force: true });
    writeFileSync(path, 'this is no database, but it is as long as one has to be'.repeat(100), { mode: 0o600 });
    expect([log.hasChanged(), log.hasChanged()]).toEqual([true, false]);
    expect(log.trouble()).toContain(`${path} cannot be read: file is not a database`);
    rmSync(path);
    await writeLog(stateDir, 'sound');
    expect(log.hasChanged()).toBe(true);
    expect(log.trouble()).toBeUndefined();
  });

  test('survives that its whole folder goes', async () => {
    const stateDir = temporaryDirectory();
    await writeLog(stateDir);
    const log = hold(stateDir);
    rmSync(dirname(databasePath(stateDir)), { recursive: true });
    expect(log.hasChanged()).toBe(true);
    expect(log.trouble()).toContain('was removed');
  });

  test('that is empty is none, until something stands in it', async () => {
    const stateDir = temporaryDirectory();
    writeFileSync(databasePath(stateDir), '', { mode: 0o600 });
    const log = hold(stateDir);
    expect([log.reader(), log.hasChanged(), log.trouble()]).toEqual([undefined, false, undefined]);
    await writeLog(stateDir);
    expect(log.hasChanged()).toBe(true);
    expect(log.reader()?.lastId()).toBe(1);
  });
});
