import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { CallFilter } from '../../src/store/call-query.ts';
import { databasePath } from '../../src/store/database-path.ts';
import { type LogReader, openLogReader } from '../../src/store/log-reader.ts';
import { callFinished, callStarted, clientConnected, hubStarted, upstreamState } from './support/events.ts';
import { type LogBench, openLogBench, query, temporaryDirectory } from './support/log-bench.ts';

const readerOf = (stateDir: string): LogReader => {
  const reader = openLogReader(stateDir);
  if (reader === undefined) throw new Error('there is no log');
  onTestFinished(() => reader.close());
  return reader;
};

describe('no log yet', () => {
  test('is undefined, and nothing is made', () => {
    const stateDir = join(temporaryDirectory(), 'state');
    expect(openLogReader(stateDir)).toBeUndefined();
    expect(existsSync(stateDir)).toBe(false);
  });

  test('a file that a hub is just about to fill counts as none', () => {
    const stateDir = temporaryDirectory();
    writeFileSync(databasePath(stateDir), '');
    expect(openLogReader(stateDir)).toBeUndefined();
  });
});

describe('calls', () => {
  /** Six calls: of two clients, two upstreams, with four outcomes, one second apart. */
  const bench = async (): Promise<LogBench & { reader: LogReader; start: number }> => {
    const opened = openLogBench();
    const { bus, log } = opened;
    const start = Date.now() - 60_000;
    bus.emit(hubStarted());
    bus.emit(clientConnected('client-1', 'Cursor'));
    bus.emit(clientConnected('client-2', 'claude-desktop'));
    const names = ['add', 'sub', 'search_issues', 'create_issue', 'add', 'list[1]'];
    for (const [index, name] of names.entries()) {
      const upstream = index === 2 || index === 3 ? 'GitHub' : 'math';
      const qualifiedName = `${upstream}__${name}`;
      const clientId = index < 4 ? 'client-1' : 'client-2';
      bus.emit(
        callStarted(`c${index}`, { startedAt: start + index * 1000, upstream, qualifiedName, ownName: name, clientId }),
      );
    }
    bus.emit(callFinished('c0'));
    bus.emit(callFinished('c1', { outcome: 'tool_error' }));
    bus.emit(callFinished('c2'));
    bus.emit(callFinished('c3', { outcome: 'timeout', errorMessage: 'took too long' }));
    bus.emit(callFinished('c4'));
    await log.flush();
    return { ...opened, start, reader: readerOf(opened.stateDir) };
  };

  test('come latest first, with their client, and as running while they have not ended', async () => {
    const { reader, start } = await bench();
    const calls = reader.calls({ limit: 2 });
    expect(calls).toEqual([
      {
        id: 6,
        callId: 'c5',
        runId: 'run-1',
        client: 'claude-desktop',
        clientVersion: '1.2.3',
        clientId: 'client-2',
        transport: 'stdio',
        era: 'legacy',
        protocolVersion: '2025-11-25',
        upstream: 'math',
        method: 'tools/call',
        qualifiedName: 'math__list[1]',
        ownName: 'list[1]',
        startedAt: start + 5000,
        outcome: 'running',
        bytesIn: 120,
        isRequestCut: false,
        isResultCut: false,
      },
      expect.objectContaining({
        callId: 'c4',
        outcome: 'ok',
        durationMs: 12.5,
        hubMs: 0.5,
        upstreamMs: 12,
        bytesOut: 64,
      }),
    ]);
    expect(reader.calls({ limit: 1, payloads: true })[0]?.request).toBe('{"name":"add","arguments":{"a":1,"b":2}}');
  });

  test.each<[string, Omit<CallFilter, 'limit'>, string[]]>([
    ['by server, in any case', { server: 'git*' }, ['c3', 'c2']],
    ['by own name', { tool: 'add' }, ['c4', 'c0']],
    ['by the name that the client used', { tool: 'MATH__*' }, ['c5', 'c4', 'c1', 'c0']],
    ['with ? for one character', { tool: 's?b' }, ['c1']],
    ['with brackets as they are', { tool: 'list[1]' }, ['c5']],
    ['by client', { client: 'claude*' }, ['c5', 'c4']],
    ['that failed', { errorsOnly: true }, ['c3', 'c1']],
    ['after another', { afterId: 4 }, ['c6', 'c5', 'c4'].slice(1)],
    ['by id', { ids: [1, 5, 99] }, ['c4', 'c0']],
    ['by none', { ids: [] }, []],
    ['in the order of writing', { afterId: 3, order: 'asc' }, ['c3', 'c4', 'c5']],
    ['by all at once', { server: 'math', tool: 'a*', client: 'cursor', afterId: 0 }, ['c0']],
  ])('can be chosen %s', async (_, filter, expected) => {
    const { reader } = await bench();
    expect(reader.calls({ ...filter, limit: 10 }).map((call) => call.callId)).toEqual(expected);
  });

  test('can be chosen by the time when they began', async () => {
    const { reader, start } = await bench();
    expect(reader.calls({ sinceMs: start + 4000, limit: 10 }).map((call) => call.callId)).toEqual(['c5', 'c4']);
  });

  test('use an index for what is asked often', async () => {
    const { stateDir } = await bench();
    const planOf = (where: string): string =>
      query<{ detail: string }>(stateDir, `EXPLAIN QUERY PLAN SELECT duration_ms, outcome FROM calls WHERE ${where}`)
        .map((row) => row.detail)
        .join();
    expect(planOf("upstream = 'x'")).toContain('INDEX calls_by_upstream');
    expect(planOf("qualified_name = 'x'")).toContain('INDEX calls_by_name');
    expect(planOf("outcome = 'timeout' AND outcome <> 'ok'")).toContain('INDEX calls_failed');
    expect(planOf('started_at > 5')).toContain('INDEX calls_by_time');
    expect(planOf('client = 5')).toContain('INDEX calls_by_client');
  });
});

test('the data version changes with each commit of somebody else, and only then', async () => {
  const { bus, log, stateDir } = openLogBench();
  bus.emit(callStarted('a'));
  await log.flush();
  const reader = readerOf(stateDir);
  const version = reader.dataVersion();
  expect(reader.dataVersion()).toBe(version);
  bus.emit(callFinished('a'));
  await log.flush();
  expect(reader.dataVersion()).not.toBe(version);
});

describe('statuses of upstreams', () => {
  test('tell the last state, what it offers, and how fast it was in the last day', async () => {
    const { bus, log, stateDir } = openLogBench();
    bus.emit(upstreamState({ at: 1000 }));
    bus.emit(upstreamState({ upstream: 'idle', state: 'backing_off', reason: 'exited with code 1', at: 2000 }));
    for (let index = 1; index <= 100; index += 1) {
      bus.emit(callStarted(`c${index}`));
      bus.emit(callFinished(`c${index}`, { durationMs: 101 - index, outcome: index % 10 === 0 ? 'error' : 'ok' }));
    }
    bus.emit(callStarted('old', { startedAt: Date.now() - 25 * 3_600_000 }));
    bus.emit(callFinished('old', { durationMs: 100_000 }));
    bus.emit(callStarted('running'));
    await log.flush();
    const statuses = readerOf(stateDir).upstreamStatuses();
    expect([...statuses.keys()]).toEqual(['idle', 'math']);
    expect(statuses.get('math')).toEqual({
      upstream: 'math',
      state: 'starting',
      reason: 'a call needs it',
      stateAt: 1000,
      calls: 100,
      errors: 10,
      latencyMs: { p50: expect.closeTo(50, -0.8), p95: expect.closeTo(95, -0.8) },
    });
    expect(statuses.get('idle')).toEqual({
      upstream: 'idle',
      state: 'backing_off',
      reason: 'exited with code 1',
      stateAt: 2000,
      calls: 0,
      errors: 0,
    });
  });
});
