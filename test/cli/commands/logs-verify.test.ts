import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { databasePath } from '../../../src/store/database-path.ts';
import { callFinished, callStarted, hubStarted } from '../../store/support/events.ts';
import { openLogBench, temporaryDirectory } from '../../store/support/log-bench.ts';
import { type CliResult, createCliHome } from '../support/cli-home.ts';

const logsVerify = async (stateDir: string, ...args: string[]): Promise<CliResult> => {
  const home = createCliHome();
  onTestFinished(() => home.remove());
  return home.run(['logs', 'verify', ...args], { env: { MCP_HUB_STATE_DIR: stateDir } });
};

/** A run of three calls. */
const logRun = async (chain = true): Promise<string> => {
  const { bus, log, stateDir } = openLogBench({ chain });
  bus.emit(hubStarted('run-1'));
  for (const id of ['a', 'b', 'c']) {
    bus.emit(callStarted(id));
    bus.emit(callFinished(id));
  }
  await log.close();
  return stateDir;
};

describe('logs verify', () => {
  test('says of a run that it is intact', async () => {
    const { code, stdout, stderr } = await logsVerify(await logRun());
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^\d{4}-\d\d-\d\dT\S+Z {2}run-1 {2}intact: 3 entries\n$/);
  });

  test('names the first entry that was changed, and exits 1', async () => {
    const stateDir = await logRun();
    const database = new Database(databasePath(stateDir));
    database.exec("UPDATE calls SET result = '{}' WHERE call_id = 'b'");
    database.close();
    const { code, stdout } = await logsVerify(stateDir);
    expect(code).toBe(1);
    expect(stdout).toContain('run-1  broken at entry 2: call b is not as it was written; before it 1 entry\n');
    const json = await logsVerify(stateDir, '--run', 'run-1', '--json');
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({
      schemaVersion: 1,
      intact: false,
      runs: [{ runId: 'run-1', state: 'broken', entries: 1, brokenAt: 2 }],
    });
  });

  test('says where there is no chain', async () => {
    const { code, stdout } = await logsVerify(await logRun(false));
    expect(code).toBe(0);
    expect(stdout).toContain('run-1  unchained: it was logged without hub.log.chain\n');
  });

  test('knows no run that is not there', async () => {
    const { code, stderr } = await logsVerify(await logRun(), '--run', 'nobody');
    expect(code).toBe(4);
    expect(stderr).toContain('the log has no run "nobody"');
  });

  test('without a log is no failure', async () => {
    const { code, stdout, stderr } = await logsVerify(join(temporaryDirectory(), 'state'));
    expect([code, stdout, stderr]).toEqual([0, '', 'There are no runs in the log yet.\n']);
  });
});
