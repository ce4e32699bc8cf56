import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEventBus } from '../../../src/events/bus.ts';
import { openCallLog } from '../../../src/store/call-log.ts';
import { openLogReader } from '../../../src/store/log-reader.ts';
import { callFinished, callStarted, clientConnected, hubStarted, LOG_CONFIG } from '../../store/support/events.ts';
import { temporaryDirectory } from '../../store/support/log-bench.ts';
import { type CliHome, createCliHome } from '../support/cli-home.ts';

/** Records of RFC 4180, read by its grammar. */
const parseCsv = (text: string): string[][] => {
  const records: string[][] = [];
  let record: string[] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y;
  while (field.lastIndex < text.length) {
    const [, quoted, plain, end] = field.exec(text) ?? [];
    if (end === undefined) throw new Error(`no record at ${text.slice(0, 80)}`);
    record.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end === ',') continue;
    records.push(record);
    record = [];
  }
  return records;
};

const objectsOf = (csv: string): Record<string, string>[] => {
  const [names = [], ...records] = parseCsv(csv);
  return records.map((record) => {
    expect(record).toHaveLength(names.length);
    return Object.fromEntries(names.map((name, column) => [name, record[column] ?? '']));
  });
};

interface HarEntry {
  readonly startedDateTime: string;
  readonly time: number;
  readonly request: Record<string, unknown>;
  readonly response: Record<string, unknown>;
  readonly cache: object;
  readonly timings: Record<string, number>;
  readonly _mcp: Record<string, unknown>;
}

const HOSTILE = '=HYPERLINK("http://x","a"), b\r\n"c"';

let home: CliHome;
let env: Record<string, string>;

const run = (...args: string[]) => home.run(['logs', 'export', ...args], { env });

beforeAll(async () => {
  home = createCliHome();
  env = { MCP_HUB_STATE_DIR: home.file('exported') };
  const bus = createEventBus((error) => {
    throw error;
  });
  const log = openCallLog({ stateDir: home.file('exported'), bus, config: LOG_CONFIG });
  bus.emit(hubStarted());
  bus.emit(clientConnected('client-1', 'Cursor'));
  bus.emit(callStarted('ok', { startedAt: Date.UTC(2026, 10, 20, 10), request: () => '{"apiToken":"s3cret","n":1}' }));
  bus.emit(callFinished('ok'));
  bus.emit(callStarted('hostile', { upstream: 'evil', qualifiedName: '@evil', ownName: '+evil' }));
  bus.emit(callFinished('hostile', { outcome: 'error', errorCode: -32_603, errorMessage: HOSTILE }));
  bus.emit(callStarted('running'));
  for (let index = 0; index < 500; index += 1) {
    bus.emit(callStarted(`many-${index}`, { upstream: 'many' }));
    bus.emit(callFinished(`many-${index}`));
  }
  await log.close();
});

afterAll(() => home.remove());

describe('logs export', () => {
  test('writes NDJSON, oldest first, with payloads as they are stored', async () => {
    const { code, stdout } = await run();
    const calls = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(code).toBe(0);
    expect(calls.map((call) => call['id'])).toEqual(Array.from({ length: 503 }, (_, index) => index + 1));
    expect(calls[0]).toMatchObject({ callId: 'ok', request: '{"apiToken":"***","n":1}', outcome: 'ok' });
    expect(stdout).not.toContain('s3cret');
  });

  test('writes CSV that a reader of RFC 4180 understands', async () => {
    const { code, stdout } = await run('--format', 'csv');
    const calls = objectsOf(stdout);
    expect(code).toBe(0);
    expect(calls).toHaveLength(503);
    expect(calls[0]).toMatchObject({
      callId: 'ok',
      client: 'Cursor',
      startedAt: '2026-11-20T10:00:00.000Z',
      server: 'math',
      durationMs: '12.5',
      request: '{"apiToken":"***","n":1}',
      requestCut: 'false',
    });
    expect(calls[2]).toMatchObject({ callId: 'running', outcome: 'running', durationMs: '', result: '' });
  });

  test('disarms text that a spreadsheet would take for a formula, and leaves numbers as they are', async () => {
    const { stdout } = await run('--format', 'csv', '--server', 'evil');
    expect(objectsOf(stdout)).toMatchObject([
      { qualifiedName: "'@evil", ownName: "'+evil", errorMessage: `'${HOSTILE}`, errorCode: '-32603' },
    ]);
  });

  test('writes HAR 1.2 with one entry for each call', async () => {
    const { code, stdout } = await run('--format', 'har');
    const { log } = JSON.parse(stdout) as { log: { version: string; creator: object; entries: HarEntry[] } };
    expect(code).toBe(0);
    expect(log).toMatchObject({ version: '1.2', creator: { name: 'mcp-hub', version: expect.any(String) }, pages: [] });
    expect(log.entries).toHaveLength(503);
    expect(log.entries[0]).toEqual({
      startedDateTime: '2026-11-20T10:00:00.000Z',
      time: 12.5,
      request: {
        method: 'POST',
        url: 'mcp://math/tools%2Fcall/add',
        httpVersion: 'HTTP/1.1',
        cookies: [],
        headers: [],
        queryString: [],
        postData: { mimeType: 'application/json', params: [], text: '{"apiToken":"***","n":1}' },
        headersSize: -1,
        bodySize: 120,
      },
      response: {
        status: 200,
        statusText: 'ok',
        httpVersion: 'HTTP/1.1',
        cookies: [],
        headers: [],
        content: { size: 64, mimeType: 'application/json', text: '{"content":[{"type":"text","text":"3"}]}' },
        redirectURL: '',
        headersSize: -1,
        bodySize: 64,
      },
      cache: {},
      timings: { blocked: 0.5, dns: -1, connect: -1, ssl: -1, send: 0, wait: 12, receive: 0 },
      _mcp: expect.objectContaining({ callId: 'ok', client: 'Cursor', outcome: 'ok', server: 'math' }),
    });
  });

  test('gives each HAR entry the sum of its timings as its time, and a URL that can be parsed', async () => {
    const { stdout } = await run('--format', 'har');
    const { log } = JSON.parse(stdout) as { log: { entries: HarEntry[] } };
    for (const { time, timings, request, startedDateTime } of log.entries) {
      const spent = Object.values(timings).filter((part) => part > 0);
      expect(time).toBeCloseTo(spent.reduce((sum, part) => sum + part, 0));
      expect(new URL(request['url'] as string).protocol).toBe('mcp:');
      expect(new Date(startedDateTime).toISOString()).toBe(startedDateTime);
    }
  });

  test.each([
    ['by server', ['--server', 'ev*'], 1],
    ['by tool', ['--tool', '+evil'], 1],
    ['by time', ['--since', '1h'], 502],
    ['that failed', ['--errors'], 1],
    ['by nothing that is there', ['--server', 'nobody'], 0],
  ])('chooses calls %s', async (_, flags, count) => {
    expect(objectsOf((await run('--format', 'csv', ...flags)).stdout)).toHaveLength(count);
  });

  test('writes a file for its owner alone, in the place of an earlier one', async () => {
    const file = join(home.work, 'calls.har');
    writeFileSync(file, 'an earlier export');
    const { code, stdout } = await run('--format', 'har', '-o', 'calls.har');
    expect([code, stdout]).toEqual([0, '']);
    expect((JSON.parse(readFileSync(file, 'utf8')) as { log: { entries: [] } }).log.entries).toHaveLength(503);
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(home.work).filter((name) => name.includes('partial'))).toEqual([]);
  });

  test('says which file cannot be written', async () => {
    const { code, stdout, stderr } = await run('-o', 'no/such/folder/calls.csv');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('--output "no/such/folder/calls.csv" cannot be written');
  });

  test('knows no other format', async () => {
    const { code, stderr } = await run('--format', 'xml');
    expect(code).toBe(2);
    expect(stderr).toContain('ndjson, csv, har');
  });

  test.each([
    ['ndjson', ''],
    ['csv', 'id,callId,'],
    ['har', '{"log":{"version":"1.2"'],
  ])('writes an empty %s document where nothing has been logged, and makes nothing', async (format, start) => {
    const stateDir = join(temporaryDirectory(), 'state');
    const { code, stdout, stderr } = await home.run(['logs', 'export', '--format', format], {
      env: { MCP_HUB_STATE_DIR: stateDir },
    });
    expect([code, stderr]).toEqual([0, 'There are no calls yet.\n']);
    expect(stdout.startsWith(start)).toBe(true);
    if (format === 'har') expect((JSON.parse(stdout) as { log: { entries: [] } }).log.entries).toEqual([]);
    expect(existsSync(stateDir)).toBe(false);
  });

  test('holds one page of calls at a time', async () => {
    const reader = openLogReader(home.file('exported'));
    if (reader === undefined) throw new Error('there is no log');
    const pages: number[] = [];
    const { exportCalls } = await import('../../../src/cli/export-calls.ts');
    const pieces = exportCalls({
      reader: {
        ...reader,
        calls: (filter) => {
          pages.push(filter.limit);
          return reader.calls(filter);
        },
      },
      filter: {},
      format: 'csv',
      isForTerminal: false,
    });
    pieces.next();
    expect(pages).toEqual([]);
    pieces.next();
    expect(pages).toEqual([200]);
    expect([...pieces]).toHaveLength(2);
    expect(pages).toEqual([200, 200, 200]);
    reader.close();
  });
});
