import { describe, expect, onTestFinished, test } from 'vitest';
import { type ControlHandler, openControlServer } from '../../../src/hub/control/control-server.ts';
import type { HubStatus, LiveUpstream } from '../../../src/hub/control/messages.ts';
import type { MonitorAction, ServerView } from '../../../src/monitor/source/monitor-source.ts';
import { createRunningHubs, withLive } from '../../../src/monitor/source/running-hubs.ts';
import type { CallRow } from '../../../src/store/log-reader.ts';
import { temporaryDirectory } from '../../store/support/log-bench.ts';

const upstream = (over: Partial<LiveUpstream> = {}): LiveUpstream => ({
  name: 'math',
  state: 'ready',
  breaker: 'closed',
  calls: 0,
  ...over,
});

const statusOf = (...upstreams: LiveUpstream[]): HubStatus => ({
  pid: process.pid,
  runId: 'run-1',
  version: '0.1.0',
  startedAt: 1000,
  configFiles: ['/home/u/config.json'],
  clients: [],
  upstreams,
  calls: [],
  callCount: 0,
});

/** A hub of which only the control socket is there. */
const openHub = async (handle: ControlHandler) => {
  const stateDir = temporaryDirectory();
  const server = await openControlServer(stateDir, handle);
  onTestFinished(() => server.close());
  return { hubs: createRunningHubs(stateDir), server };
};

const call = {
  method: 'tools/call',
  upstream: 'math',
  ownName: 'add',
  qualifiedName: 'math__add',
  request: '{"name":"math__add","arguments":{"a":1}}',
  isRequestCut: false,
} as CallRow;

const restart: MonitorAction = { kind: 'restart', server: 'math' };

describe('the hubs that run', () => {
  test('are asked how they are, and only news is told', async () => {
    let state: LiveUpstream['state'] = 'starting';
    const { hubs } = await openHub(async () => statusOf(upstream({ state })) as never);
    expect(hubs.upstreams()).toEqual([]);
    expect([await hubs.refresh(), await hubs.refresh()]).toEqual([true, false]);
    expect(hubs.upstream('math')?.state).toBe('starting');
    state = 'ready';
    expect(await hubs.refresh()).toBe(true);
    expect(hubs.upstream('math')?.state).toBe('ready');
    expect(hubs.configFiles()).toEqual(['/home/u/config.json']);
  });

  test('are trusted with what a server says only where they say so', async () => {
    const { hubs } = await openHub(
      async () =>
        statusOf(
          upstream({ name: 'trusted', isTrusted: true, offerKey: 'k' }),
          upstream({ name: 'untrusted', isTrusted: false, offerKey: 'k' }),
          upstream({ name: 'without a key', isTrusted: true }),
          upstream({ name: 'older' }),
        ) as never,
    );
    await hubs.refresh();
    expect(hubs.trustedKeys('trusted')).toEqual(['k']);
    for (const name of ['untrusted', 'without a key', 'older', 'unknown']) expect(hubs.trustedKeys(name)).toEqual([]);
  });

  test('do what they are asked for, and what they say against it is told', async () => {
    const asked: unknown[] = [];
    const { hubs } = await openHub(async (command) => {
      if (command.method === 'status') return statusOf(upstream()) as never;
      asked.push(command);
      if (command.method === 'disable') throw new Error('not now');
      return 'math is started anew';
    });
    await hubs.refresh();
    expect(hubs.reasonAgainst(restart)).toBeUndefined();
    expect(await hubs.act(restart)).toBe('math is started anew');
    expect(await hubs.act({ kind: 'replay', call })).toBe('add was called again');
    await expect(hubs.act({ kind: 'disable', server: 'math' })).rejects.toThrow('not now');
    expect(asked).toMatchObject([
      { method: 'restart', params: { server: 'math' } },
      { method: 'replay', params: { method: 'tools/call', params: { name: 'math__add', arguments: { a: 1 } } } },
      { method: 'disable', params: { server: 'math' } },
    ]);
  });

  test('cannot act on a server that none of them has: the sentence says how to see which they have', async () => {
    const { hubs } = await openHub(async () => statusOf(upstream()) as never);
    await hubs.refresh();
    await expect(hubs.act({ kind: 'restart', server: 'other' })).rejects.toMatchObject({
      message: 'no running hub has the server other',
      hint: 'run: mcp-hub status',
    });
  });

  test('are none where none has begun: the reason says what starts one', () => {
    const hubs = createRunningHubs(temporaryDirectory());
    expect(hubs.reasonAgainst(restart)).toBe('no hub runs that could do it: a client starts one, or mcp-hub serve');
  });

  test('do not replay a call of which the log keeps only the beginning', async () => {
    const { hubs } = await openHub(async () => statusOf(upstream()) as never);
    expect(hubs.reasonAgainst({ kind: 'replay', call: { ...call, isRequestCut: true } })).toMatch(/only the beginning/);
  });

  test('are told of when one has gone, until the next begins', async () => {
    const { hubs, server } = await openHub(async () => statusOf(upstream()) as never);
    await hubs.refresh();
    expect(hubs.gone()).toEqual([]);
    await server.close();
    await hubs.refresh();
    expect(hubs.gone()).toEqual([{ pid: process.pid, runId: 'run-1' }]);
    expect(hubs.upstreams()).toEqual([]);
  });
});

describe('a server of the log', () => {
  const view: ServerView = { name: 'math', state: 'ready', calls: 3, errors: 0, timeline: [] };

  test('is as a running hub says, whatever the log has', () => {
    expect(withLive(view, upstream({ state: 'degraded', reason: 'slow' }), true)).toMatchObject({
      state: 'degraded',
      reason: 'slow',
      calls: 3,
    });
    expect(withLive(view, upstream({ breaker: 'open' }), true).state).toBe('resting');
  });

  test('that ran once has stopped where no hub runs', () => {
    expect(withLive(view, undefined, false)).toMatchObject({ state: 'stopped', reason: 'no hub runs at present' });
    expect(withLive(view, undefined, true).state).toBe('ready');
  });

  test('loses the command that mended it when all is well again', () => {
    const bad: ServerView = { ...view, state: 'needs login', fix: 'mcp-hub login math' };
    expect(withLive(bad, upstream(), true).fix).toBeUndefined();
  });
});
