import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../e2e/support/processes.ts';
import type { WireMessage } from '../e2e/support/received.ts';
import { closeSoundly, expectSound } from './support/invariants.ts';
import { type Exchange, type Script, type ScriptedHttp, startScriptedHttp } from './support/scripted-http.ts';
import { openStand, type Stand } from './support/stand.ts';
import { expectWithin } from './support/within.ts';

const ERAS = ['legacy', 'modern'] as const;
const CALL_MS = 1_500;
const MIB = 1024 * 1024;

const failureOf = ({ error }: WireMessage) =>
  (error?.data ?? {}) as { hubCode?: string; outcome?: string; retryAfterMs?: number };
const textIn = ({ result }: WireMessage): string =>
  (result?.['content'] as { text: string }[] | undefined)?.[0]?.text ?? '';

const events = ({ response }: Exchange, text: string): void =>
  void response.writeHead(200, { 'content-type': 'text/event-stream' }).end(text);
const json = ({ response }: Exchange, text: string | Uint8Array, status = 200, headers = {}): void =>
  void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
const raw = ({ response }: Exchange, bytes: string): void => void response.socket?.end(bytes);

/** Writes until the other side has had enough. */
const forEver = async ({ response }: Exchange, piece: string): Promise<void> => {
  while (!response.destroyed) {
    if (!response.write(piece)) await Promise.race([new Promise((go) => response.once('drain', go)), delay(200)]);
    await delay(5);
  }
};

/** What a server answers instead of one plain body, and still is understood. */
const UNDERSTOOD: Readonly<Record<string, Script>> = {
  two_answers: (call) => events(call, `data: ${call.answer}\n\ndata: ${call.answer}\n\n`),
  stream_stays_open({ response, answer }) {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`data: ${answer}\n\n`);
  },
  carriage_returns: (call) => events(call, `event: message\r\nid: 1\r\ndata: ${call.answer}\r\n\r\n`),
  many_data_lines: (call) => events(call, `data: ${call.answer.replace('"result"', '\ndata: "result"')}\n\n`),
  another_success: (call) => json(call, call.answer, 201),
  compressed: (call) => json(call, gzipSync(call.answer), 200, { 'content-encoding': 'gzip' }),
  type_in_capitals: ({ response, answer }) =>
    void response.writeHead(200, { 'content-type': 'Application/JSON; charset="utf-8"' }).end(answer),
  in_a_batch: (call) => json(call, `[{"jsonrpc":"2.0","method":"notifications/x"},${call.answer}]`),
  old_http: (call) => raw(call, `HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n${call.answer}`),
  early_hints: (call) =>
    raw(
      call,
      `HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(call.answer)}\r\n\r\n${call.answer}`,
    ),
  session_changes: ({ reply }) => reply({ 'mcp-session-id': 'another' }),
  session_of_5_kib: ({ reply }) => reply({ 'mcp-session-id': 'x'.repeat(5_000) }),
  closes_after_it: ({ reply }) => reply({ connection: 'close' }),
};

const BOMB = gzipSync(Buffer.alloc(200 * MIB, 0x20));

/** What is no answer, and what the caller learns of it. */
const NOT_UNDERSTOOD: Readonly<Record<string, readonly [script: Script, told: RegExp]>> = {
  cut_in_an_event: [
    async ({ response, answer }) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`event: message\ndata: ${answer.slice(0, -10)}`);
      await delay(20);
      response.socket?.destroy();
    },
    /ended before the result came/,
  ],
  cut_behind_the_line: [
    async ({ response, answer }) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`data: ${answer}\n`);
      await delay(20);
      response.socket?.destroy();
    },
    /ended before the result came/,
  ],
  stream_of_nothing: [(call) => events(call, ': nothing\n\n'), /ended before the result came/],
  event_for_another: [
    (call) => events(call, `data: ${call.answer.replace(/"id":\d+/, '"id":99999')}\n\n`),
    /ended before the result came/,
  ],
  answer_for_another: [
    (call) => json(call, call.answer.replace(/"id":\d+/, '"id":99999')),
    /it does not answer the request/,
  ],
  event_of_12_mib: [(call) => events(call, `data: ${'x'.repeat(12 * MIB)}\n\n`), /longer than the limit of 10 MiB/],
  no_content: [({ response }) => void response.writeHead(204).end(), /it is empty/],
  not_modified: [({ response }) => void response.writeHead(304).end(), /HTTP 304/],
  no_type: [({ response, answer }) => void response.writeHead(200).end(answer), /it has no Content-Type/],
  not_compressed: [
    (call) => json(call, call.answer, 200, { 'content-encoding': 'gzip' }),
    /cannot be reached: incorrect header check/,
  ],
  bomb: [(call) => json(call, BOMB, 200, { 'content-encoding': 'gzip' }), /longer than the limit of 10 MiB/],
  too_short: [
    ({ response, answer }) => {
      const headers = { 'content-type': 'application/json', 'content-length': String(answer.length + 50) };
      response.writeHead(200, headers).write(answer, () => response.socket?.destroy());
    },
    /the connection broke/,
  ],
  headers_of_40_kib: [({ reply }) => reply({ 'x-big': 'y'.repeat(40_000) }), /Headers Overflow/],
  bad_chunk: [
    (call) =>
      raw(call, 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n'),
    /chunk size/,
  ],
  no_http: [(call) => raw(call, 'SSH-2.0-OpenSSH_9\r\n'), /does not match the HTTP/],
  drips: [
    async (call) => {
      call.response.writeHead(200, { 'content-type': 'application/json' });
      await forEver(call, ' ');
    },
    /did not answer within/,
  ],
  drips_comments: [
    async (call) => {
      call.response.writeHead(200, { 'content-type': 'text/event-stream' });
      await forEver(call, ': on my way\n\n');
    },
    /did not answer within/,
  ],
  accepted: [({ response }) => void response.writeHead(202).end(), /did not answer within/],
  redirect_for_ever: [
    ({ response }) => void response.writeHead(308, { location: '/mcp?again' }).end(),
    /which is not followed/,
  ],
  redirect_to_nowhere: [({ response }) => void response.writeHead(302).end(), /HTTP 302/],
  failure_of_25_mb: [
    ({ response }) => void response.writeHead(500, { 'content-type': 'text/plain' }).end('boom '.repeat(5_000_000)),
    /HTTP 500/,
  ],
  failure_without_end: [
    async (call) => {
      call.response.writeHead(500, { 'content-type': 'text/plain' });
      await forEver(call, 'boom '.repeat(1_000));
    },
    /HTTP 500/,
  ],
  refusal_without_end: [
    async (call) => {
      call.response.writeHead(400, { 'content-type': 'application/json' });
      call.response.write('{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"');
      await forEver(call, 'boom '.repeat(1_000));
    },
    /HTTP 400/,
  ],
  neither_of_both: [(call) => json(call, `{"jsonrpc":"2.0","id":${call.message.id}}`), /does not answer the request/],
};

describe.each(ERAS)('a %s server whose answers over HTTP are odd', (era) => {
  let http: ScriptedHttp;
  let stand: Stand;
  beforeAll(async () => {
    const scripts = Object.entries(NOT_UNDERSTOOD).map(([name, [script]]): [string, Script] => [name, script]);
    http = await startScriptedHttp(era, { ...UNDERSTOOD, ...Object.fromEntries(scripts) });
    stand = await openStand({
      era,
      servers: () => ({ web: { type: 'http', url: http.url } }),
      hub: { servers: { web: { breaker: false, timeouts: { callMs: CALL_MS } } } },
    });
  }, 60_000);
  afterEach(() => expectSound(stand));
  afterAll(async () => {
    await http.stop();
    await closeSoundly(stand);
  }, 60_000);

  const postsOf = (name: string): number => http.asked.filter(({ params }) => params?.name === name).length;

  test.each(Object.keys(UNDERSTOOD))('N20 %s: it is answered, and so is the next call', async (name) => {
    expect(textIn(await stand.stdio.call(`web__${name}`, { m: 'fine' }))).toBe('fine');
    expect(textIn(await stand.stdio.call('web__echo', { m: 'next' }))).toBe('next');
    expect(postsOf(name)).toBe(1);
  });

  test.each(Object.entries(NOT_UNDERSTOOD))(
    'N21 %s: the call fails in words, once, and the next one is answered',
    async (name, [, told]) => {
      const at = performance.now();
      const message = await stand.stdio.call(`web__${name}`, { m: 'fine' });
      expectWithin(at, CALL_MS + 500);
      expect(message.error?.message).toMatch(told);
      expect(failureOf(message).outcome).toBe('unknown');
      expect(textIn(await stand.stdio.call('web__echo', { m: 'next' }))).toBe('next');
      if (!name.startsWith('redirect')) expect(postsOf(name)).toBe(1);
    },
  );
});

describe.concurrent.each(ERAS)('a %s server that says how long to wait in no way that anybody knows', (era) => {
  test('N22 it is asked again soon, and never left alone for longer than the bound', async () => {
    const http = await startScriptedHttp(era, {
      junk: ({ response }) => void response.writeHead(503, { 'retry-after': 'soon, maybe' }).end('later'),
      negative: ({ response }) => void response.writeHead(429, { 'retry-after': '-5' }).end('later'),
      huge: ({ response }) => void response.writeHead(429, { 'retry-after': '99999999999' }).end('later'),
    });
    const stand = await openStand({ era, servers: () => ({ web: { type: 'http', url: http.url } }) });
    expect((await stand.stdio.call('web__junk')).error?.message).toMatch(/HTTP 503/);
    expect(textIn(await stand.stdio.call('web__echo', { m: 'at once' }))).toBe('at once');
    expect(failureOf(await stand.stdio.call('web__negative')).retryAfterMs).toBeLessThan(2_000);
    expect(textIn(await stand.stdio.call('web__echo', { m: 'soon' }))).toBe('soon');
    expect(failureOf(await stand.stdio.call('web__huge')).retryAfterMs).toBeLessThanOrEqual(450_000);
    await expectSound(stand);
    await http.stop();
    await closeSoundly(stand);
  }, 60_000);
});

describe('a legacy server that loses its session', () => {
  test('N23 while many calls come: each learns for itself that it was not processed, and is answered in the next session', async () => {
    let isLost = false;
    let sessions = 0;
    const http = await startScriptedHttp('legacy', {}, ({ message, response }) => {
      if (message.method === 'initialize') {
        isLost = false;
        sessions += 1;
        response.setHeader('mcp-session-id', `s${sessions}`);
        return false;
      }
      if (!isLost || message.id === undefined) return false;
      response.writeHead(404).end();
      return true;
    });
    const stand = await openStand({ servers: () => ({ web: { type: 'http', url: http.url } }) });
    const before = sessions;
    isLost = true;
    const calls = await Promise.all(
      Array.from({ length: 20 }, (_, index) => stand.stdio.call('web__echo', { m: `lost ${index}` })),
    );
    expect(calls.map(textIn)).toEqual(Array.from({ length: 20 }, (_, index) => `lost ${index}`));
    expect(sessions).toBe(before + 1);
    expect(stand.hub.stderr()).not.toContain('is not asked');
    await expectSound(stand);
    await http.stop();
    await closeSoundly(stand);
  }, 60_000);

  test('N24 while others are still being worked on: those end within a second, and say that nobody knows', async () => {
    const held: Exchange[] = [];
    let isLost = false;
    const http = await startScriptedHttp(
      'legacy',
      { hold: (exchange) => void held.push(exchange) },
      ({ message, response }) => {
        if (message.method === 'initialize') {
          isLost = false;
          response.setHeader('mcp-session-id', `s${held.length}`);
        }
        if (!isLost || message.id === undefined || message.method === 'initialize') return false;
        response.writeHead(404).end();
        return true;
      },
    );
    const stand = await openStand({ servers: () => ({ web: { type: 'http', url: http.url } }) });
    const holding = Array.from({ length: 8 }, () => stand.stdio.call('web__hold'));
    await eventually('the calls', () => held.length === 8);
    isLost = true;
    expect(textIn(await stand.stdio.call('web__echo', { m: 'after' }))).toBe('after');
    for (const message of await Promise.all(holding)) expect(failureOf(message).outcome).toBe('unknown');
    // Eight calls have met one end.
    expect(textIn(await stand.stdio.call('web__echo', { m: 'again' }))).toBe('again');
    await expectSound(stand);
    await http.stop();
    await closeSoundly(stand);
  }, 60_000);
});
