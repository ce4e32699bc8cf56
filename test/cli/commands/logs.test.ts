import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import { runLogs } from '../../../src/cli/commands/logs.ts';
import type { CliContext } from '../../../src/cli/context.ts';
import { databasePath } from '../../../src/store/database-path.ts';
import { callFinished, callStarted, clientConnected, hubStarted } from '../../store/support/events.ts';
import { type LogBench, openLogBench, temporaryDirectory } from '../../store/support/log-bench.ts';

/** The machine may be busy with other tests. */
const PATIENCE = { timeout: 10_000 };

interface Run {
  readonly code: Promise<number>;
  readonly out: () => string;
  readonly err: () => string;
  /** The objects that were printed, with `json`. */
  readonly objects: () => Record<string, unknown>[];
  readonly interrupt: () => void;
}

const startLogs = (stateDir: string, flags: Parameters<typeof runLogs>[1] = {}): Run => {
  const interruption = new AbortController();
  let out = '';
  let err = '';
  const context: CliContext = {
    env: { MCP_HUB_STATE_DIR: stateDir },
    cwd: stateDir,
    stdin: Readable.from([]),
    isTerminal: false,
    width: undefined,
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    interruption: () => interruption.signal,
  };
  const code = runLogs(context, flags);
  onTestFinished(() => interruption.abort());
  return {
    code,
    out: () => out,
    err: () => err,
    objects: () =>
      out
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line)),
    interrupt: () => interruption.abort(),
  };
};

/** Three calls: one that went well, one that failed, one that is still with its upstream. */
const logThree = async (bench: LogBench): Promise<void> => {
  const { bus, log } = bench;
  bus.emit(hubStarted());
  bus.emit(clientConnected());
  for (const id of ['one', 'two', 'three']) bus.emit(callStarted(id, { ownName: id, qualifiedName: `math__${id}` }));
  bus.emit(callFinished('one'));
  bus.emit(callFinished('two', { outcome: 'error', errorCode: -32_603, errorMessage: 'it broke' }));
  await log.flush();
};

describe('logs', () => {
  test('without a log says so on stderr, makes nothing, and is no failure', async () => {
    const stateDir = join(temporaryDirectory(), 'state');
    const run = startLogs(stateDir, { json: true });
    expect(await run.code).toBe(0);
    expect([run.out(), run.err()]).toEqual(['', 'There are no calls yet.\n']);
    expect(existsSync(stateDir)).toBe(false);
  });

  test('with a log in which no call is yet says so too', async () => {
    const bench = openLogBench();
    bench.bus.emit(hubStarted());
    bench.bus.emit(clientConnected());
    await bench.log.flush();
    const run = startLogs(bench.stateDir);
    expect(await run.code).toBe(0);
    expect([run.out(), run.err()]).toEqual(['', 'There are no calls yet.\n']);
  });

  test('shows the last calls, oldest first, under a heading', async () => {
    const bench = openLogBench();
    await logThree(bench);
    const run = startLogs(bench.stateDir);
    expect(await run.code).toBe(0);
    const lines = run.out().split('\n');
    expect(lines.map((line) => line.replace(/^\d\d:\d\d:\d\d/, '10:31:02'))).toEqual([
      'TIME     CLIENT   SERVER TOOL     STATUS     TOOK   IN  OUT',
      '10:31:02 cursor   math   one      ok        13 ms 120B  64B',
      '10:31:02 cursor   math   two      error     13 ms 120B  64B',
      '         it broke',
      '10:31:02 cursor   math   three    running       - 120B    -',
      '',
    ]);
    const last = startLogs(bench.stateDir, { lines: '1', json: true });
    await last.code;
    expect(last.objects().map((object) => object['callId'])).toEqual(['three']);
  });

  test('as JSON gives an object per line with everything that is kept', async () => {
    const bench = openLogBench();
    await logThree(bench);
    const run = startLogs(bench.stateDir, { json: true, tool: 'two' });
    await run.code;
    expect(run.out()).toMatch(/^\{"schemaVersion":1,/);
    expect(run.objects()).toEqual([
      {
        schemaVersion: 1,
        id: 2,
        callId: 'two',
        runId: 'run-1',
        client: 'cursor',
        clientVersion: '1.2.3',
        clientId: 'client-1',
        transport: 'stdio',
        era: 'legacy',
        protocolVersion: '2025-11-25',
        server: 'math',
        method: 'tools/call',
        qualifiedName: 'math__two',
        ownName: 'two',
        startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        outcome: 'error',
        durationMs: 12.5,
        hubMs: 0.5,
        upstreamMs: 12,
        errorCode: -32_603,
        errorMessage: 'it broke',
        bytesIn: 120,
        bytesOut: 64,
        request: '{"name":"add","arguments":{"a":1,"b":2}}',
        requestCut: false,
        result: '{"content":[{"type":"text","text":"3"}]}',
        resultCut: false,
      },
    ]);
  });

  test.each([
    [{ errors: true }, ['two']],
    [{ tool: 't*' }, ['two', 'three']],
    [{ server: 'none' }, []],
    [{ since: '1h', lines: '2' }, ['two', 'three']],
    [{ since: '2090-01-01' }, []],
  ])('with %j shows what matches', async (flags, expected) => {
    const bench = openLogBench();
    await logThree(bench);
    const run = startLogs(bench.stateDir, { json: true, ...flags });
    expect(await run.code).toBe(0);
    expect(run.objects().map((object) => object['callId'])).toEqual(expected);
    expect(run.err()).toBe(expected.length === 0 ? 'No calls match.\n' : '');
  });

  test.each([{ lines: 'many' }, { lines: '-1' }, { since: 'then' }])('with %j is refused', async (flags) => {
    await expect(startLogs(temporaryDirectory(), flags).code).rejects.toMatchObject({ code: 'USAGE' });
  });

  test('of a file that cannot be read fails and says why', async () => {
    const stateDir = temporaryDirectory();
    writeFileSync(databasePath(stateDir), 'no database '.repeat(1000));
    await expect(startLogs(stateDir).code).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });
});

describe('logs -f', () => {
  test('goes on with calls as they begin, and shows a running call again when it has ended', async () => {
    const bench = openLogBench();
    await logThree(bench);
    const run = startLogs(bench.stateDir, { follow: true, json: true, lines: '1' });
    const seen = (): string[] =>
      run.objects().map((object) => `${String(object['callId'])} ${String(object['outcome'])}`);
    await expect.poll(seen, PATIENCE).toEqual(['three running']);
    bench.bus.emit(callStarted('four'));
    await bench.log.flush();
    await expect.poll(seen, PATIENCE).toEqual(['three running', 'four running']);
    bench.bus.emit(callFinished('three', { outcome: 'cancelled' }));
    bench.bus.emit(callFinished('four'));
    bench.bus.emit(callStarted('five'));
    bench.bus.emit(callFinished('five'));
    await bench.log.flush();
    await expect
      .poll(seen, PATIENCE)
      .toEqual(['three running', 'four running', 'three cancelled', 'four ok', 'five ok']);
    run.interrupt();
    expect(await run.code).toBe(130);
  });

  test('with --errors shows a call when it has failed, not before', async () => {
    const bench = openLogBench();
    await logThree(bench);
    const run = startLogs(bench.stateDir, { follow: true, errors: true, json: true });
    await expect.poll(() => run.objects().length, PATIENCE).toBe(1);
    bench.bus.emit(callStarted('four'));
    bench.bus.emit(callFinished('three', { outcome: 'timeout' }));
    await bench.log.flush();
    await expect.poll(() => run.objects().map((object) => object['callId']), PATIENCE).toEqual(['two', 'three']);
    bench.bus.emit(callFinished('four', { outcome: 'denied' }));
    await bench.log.flush();
    await expect
      .poll(() => run.objects().map((object) => object['callId']), PATIENCE)
      .toEqual(['two', 'three', 'four']);
  });

  test('waits for the first call where there is no log yet', async () => {
    const bench = openLogBench();
    const run = startLogs(bench.stateDir, { follow: true });
    expect(run.err()).toBe('There are no calls yet.\n');
    await logThree(bench);
    await expect.poll(() => run.out(), PATIENCE).toContain(' three ');
    expect(run.out().match(/^TIME/gm)).toHaveLength(1);
    run.interrupt();
    expect(await run.code).toBe(130);
  });

  test('ends at once when nothing was ever logged', async () => {
    const run = startLogs(join(temporaryDirectory(), 'state'), { follow: true });
    run.interrupt();
    expect(await run.code).toBe(130);
  });
});
