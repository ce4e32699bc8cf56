import { describe, expect, test } from 'vitest';
import { callFinished, callStarted, clientConnected, upstreamState } from '../support/events.ts';
import { query } from '../support/log-bench.ts';
import { openMonitorLog, type ToldCall } from '../support/monitor-log.ts';

const CALLS: readonly ToldCall[] = [
  [0, 'docs', 'read', 'cursor', 'ok', 100],
  [0, 'docs', 'read', 'cursor', 'ok', 200],
  [1, 'docs', 'read', 'claude', 'timeout', 1000],
  [1, 'docs', 'write', 'cursor', 'ok', 50],
  [2, 'math', 'add', 'cursor', 'tool_error', 4],
  [2, 'math', 'add', 'cursor'],
];

const about = (value: number): unknown => expect.closeTo(value, -Math.log10(value * 0.2));

describe('the summary', () => {
  test('counts what has ended, what is in flight, and the last minutes', async () => {
    const log = openMonitorLog(CALLS);
    const reader = await log.read();
    const summary = reader.summary({ sinceMs: log.start, nowMs: log.start + 3 * 60_000 }, 5);
    expect(summary).toMatchObject({ calls: 5, errors: 2, running: 1, totalMs: 1354, bytesIn: 600, bytesOut: 320 });
    expect(summary.latencyMs).toEqual({ p50: about(100), p95: about(1000), max: 1000 });
    expect(summary.perMinute).toEqual([0, 2, 2, 1, 0]);
  });

  test('of a time without calls has no latency', async () => {
    const log = openMonitorLog(CALLS);
    const reader = await log.read();
    const { calls, latencyMs } = reader.summary({ sinceMs: log.start + 60 * 60_000 });
    expect({ calls, latencyMs }).toEqual({ calls: 0, latencyMs: undefined });
  });

  test.each([
    ['a day', 24],
    ['a week', 7 * 24],
  ])('of %s is the same', async (_, hours) => {
    const log = openMonitorLog(CALLS);
    const reader = await log.read();
    expect(reader.summary({ sinceMs: Date.now() - hours * 3_600_000 })).toMatchObject({ calls: 5, errors: 2 });
  });

  test('counts a call that ends in a later batch, once', async () => {
    const log = openMonitorLog(CALLS);
    const reader = await log.read();
    log.bus.emit(callFinished('c5', { durationMs: 9 }));
    log.bus.emit(callFinished('c5', { durationMs: 9 }));
    await log.log.flush();
    expect(reader.summary({ sinceMs: log.start })).toMatchObject({ calls: 6, errors: 2, running: 0 });
  });
});

describe('servers', () => {
  test('have their state, their calls, and their last minutes', async () => {
    const log = openMonitorLog(CALLS);
    log.bus.emit(
      upstreamState({ upstream: 'docs', state: 'ready', reason: 'it answered', pid: 77, startMs: 12, at: 5 }),
    );
    log.bus.emit(upstreamState({ upstream: 'new', state: 'backing_off', reason: 'it ended', at: 6 }));
    const reader = await log.read();
    const rows = reader.servers({ sinceMs: log.start });
    expect(rows.map(({ upstream, calls, errors }) => [upstream, calls, errors])).toEqual([
      ['docs', 4, 1],
      ['math', 1, 1],
      ['new', 0, 0],
    ]);
    expect(rows[0]).toMatchObject({ state: 'ready', reason: 'it answered', pid: 77, startMs: 12, stateAt: 5 });
    expect(rows[0]?.perMinute.filter((calls) => calls > 0)).toEqual([2, 2]);
    expect(rows[2]).toMatchObject({ state: 'backing_off' });
    expect(rows[2]?.latencyMs).toBeUndefined();
  });
});

describe('tools', () => {
  test('are those that are offered and those that were called', async () => {
    const log = openMonitorLog(CALLS);
    log.bus.emit({
      type: 'upstream.listed',
      upstream: 'docs',
      tools: 2,
      prompts: 0,
      resources: 0,
      templates: 0,
      definitionBytes: 70,
      toolBytes: [
        ['read', 40],
        ['search', 30],
      ],
      at: Date.now(),
    });
    const reader = await log.read();
    const rows = reader.tools({ sinceMs: log.start });
    expect(rows.map(({ upstream, ownName, calls, isOffered }) => [upstream, ownName, calls, isOffered])).toEqual([
      ['docs', 'read', 3, true],
      ['docs', 'search', 0, true],
      ['docs', 'write', 1, false],
      ['math', 'add', 1, false],
    ]);
    expect(rows[0]).toMatchObject({
      qualifiedName: 'docs__read',
      definitionBytes: 40,
      resultBytes: 64,
      errors: 1,
      lastUsedAt: log.start + 60_000 + 2,
    });
    expect(rows[1]?.lastUsedAt).toBeUndefined();
    const buckets = reader.toolLatency({ upstream: 'docs', ownName: 'read' }, { sinceMs: log.start });
    expect(buckets.reduce((sum, { calls }) => sum + calls, 0)).toBe(3);
    expect(buckets[0]?.fromMs).toBeLessThanOrEqual(100);
  });
});

describe('statistics', () => {
  test('tell when, how long, what failed and who called', async () => {
    const log = openMonitorLog(CALLS);
    const reader = await log.read();
    const stats = reader.stats({ sinceMs: log.start, nowMs: log.start + 2 * 60_000 });
    expect(stats.timeline).toEqual({ spanMs: 60_000, fromMs: log.start, calls: [2, 2, 1], errors: [0, 1, 1] });
    expect(stats.latency.reduce((sum, { calls }) => sum + calls, 0)).toBe(5);
    expect(stats.failures).toEqual(
      expect.arrayContaining([
        { upstream: 'docs', outcome: 'timeout', calls: 1, lastMessage: 'read failed: timeout', lastId: 3 },
        { upstream: 'math', outcome: 'tool_error', calls: 1, lastMessage: 'add failed: tool_error', lastId: 5 },
      ]),
    );
    expect(stats.clients.map(({ client, calls, sessions }) => [client, calls, sessions])).toEqual([
      ['cursor', 4, 1],
      ['claude', 1, 1],
    ]);
  });
});

describe('sessions', () => {
  test('have their calls and the servers that they reached', async () => {
    const log = openMonitorLog(CALLS);
    log.bus.emit({ type: 'client.disconnected', clientId: 'id-claude', at: Date.now() + 5 });
    const reader = await log.read();
    const [claude, cursor] = reader.sessions({ limit: 10 });
    expect(claude).toMatchObject({ client: 'claude', calls: 1, errors: 1, servers: ['docs'], isConnected: false });
    expect(cursor).toMatchObject({ client: 'cursor', calls: 4, servers: ['docs', 'math'], isConnected: true });
    expect(reader.sessionCalls(cursor?.id ?? 0, 3).map(({ callId }) => callId)).toEqual(['c3', 'c4', 'c5']);
    expect(reader.sessions({ limit: 1, beforeId: claude?.id ?? 0 })).toHaveLength(1);
  });

  test('of a time are those that were opened, have called or have ended in it', async () => {
    const log = openMonitorLog([]);
    const [now, hour] = [Date.now(), 3_600_000];
    for (const name of ['gone', 'silent', 'busy', 'ended']) {
      log.bus.emit({ ...clientConnected(`id-${name}`, name), at: now - 5 * hour });
      if (name === 'gone') log.bus.emit({ type: 'client.disconnected', clientId: 'id-gone', at: now - 4 * hour });
      if (name === 'ended') log.bus.emit({ type: 'client.disconnected', clientId: 'id-ended', at: now });
      if (name !== 'busy') continue;
      log.bus.emit(callStarted('late', { clientId: 'id-busy', startedAt: now }));
      log.bus.emit(callFinished('late'));
    }
    log.bus.emit(clientConnected('id-new', 'new'));
    const reader = await log.read();
    const names = reader.sessions({ limit: 10, sinceMs: now - hour }).map(({ client }) => client);
    expect(names).toEqual(['new', 'ended', 'busy']);
  });
});

describe('names that are counted apart', () => {
  test('are those of tools and prompts: a thousand URIs are one', async () => {
    const log = openMonitorLog(CALLS);
    for (let index = 0; index < 1000; index += 1) {
      const uri = `docs://page/${index}`;
      log.bus.emit(
        callStarted(`r${index}`, { method: 'resources/read', qualifiedName: uri, ownName: uri, upstream: 'docs' }),
      );
      log.bus.emit(callFinished(`r${index}`));
    }
    await log.log.flush();
    expect(query(log.stateDir, "SELECT qualified_name FROM call_names WHERE method = 'resources/read'")).toEqual([
      { qualified_name: '' },
    ]);
  });
});
