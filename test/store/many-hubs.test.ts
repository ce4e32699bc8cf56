import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { databasePath } from '../../src/store/database-path.ts';
import { openLogReader } from '../../src/store/log-reader.ts';
import { SOURCE_FLAGS } from '../support/node-flags.ts';
import { callStarted } from './support/events.ts';
import { openLogBench, query, temporaryDirectory } from './support/log-bench.ts';

const FIXTURE = fileURLToPath(new URL('./fixtures/write-calls.ts', import.meta.url));
const PROCESSES = 8;
const CALLS = 150;

const startHub = (...args: readonly string[]) =>
  spawn(process.execPath, [...SOURCE_FLAGS, FIXTURE, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });

/** Everything that eight hubs, started at the same moment, say on stderr; each must end well. */
const runHubs = async (stateDir: string): Promise<string> => {
  const ends = Array.from({ length: PROCESSES }, async (_, index) => {
    const hub = startHub(stateDir, `hub-${index}`, String(CALLS));
    let said = '';
    hub.stderr.on('data', (chunk) => {
      said += chunk;
    });
    const [code] = await once(hub, 'close');
    expect([code, said]).toEqual([0, expect.anything()]);
    return said;
  });
  return (await Promise.all(ends)).join('');
};

const expectEverything = (stateDir: string): void => {
  expect(query(stateDir, 'SELECT count(*) AS calls, count(outcome) AS ended FROM calls')).toEqual([
    { calls: PROCESSES * CALLS, ended: PROCESSES * CALLS },
  ]);
  const perClient = query<{ calls: number }>(
    stateDir,
    'SELECT count(*) AS calls FROM calls JOIN clients ON clients.id = client GROUP BY clients.name',
  );
  expect(perClient).toEqual(Array.from({ length: PROCESSES }, () => ({ calls: CALLS })));
  expect(query(stateDir, 'PRAGMA quick_check')).toEqual([{ quick_check: 'ok' }]);
};

test('eight hubs make one database at once and lose no call', { timeout: 60_000 }, async () => {
  const stateDir = join(temporaryDirectory(), 'state');
  expect(await runHubs(stateDir)).toBe('');
  expectEverything(stateDir);
});

test('eight hubs that find a damaged file set it aside once and lose no call', { timeout: 60_000 }, async () => {
  const stateDir = temporaryDirectory();
  writeFileSync(databasePath(stateDir), 'no database '.repeat(1000));
  const said = await runHubs(stateDir);
  expect(said.match(/was damaged/g)).toHaveLength(1);
  expect(readdirSync(stateDir).filter((name) => name.includes('.corrupt-'))).toHaveLength(1);
  expectEverything(stateDir);
});

test('a hub that is killed while it writes loses nothing that was flushed, and hurts no other', async () => {
  const { bus, log, stateDir } = openLogBench();
  bus.emit(callStarted('mine'));
  await log.flush();
  const hub = startHub(stateDir, 'victim', '0', 'forever');
  let safe = 0;
  for await (const line of createInterface({ input: hub.stdout })) {
    safe = Number(line);
    if (safe === 200) hub.kill('SIGKILL');
  }
  bus.emit(callStarted('mine-too'));
  await log.flush();
  expect(safe).toBeGreaterThanOrEqual(200);
  const [row] = query<{ calls: number }>(stateDir, "SELECT count(*) AS calls FROM calls WHERE call_id LIKE 'victim-%'");
  expect(row?.calls).toBeGreaterThanOrEqual(safe);
  expect(query(stateDir, "SELECT call_id FROM calls WHERE call_id LIKE 'mine%' ORDER BY id")).toEqual([
    { call_id: 'mine' },
    { call_id: 'mine-too' },
  ]);
  expect(query(stateDir, 'PRAGMA quick_check')).toEqual([{ quick_check: 'ok' }]);
});

test('a log that nobody closes keeps no process alive', async () => {
  const stateDir = join(temporaryDirectory(), 'state');
  const hub = startHub(stateDir, 'leaver', '100', 'leave');
  const [code] = await once(hub, 'close');
  expect(code).toBe(0);
  const reader = openLogReader(stateDir);
  expect(reader?.calls({ limit: 1000 })).toHaveLength(100);
  reader?.close();
});
