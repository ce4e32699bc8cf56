import { expect, onTestFinished, test } from 'vitest';
import { ERROR_CODES } from '../../../src/errors/codes.ts';
import { createLogSource } from '../../../src/monitor/source/log-source.ts';
import type { MonitorSource } from '../../../src/monitor/source/monitor-source.ts';
import { clientConnected, hubStarted, upstreamState } from '../../store/support/events.ts';
import { openLogBench, temporaryDirectory } from '../../store/support/log-bench.ts';

const read = (stateDir: string): MonitorSource => {
  const source = createLogSource(stateDir);
  onTestFinished(() => source.close());
  return source;
};

const logOf = async (...changes: Parameters<typeof upstreamState>[0][]): Promise<MonitorSource> => {
  const { bus, log, stateDir } = openLogBench();
  bus.emit(hubStarted());
  bus.emit(clientConnected());
  for (const [index, change] of changes.entries()) bus.emit(upstreamState({ at: Date.now() + index, ...change }));
  await log.flush();
  return read(stateDir);
};

test('a server waits for a login where the code of its error says so, and says the command', async () => {
  const source = await logOf(
    { state: 'starting' },
    { state: 'backing_off', reason: 'it was refused', errorCode: ERROR_CODES.LOGIN_REQUIRED.rpc },
  );
  expect(source.servers(0)).toMatchObject([{ name: 'math', state: 'needs login', fix: 'mcp-hub login math' }]);
});

test('a server that speaks of logins in its last words does not therefore need one', async () => {
  const source = await logOf(
    { state: 'starting' },
    { state: 'backing_off', reason: 'please log in; 401', errorCode: ERROR_CODES.UPSTREAM_START_FAILED.rpc },
  );
  expect(source.servers(0)).toMatchObject([{ name: 'math', state: 'restarting', fix: 'mcp-hub doctor math' }]);
});

test('a server that has come up again needs no login any more', async () => {
  const source = await logOf(
    { state: 'starting' },
    { state: 'backing_off', errorCode: ERROR_CODES.LOGIN_REQUIRED.rpc },
    { state: 'ready' },
  );
  expect(source.server('math')?.server.fix).toBeUndefined();
});

test('a server shows what has happened to it, the earliest first', async () => {
  const source = await logOf(
    { state: 'starting', reason: 'it is needed' },
    { state: 'ready', reason: 'started in 9 ms' },
  );
  expect(source.server('math')?.events).toMatchObject([
    { state: 'starting', reason: 'it is needed' },
    { state: 'ready', reason: 'started in 9 ms' },
  ]);
});

test('without a log there is nothing, and nothing is made', () => {
  const stateDir = temporaryDirectory();
  const source = read(stateDir);
  expect(source.servers(0)).toEqual([]);
  expect(source.server('math')).toBeUndefined();
  expect(source.calls({ match: { terms: [] }, limit: 5 })).toEqual({ calls: [] });
  expect(source.trouble()).toBeUndefined();
});

test('a log without a call in it has no calls and no sessions that called', async () => {
  const source = await logOf({ state: 'starting' });
  expect(source.calls({ match: { terms: [] }, limit: 5 })).toEqual({ calls: [] });
  expect(source.overview(0)).toMatchObject({ calls: 0, errors: 0 });
});
