import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { databasePath } from '../../src/store/database-path.ts';
import { LOST_END } from '../../src/store/ended-runs.ts';
import { openLogReader } from '../../src/store/log-reader.ts';
import { isProcessAlive, processStart } from '../../src/utils/process-start.ts';
import { SOURCE_FLAGS } from '../support/node-flags.ts';
import { callFinished, callStarted, hubStarted } from './support/events.ts';
import { openLogBench, query, temporaryDirectory } from './support/log-bench.ts';

const FIXTURE = fileURLToPath(new URL('./fixtures/write-calls.ts', import.meta.url));

/** A hub of its own, with one call in flight that the log knows of. */
const startHangingHub = async (stateDir: string, name: string): Promise<ChildProcess> => {
  const hub = spawn(process.execPath, [...SOURCE_FLAGS, FIXTURE, stateDir, name, '2', 'hang'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void hub.kill('SIGKILL'));
  await once(hub.stdout as NodeJS.ReadableStream, 'data');
  return hub;
};

const kill = async (hub: ChildProcess): Promise<void> => {
  hub.kill('SIGKILL');
  await once(hub, 'exit');
};

const outcomes = (stateDir: string): unknown =>
  query(stateDir, 'SELECT call_id AS id, outcome FROM calls ORDER BY call_id');

const shown = (stateDir: string): unknown => {
  const reader = openLogReader(stateDir);
  const calls = reader?.calls({ limit: 10, errorsOnly: true });
  reader?.close();
  return calls?.map(({ callId, outcome, errorMessage }) => ({ callId, outcome, errorMessage }));
};

describe('a call in flight when its hub is killed', () => {
  test('is found as unknown by the next hub that starts; the calls of a hub that lives are left alone', async () => {
    const stateDir = join(temporaryDirectory(), 'state');
    const [killed] = await Promise.all([startHangingHub(stateDir, 'killed'), startHangingHub(stateDir, 'living')]);
    await kill(killed);
    const { bus, log } = openLogBench({}, { stateDir });
    bus.emit(hubStarted('next'));
    bus.emit(callStarted('next-0'));
    await log.flush();
    expect(outcomes(stateDir)).toEqual([
      { id: 'killed-0', outcome: 'ok' },
      { id: 'killed-1', outcome: 'ok' },
      { id: 'killed-open', outcome: 'unknown' },
      { id: 'living-0', outcome: 'ok' },
      { id: 'living-1', outcome: 'ok' },
      { id: 'living-open', outcome: null },
      { id: 'next-0', outcome: null },
    ]);
    bus.emit(callFinished('next-0'));
    await log.flush();
    expect(query(stateDir, "SELECT outcome FROM calls WHERE call_id = 'next-0'")).toEqual([{ outcome: 'ok' }]);
  });

  test('is shown as unknown, and among the failures, before any other hub has started', async () => {
    const stateDir = join(temporaryDirectory(), 'state');
    const hub = await startHangingHub(stateDir, 'killed');
    expect(shown(stateDir)).toEqual([]);
    await kill(hub);
    expect(shown(stateDir)).toEqual([{ callId: 'killed-open', outcome: 'unknown', errorMessage: LOST_END }]);
    expect(query(stateDir, "SELECT outcome FROM calls WHERE call_id = 'killed-open'")).toEqual([{ outcome: null }]);
  });

  test.runIf(process.platform === 'linux')('is unknown although another process has its pid since', async () => {
    const stateDir = join(temporaryDirectory(), 'state');
    await kill(await startHangingHub(stateDir, 'killed'));
    const database = new Database(databasePath(stateDir));
    database.prepare('UPDATE hub_runs SET pid = ?').run(process.pid);
    database.close();
    expect(shown(stateDir)).toMatchObject([{ callId: 'killed-open', outcome: 'unknown' }]);
  });
});

describe('a process', () => {
  test('is alive as long as it runs, whatever is known of its start', () => {
    expect(isProcessAlive(process.pid, null)).toBe(true);
    expect(isProcessAlive(process.pid, processStart(process.pid) ?? null)).toBe(true);
  });

  test.runIf(process.platform === 'linux')('is another one where its start differs', () => {
    expect(isProcessAlive(process.pid, 'another-boot 1')).toBe(false);
  });

  test('is not alive when it has ended', async () => {
    const child = spawn(process.execPath, ['-e', ''], { stdio: 'ignore' });
    await once(child, 'exit');
    expect(isProcessAlive(child.pid as number, null)).toBe(false);
  });
});
