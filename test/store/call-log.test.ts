import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, test, vi } from 'vitest';
import { databasePath } from '../../src/store/database-path.ts';
import { callFinished, callStarted, clientConnected, hubStarted, LOG_CONFIG, upstreamState } from './support/events.ts';
import { bytesOf, openLogBench, query, temporaryDirectory } from './support/log-bench.ts';

describe('before there is anything to keep', () => {
  test('nothing is made: no directory, no thread, no timer', async () => {
    const resources = process.getActiveResourcesInfo().sort();
    const { bus, log, stateDir, problems } = openLogBench();
    bus.emit(hubStarted());
    bus.emit(clientConnected());
    bus.emit(upstreamState({ state: 'disabled', reason: 'switched off' }));
    bus.emit({ type: 'upstream.stderr', upstream: 'math', line: 'hello', at: 0 });
    bus.emit({ type: 'problem', message: 'a name was shortened', at: 0 });
    expect(process.getActiveResourcesInfo().sort()).toEqual(resources);
    await log.flush();
    await log.close();
    expect(existsSync(stateDir)).toBe(false);
    expect(problems).toEqual([]);
  });

  test.each([
    ['an upstream that starts', upstreamState()],
    ['a call', callStarted('c')],
  ] as const)('%s brings everything that was seen into the database', async (_, event) => {
    const { bus, log, stateDir } = openLogBench();
    bus.emit(hubStarted());
    bus.emit(clientConnected());
    bus.emit(event);
    await log.flush();
    expect(query(stateDir, 'SELECT run_id, config_files FROM hub_runs')).toEqual([
      { run_id: 'run-1', config_files: '["/home/u/config.json"]' },
    ]);
    expect(query(stateDir, 'SELECT client_id, name, run FROM clients')).toEqual([
      { client_id: 'client-1', name: 'cursor', run: 1 },
    ]);
  });

  test('upstreams that start make a thread only after five seconds, or with the first call', async () => {
    for (const hasCall of [false, true]) {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      const { bus, stateDir } = openLogBench();
      bus.emit(upstreamState());
      vi.advanceTimersByTime(4900);
      const isQuiet = !existsSync(stateDir);
      if (hasCall) bus.emit(callStarted('c'));
      vi.advanceTimersByTime(hasCall ? 50 : 100);
      vi.useRealTimers();
      expect(isQuiet).toBe(true);
      await vi.waitFor(() => expect(existsSync(stateDir)).toBe(true), { timeout: 10_000 });
    }
  });

  test('a log that is switched off never makes anything', async () => {
    const { bus, log, stateDir } = openLogBench({ enabled: false });
    bus.emit(callStarted('c'));
    await log.flush();
    await log.close();
    expect(existsSync(stateDir)).toBe(false);
  });
});

describe('a call', () => {
  test('is one row with its times, sizes, payloads and client', async () => {
    const { bus, log, stateDir } = openLogBench();
    bus.emit(clientConnected());
    bus.emit(callStarted('c', { startedAt: 1_795_000_000_000.25 }));
    bus.emit(callFinished('c', { upstreamMs: 12.000_249 }));
    await log.flush();
    expect(query(stateDir, 'SELECT * FROM calls')).toEqual([
      {
        id: 1,
        call_id: 'c',
        run: 1,
        client: 1,
        upstream: 'math',
        method: 'tools/call',
        qualified_name: 'math__add',
        own_name: 'add',
        started_at: 1_795_000_000_000,
        duration_ms: 12.5,
        outcome: 'ok',
        error_code: null,
        error_message: null,
        bytes_in: 120,
        bytes_out: 64,
        hub_ms: 0.5,
        upstream_ms: 12,
        request_cut: 0,
        result_cut: 0,
        request: '{"name":"add","arguments":{"a":1,"b":2}}',
        result: '{"content":[{"type":"text","text":"3"}]}',
        seq: null,
        hash: null,
        end_seq: null,
        end_hash: null,
      },
    ]);
  });

  test('that is in flight is a row without an outcome, which gets one when it ends', async () => {
    const { bus, log, stateDir } = openLogBench();
    bus.emit(callStarted('c'));
    await log.flush();
    expect(query(stateDir, 'SELECT outcome, duration_ms FROM calls')).toEqual([{ outcome: null, duration_ms: null }]);
    bus.emit(callFinished('c', { outcome: 'error', errorCode: -32_602, errorMessage: 'no such tool' }));
    await log.flush();
    expect(query(stateDir, 'SELECT id, outcome, error_code, error_message FROM calls')).toEqual([
      { id: 1, outcome: 'error', error_code: -32_602, error_message: 'no such tool' },
    ]);
  });

  test.each([
    [
      'the first text of its result',
      [
        { type: 'image', data: 'AA==' },
        { type: 'text', text: 'no such city' },
      ],
      'no such city',
    ],
    ['no secret of it', [{ type: 'text', text: '{"token":"hunter2"}' }], '{"token":"***"}'],
    ['nothing where there is no text', [{ type: 'image', data: 'AA==' }, null], null],
  ])('that a tool has answered with an error keeps as its message %s', async (_, content, message) => {
    const { bus, log, stateDir } = openLogBench();
    const result = Buffer.from(JSON.stringify({ content, isError: true }));
    bus.emit(callStarted('c'));
    bus.emit(callFinished('c', { outcome: 'tool_error', result }));
    await log.flush();
    expect(query(stateDir, 'SELECT error_message FROM calls')).toEqual([{ error_message: message }]);
  });

  test('of a client that has not said who it is, or that nobody routed, is kept all the same', async () => {
    const { bus, log, stateDir } = openLogBench();
    const { upstream: _, qualifiedName: __, ownName: ___, ...bare } = callStarted('c', { clientId: 'stranger' });
    bus.emit(bare);
    await log.flush();
    expect(query(stateDir, 'SELECT client_id, name, upstream FROM calls JOIN clients ON clients.id = client')).toEqual([
      { client_id: 'stranger', name: null, upstream: null },
    ]);
  });

  test('that cannot be stored is counted, and the others of its batch are stored', async () => {
    const { bus, log, stateDir } = openLogBench();
    bus.emit(callStarted('same'));
    bus.emit(callStarted('same'));
    bus.emit(callStarted('other', { bytesIn: Number.NaN }));
    await log.flush();
    expect(query(stateDir, 'SELECT call_id FROM calls ORDER BY id')).toEqual([
      { call_id: 'same' },
      { call_id: 'other' },
    ]);
    expect(query<{ message: string }>(stateDir, 'SELECT message FROM problems')[0]?.message).toMatch(
      /^1 entry of the log/,
    );
  });

  test('costs its caller no more for a payload that is much larger than what is kept of it', async () => {
    const { bus, log } = openLogBench();
    let calls = 0;
    const emitAll = (bytes: number): number => {
      const text = 'x'.repeat(bytes);
      const result = Buffer.from(text);
      const started = performance.now();
      for (let index = 0; index < 500; index += 1) {
        calls += 1;
        bus.emit(callStarted(`c${calls}`, { request: () => text }));
        bus.emit(callFinished(`c${calls}`, { result }));
      }
      return performance.now() - started;
    };
    emitAll(25_000);
    // The best of several taken in turns, so that other work of the machine does not count.
    const times = Array.from({ length: 8 }, () => [emitAll(5_000_000), emitAll(25_000)] as const);
    const [large, small] = [0, 1].map((index) => Math.min(...times.map((pair) => pair[index] as number)));
    // 200 times the bytes; a copy of all of them would show.
    expect((large as number) / (small as number)).toBeLessThan(20);
    await log.flush();
  });
});

describe('payloads', () => {
  test('are cut to payloadBytes, and the row says so', async () => {
    const { bus, log, stateDir } = openLogBench({ payloadBytes: 100 });
    bus.emit(callStarted('c', { request: () => JSON.stringify({ a: 'x'.repeat(5000) }) }));
    bus.emit(callFinished('c'));
    await log.flush();
    expect(query(stateDir, 'SELECT length(request) AS length, request_cut, result_cut FROM calls')).toEqual([
      { length: 100, request_cut: 1, result_cut: 0 },
    ]);
  });

  test('beyond ASCII are stored and redacted as they were written', async () => {
    const { bus, log, stateDir } = openLogBench({ redact: ['/é€+/', 'pässword'] });
    const payload = JSON.stringify({ a: 'é€ and 🐎 žluťoučký', pässword: 'x', b: '中é文' });
    bus.emit(callStarted('c', { request: () => payload }));
    bus.emit(callFinished('c', { result: Buffer.from(payload) }));
    await log.flush();
    const stored = '{"a":"*** and 🐎 žluťoučký","pässword":"***","b":"中é文"}';
    expect(query(stateDir, 'SELECT request, result, request_cut, result_cut FROM calls')).toEqual([
      { request: stored, result: stored, request_cut: 0, result_cut: 0 },
    ]);
  });

  test('are neither asked for nor stored where payloadBytes is 0', async () => {
    const { bus, log, stateDir } = openLogBench({ payloadBytes: 0 });
    const request = (): string => {
      throw new Error('nobody needs it');
    };
    bus.emit(callStarted('c', { request }));
    bus.emit(callFinished('c'));
    await log.flush();
    expect(query(stateDir, 'SELECT request, result FROM calls')).toEqual([{ request: null, result: null }]);
  });

  test('are stored as they were when the event came, whatever becomes of the buffer', async () => {
    const { bus, log, stateDir } = openLogBench();
    const result = Buffer.from('{"a":1}');
    bus.emit(callStarted('c'));
    bus.emit(callFinished('c', { result }));
    result.fill(0);
    await log.flush();
    expect(query(stateDir, 'SELECT result FROM calls')).toEqual([{ result: '{"a":1}' }]);
  });

  test('no secret is in any file, wherever it stood', async () => {
    const { bus, log, stateDir } = openLogBench({ payloadBytes: 300 });
    const secret = 'CANARY-hunter2';
    const token = `ghp_${'a1B2'.repeat(9)}`;
    const payload = Buffer.from(
      JSON.stringify({
        apiToken: secret,
        text: JSON.stringify({ password: secret }),
        prose: `used ${token}`,
        pad: 'x'.repeat(100),
        edge: token,
        long: { token: secret },
      }),
    );
    bus.emit(clientConnected());
    bus.emit(upstreamState({ state: 'backing_off', reason: `exited: bad credentials {"token":"${secret}"} ${token}` }));
    bus.emit({ type: 'problem', message: `refused ${token}`, at: 1 });
    const uri = `https://${token}@example.com/`;
    for (let payloads = 0; payloads < 40; payloads += 1) {
      bus.emit(callStarted(`c${payloads}`, { request: () => payload.toString(), qualifiedName: uri, ownName: uri }));
      bus.emit(callFinished(`c${payloads}`, { result: payload, outcome: 'error', errorMessage: `401 for ${token}` }));
    }
    await log.flush();
    const bytes = bytesOf(stateDir);
    await log.close();
    for (const stored of [bytes, bytesOf(stateDir)]) {
      expect(stored.includes('hunter2')).toBe(false);
      expect(stored.includes('ghp_')).toBe(false);
      expect(stored.includes('exited: bad credentials')).toBe(true);
    }
  });

  test('are not stored at all where a pattern is wrong, and the person is told', async () => {
    const { bus, log, stateDir, problems } = openLogBench({ redact: ['/(/'] });
    bus.emit(callStarted('c'));
    await log.flush();
    expect(query(stateDir, 'SELECT call_id, request FROM calls')).toEqual([{ call_id: 'c', request: null }]);
    expect(problems).toEqual([expect.stringContaining('hub.log.redact')]);
  });
});

describe('an upstream', () => {
  test('has its states kept, and the last one beside what it offers', async () => {
    const { bus, log, stateDir } = openLogBench();
    bus.emit(upstreamState({ at: 10 }));
    bus.emit(upstreamState({ state: 'ready', reason: 'answered', era: 'modern', pid: 77, startMs: 8.5, at: 20 }));
    const counts = { tools: 1, prompts: 2, resources: 3, templates: 4, definitionBytes: 500 };
    bus.emit({ type: 'upstream.listed', upstream: 'math', ...counts, at: 30 });
    bus.emit(upstreamState({ state: 'stopped', reason: 'the hub ended', at: 40 }));
    await log.flush();
    expect(query(stateDir, 'SELECT state, reason, pid, era, start_ms, at FROM upstream_events')).toEqual([
      { state: 'starting', reason: 'a call needs it', pid: null, era: null, start_ms: null, at: 10 },
      { state: 'ready', reason: 'answered', pid: 77, era: 'modern', start_ms: 8.5, at: 20 },
      { state: 'stopped', reason: 'the hub ended', pid: null, era: null, start_ms: null, at: 40 },
    ]);
    expect(query(stateDir, 'SELECT * FROM upstream_status')).toEqual([
      {
        upstream: 'math',
        state: 'stopped',
        reason: 'the hub ended',
        state_at: 40,
        era: 'modern',
        tools: 1,
        prompts: 2,
        resources: 3,
        templates: 4,
        definition_bytes: 500,
        listed_at: 30,
        last_seen: 30,
        error_code: null,
      },
    ]);
  });

  test('of which an earlier word comes late keeps the later one', async () => {
    const { bus, log, stateDir } = openLogBench();
    bus.emit(upstreamState({ state: 'ready', reason: 'later', at: 20 }));
    bus.emit(upstreamState({ state: 'starting', reason: 'earlier', at: 10 }));
    await log.flush();
    expect(query(stateDir, 'SELECT reason FROM upstream_status')).toEqual([{ reason: 'later' }]);
  });
});

describe('more calls than can be written', () => {
  test('are to wait until the log has caught up, and none is lost', async () => {
    const { bus, log, stateDir } = openLogBench();
    for (let index = 0; index < 20_000; index += 1) bus.emit(callStarted(`early${index}`));
    expect(log.behind()).toBeUndefined();
    for (let index = 0; index < 35_000; index += 1) bus.emit(callStarted(`late${index}`));
    expect(log.behind()).toBeInstanceOf(Promise);
    await log.behind();
    await log.flush();
    expect(log.behind()).toBeUndefined();
    expect(query(stateDir, 'SELECT count(*) AS count FROM calls')).toEqual([{ count: 55_000 }]);
  });
});

describe('the end', () => {
  test('closing writes what is queued, with the reason of the end, and can be done twice', async () => {
    const { bus, log, stateDir } = openLogBench();
    bus.emit(hubStarted());
    bus.emit(clientConnected());
    for (let index = 0; index < 3000; index += 1) bus.emit(callStarted(`c${index}`));
    bus.emit({ type: 'client.disconnected', clientId: 'client-1', at: Date.now() + 1 });
    bus.emit({ type: 'hub.stopped', reason: 'the client left', at: 99 });
    await Promise.all([log.close(), log.close()]);
    await log.flush();
    bus.emit(callStarted('after'));
    expect(query(stateDir, 'SELECT count(*) AS count FROM calls')).toEqual([{ count: 3000 }]);
    expect(query(stateDir, 'SELECT stopped_at, stop_reason FROM hub_runs')).toEqual([
      { stopped_at: 99, stop_reason: 'the client left' },
    ]);
    expect(query(stateDir, 'SELECT disconnected_at IS NOT NULL AS gone FROM clients')).toEqual([{ gone: 1 }]);
    expect(readdirSync(stateDir)).toContain('calls.db');
  });

  test('files are for the user alone', async () => {
    const { bus, log, stateDir } = openLogBench();
    bus.emit(callStarted('c'));
    await log.flush();
    const modes = Object.fromEntries(
      readdirSync(stateDir).map((name) => [name, statSync(join(stateDir, name)).mode & 0o777]),
    );
    expect(modes).toEqual({ 'calls.db': 0o600, 'calls.db-shm': 0o600, 'calls.db-wal': 0o600 });
    expect(statSync(stateDir).mode & 0o777).toBe(0o700);
  });

  test.each([
    ['batched', 1],
    ['audit', 2],
  ] as const)('the database of a %s log has the pragmas that many writers need', async (durability, synchronous) => {
    const { openDatabase } = await import('../../src/store/database.ts');
    const path = join(temporaryDirectory(), 'calls.db');
    const database = openDatabase({ path, durability, maxBytes: LOG_CONFIG.maxBytes, onNotice: () => {} });
    const pragma = (name: string): unknown => database.pragma(name, { simple: true });
    expect(
      ['journal_mode', 'synchronous', 'busy_timeout', 'mmap_size', 'auto_vacuum', 'foreign_keys'].map(pragma),
    ).toEqual(['wal', synchronous, 5000, 0, 2, 1]);
    expect(pragma('journal_size_limit')).toBe(16 * 1024 * 1024);
    database.close();
  });
});

describe('a file that goes away', () => {
  test.each(['deleted', 'moved'])('a database that is %s meanwhile is begun anew', async (how) => {
    const { bus, log, stateDir } = openLogBench();
    bus.emit(hubStarted());
    bus.emit(clientConnected());
    bus.emit(callStarted('before'));
    await log.flush();
    for (const suffix of ['-shm', '-wal', '']) {
      const file = databasePath(stateDir) + suffix;
      if (how === 'deleted') rmSync(file);
      else renameSync(file, join(stateDir, `old.db${suffix}`));
    }
    bus.emit(callStarted('after'));
    await log.flush();
    expect(query(stateDir, 'SELECT call_id, name FROM calls JOIN clients ON clients.id = client')).toEqual([
      { call_id: 'after', name: 'cursor' },
    ]);
    expect(query(stateDir, 'SELECT run_id FROM hub_runs')).toEqual([{ run_id: 'run-1' }]);
    if (how === 'moved') {
      await log.close();
      const old = new Database(join(stateDir, 'old.db'), { readonly: true });
      expect(old.pragma('quick_check', { simple: true })).toBe('ok');
      old.close();
    }
  });
});
