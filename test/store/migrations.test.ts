import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { ERROR_CODES } from '../../src/errors/codes.ts';
import { createLogSource } from '../../src/monitor/source/log-source.ts';
import { databasePath } from '../../src/store/database-path.ts';
import { FIRST_WITH_CODES, MIGRATIONS, SCHEMA_VERSION } from '../../src/store/migrations.ts';
import { hubStarted, upstreamState } from './support/events.ts';
import { openLogBench, query, temporaryDirectory } from './support/log-bench.ts';

const CODE = ERROR_CODES.LOGIN_REQUIRED.rpc;

/** A log as the program before wrote it: states of servers without the codes of errors. */
const writeOldLog = (): string => {
  const stateDir = temporaryDirectory();
  const path = databasePath(stateDir);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const database = new Database(path);
  database.pragma('journal_mode = WAL');
  for (const step of MIGRATIONS.slice(0, FIRST_WITH_CODES - 1)) database.exec(step);
  database.pragma(`user_version = ${FIRST_WITH_CODES - 1}`);
  database.exec(`
    INSERT INTO upstream_events (run, upstream, state, reason, at) VALUES (1, 'math', 'backing_off', 'it was refused', 1000);
    INSERT INTO upstream_status (upstream, state, reason, state_at) VALUES ('math', 'backing_off', 'it was refused', 1000);
  `);
  database.close();
  return stateDir;
};

const read = (stateDir: string) => {
  const source = createLogSource(stateDir);
  onTestFinished(() => source.close());
  return source;
};

test('a log without codes of errors is read as it is, and nothing is changed in it', () => {
  const stateDir = writeOldLog();
  const source = read(stateDir);
  expect(source.servers(0)).toMatchObject([{ name: 'math', state: 'restarting', fix: 'mcp-hub doctor math' }]);
  expect(source.server('math')?.events).toEqual([{ at: 1000, state: 'restarting', reason: 'it was refused' }]);
  expect(query(stateDir, 'PRAGMA user_version')).toEqual([{ user_version: FIRST_WITH_CODES - 1 }]);
});

test('the next hub adds the codes, keeps what stood there, and whoever has it open reads on', async () => {
  const stateDir = writeOldLog();
  const source = read(stateDir);
  expect(source.servers(0)).toMatchObject([{ state: 'restarting' }]);
  const { bus, log, problems } = openLogBench({}, { stateDir });
  bus.emit(hubStarted());
  bus.emit(upstreamState({ state: 'starting', reason: 'it is needed', at: 1500 }));
  bus.emit(upstreamState({ state: 'backing_off', reason: 'it was refused', errorCode: CODE, at: 2000 }));
  await log.flush();
  expect(problems).toEqual([]);
  expect(query(stateDir, 'PRAGMA user_version')).toEqual([{ user_version: SCHEMA_VERSION }]);
  expect(query(stateDir, 'SELECT error_code, at FROM upstream_events ORDER BY at')).toEqual([
    { error_code: null, at: 1000 },
    { error_code: null, at: 1500 },
    { error_code: CODE, at: 2000 },
  ]);
  expect(source.servers(0)).toMatchObject([{ state: 'needs login', fix: 'mcp-hub login math' }]);
  expect(source.server('math')?.events.map(({ state }) => state)).toEqual(['restarting', 'starting', 'needs login']);
});
