import { describe, expect, onTestFinished, test } from 'vitest';
import type { UpstreamConfig } from '../../../src/config/hub-config.ts';
import { ERROR_CODES } from '../../../src/errors/codes.ts';
import { createEventBus } from '../../../src/events/bus.ts';
import { openControlServer } from '../../../src/hub/control/control-server.ts';
import { watchStatus } from '../../../src/hub/control/live-status.ts';
import { createKeptCatalogs } from '../../../src/hub/kept-catalogs.ts';
import { createLogSource } from '../../../src/monitor/source/log-source.ts';
import type { MonitorSource } from '../../../src/monitor/source/monitor-source.ts';
import type { JsonObject } from '../../../src/protocol/json.ts';
import { openCacheDatabase } from '../../../src/store/cache-database.ts';
import { eventually } from '../../e2e/support/processes.ts';
import { callFinished, callStarted, clientConnected, hubStarted, upstreamState } from '../../store/support/events.ts';
import { openLogBench, temporaryDirectory } from '../../store/support/log-bench.ts';
import { hubConfig } from '../../support/hub-config.ts';
import { upstreamConfig } from '../../support/upstream-config.ts';

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

describe('a call of a server that another configuration has under the same name too', () => {
  const ours = upstreamConfig('math', { trusted: true });
  const theirs = upstreamConfig('math', { transport: { type: 'stdio', command: 'another', args: [], env: {} } });

  /** What a server lists, as a hub keeps it. */
  const keep = async (stateDir: string, upstream: UpstreamConfig, tools: readonly JsonObject[]): Promise<void> => {
    const kept = createKeptCatalogs([upstream], await openCacheDatabase(stateDir), createEventBus());
    const listed = tools.map((value) => ({
      name: String(value['name']),
      bytes: Buffer.from(JSON.stringify(value)),
      value,
      linkedUris: [],
    }));
    const identity = {
      era: 'legacy',
      protocolVersion: '2025-11-25',
      capabilities: {},
      serverInfo: { name: 'math', version: '1' },
      instructions: undefined,
      mirrorsArguments: false,
    } as const;
    const lists = { tools: listed, prompts: [], resources: [], templates: [] };
    kept.memoryFor({}).keep(upstream.name, { identity, lists }, true);
    await kept.flush();
  };

  test('is made again without a question only where the server of the running hub says that it only reads', async () => {
    const { bus, log, stateDir } = openLogBench();
    bus.emit(hubStarted());
    bus.emit(clientConnected());
    for (const [id, ownName] of [
      ['call-1', 'wipe'],
      ['call-2', 'look'],
    ] as const) {
      bus.emit(callStarted(id, { ownName, qualifiedName: `math__${ownName}` }));
      bus.emit(callFinished(id));
    }
    await log.flush();
    const reads = { annotations: { readOnlyHint: true } };
    await keep(stateDir, ours, [{ name: 'wipe' }, { name: 'look', ...reads }]);
    await keep(stateDir, theirs, [
      { name: 'wipe', ...reads },
      { name: 'look', ...reads },
    ]);
    const status = watchStatus({ bus, configOf: () => hubConfig([ours]), callsUnderWay: () => [] });
    const control = await openControlServer(stateDir, async () => status.snapshot() as never);
    onTestFinished(() => control.close());
    const source = read(stateDir);
    onTestFinished(source.subscribe(() => {}));
    const { calls } = source.calls({ match: { terms: [] }, limit: 5 });
    const isSafe = (ownName: string): boolean | undefined =>
      source.call(calls.find((call) => call.ownName === ownName)?.id ?? 0)?.isSafeToReplay;
    await eventually('the word of the hub', () => isSafe('look'));
    expect(isSafe('wipe')).toBe(false);
  });
});
