import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { modernMeta } from '../e2e/support/conversation.ts';
import { type EvilEntry, readEvilLog } from '../e2e/support/evil-log.ts';
import { eventually } from '../e2e/support/processes.ts';
import type { WireMessage } from '../e2e/support/received.ts';
import { createTempHome } from '../e2e/support/temp-home.ts';
import type { UpstreamEntry } from '../e2e/support/upstreams.ts';
import { modernHeaders } from './support/clients.ts';
import { type EvilHttp, startEvilHttp } from './support/evil-http.ts';
import { closeSoundly, expectSound } from './support/invariants.ts';
import { openStand, type Stand } from './support/stand.ts';

const CANARY_HEADER = 'CANARYheader0d41b';
const CALL_MS = 1_500;
const TRUSTED = { trusted: true };
const ERAS = ['legacy', 'modern'] as const;

/** A listener that must never be asked. */
const listen = async (): Promise<{ server: Server; port: number; hits: () => number }> => {
  let hits = 0;
  const server = createServer((_request, response) => {
    hits += 1;
    response.end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port, hits: () => hits };
};

const failureOf = ({ error }: WireMessage) => (error?.data ?? {}) as { hubCode?: string; outcome?: string };

interface Case {
  readonly name: string;
  readonly modes: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly tool?: 'get' | 'write';
  /** How often the call reaches it. */
  readonly posts: number;
  /** What the caller gets: text of a result, or of the error. */
  readonly result?: string;
  readonly error?: RegExp;
  readonly outcome?: 'unknown';
}

const CASES: readonly Case[] = [
  { name: 'get503', modes: 'status=503;times=1', settings: TRUSTED, tool: 'get', posts: 2, result: 'get503' },
  { name: 'get503u', modes: 'status=503;times=2;other', tool: 'get', posts: 1, error: /HTTP 503/, outcome: 'unknown' },
  { name: 'write503', modes: 'status=503;times=3', settings: TRUSTED, posts: 1, error: /HTTP 503/, outcome: 'unknown' },
  { name: 'write500', modes: 'status=500', settings: TRUSTED, posts: 1, error: /the server has failed \(HTTP 500/ },
  { name: 'write502', modes: 'status=502;body=<html>', posts: 1, error: /HTTP 502/, outcome: 'unknown' },
  { name: 'get500', modes: 'status=500', settings: TRUSTED, tool: 'get', posts: 2, error: /HTTP 500/ },
  { name: 'login', modes: 'status=401', settings: TRUSTED, tool: 'get', posts: 1, error: /login/ },
  { name: 'denied', modes: 'status=403', tool: 'get', posts: 1, error: /it refuses access \(HTTP 403/ },
  { name: 'teapot', modes: 'status=418', posts: 1, error: /HTTP 418/ },
  { name: 'hidden', modes: 'status=500;tells-secret', posts: 1, error: /HTTP 500/ },
  { name: 'reset', modes: 'reset', posts: 1, error: /connection broke/, outcome: 'unknown' },
  { name: 'cut', modes: 'cut', posts: 1, error: /./, outcome: 'unknown' },
  { name: 'ssecut', modes: 'sse-cut', posts: 1, error: /./, outcome: 'unknown' },
  { name: 'hang', modes: 'hang', posts: 1, error: /did not answer within/, outcome: 'unknown' },
  { name: 'silent', modes: 'silent', posts: 1, error: /did not answer within/, outcome: 'unknown' },
  { name: 'page', modes: 'type=text/html', posts: 1, error: /text\/html where JSON is expected/, outcome: 'unknown' },
  { name: 'empty', modes: 'empty', posts: 1, error: /cannot be used/, outcome: 'unknown' },
  { name: 'garbage', modes: 'garbage', posts: 1, error: /cannot be used/, outcome: 'unknown' },
  { name: 'endless', modes: 'endless', posts: 1, error: /limit|did not answer/, outcome: 'unknown' },
  { name: 'pretty', modes: 'pretty', posts: 1, result: 'pretty' },
  { name: 'chunks', modes: 'chunks', posts: 1, result: 'chunks' },
  { name: 'sse', modes: 'sse', posts: 1, result: 'sse' },
  { name: 'noise', modes: 'sse-noise', posts: 1, result: 'noise' },
];

describe.each(ERAS)('a %s server on HTTP', (era) => {
  const home = createTempHome();
  const log = home.file('evil.ndjson');
  const dressed = (modes: string): string => (era === 'legacy' ? `${modes};era=legacy` : modes);
  let http: EvilHttp;
  let stand: Stand;

  beforeAll(async () => {
    http = await startEvilHttp(log);
    const entry = (modes: string): UpstreamEntry => ({
      type: 'http',
      url: http.url(dressed(modes)),
      headers: { Authorization: `Bearer ${CANARY_HEADER}` },
    });
    stand = await openStand({
      era,
      home,
      servers: () => Object.fromEntries(CASES.map(({ name, modes }) => [name, entry(modes)])),
      hub: {
        limits: { resultBytes: 1024 * 1024 },
        servers: Object.fromEntries(
          CASES.map(({ name, settings }) => [name, { timeouts: { callMs: CALL_MS }, ...settings }]),
        ),
      },
    });
  }, 60_000);
  afterEach(() => expectSound(stand));
  afterAll(async () => {
    await http.stop();
    await closeSoundly(stand);
  }, 60_000);

  const seen = (modes: string): EvilEntry[] => {
    const path = new URL(http.url(dressed(modes))).pathname;
    return readEvilLog(log).filter(({ event, name }) => event === 'http' && name === path);
  };

  test.each(CASES)('F33 F34 $name: $modes', async (one) => {
    const { name, modes, tool = 'write', posts, result, error, outcome } = one;
    const key = `${name} ${era}`;
    const message = await stand.stdio.call(`${name}__${tool}`, { k: key, m: name });
    if (result !== undefined) expect(message.result).toMatchObject({ content: [{ text: result }] });
    if (error !== undefined) expect(message.error?.message).toMatch(error);
    if (outcome !== undefined) expect(failureOf(message).outcome).toBe(outcome);
    expect(JSON.stringify(message)).not.toContain(CANARY_HEADER);
    expect(stand.hub.stderr()).not.toContain(CANARY_HEADER);
    expect(seen(modes).filter(({ raw }) => raw?.includes(key))).toHaveLength(posts);
  });
});

describe('F33 a server that asks for fewer requests', () => {
  const WAIT_S = 2;

  test.concurrent.each(ERAS)(
    'F33 429 of a %s server: no request reaches it before the time it names',
    async (era) => {
      const home = createTempHome();
      const log = home.file('evil.ndjson');
      const http = await startEvilHttp(log);
      const modes = `status=429;times=1;retry-after=${WAIT_S}${era === 'legacy' ? ';era=legacy' : ''}`;
      const stand = await openStand({
        era,
        home,
        servers: () => ({ busy: { type: 'http', url: http.url(modes) } }),
        hub: { servers: { busy: { trusted: true } } },
      });
      const at = performance.now();
      const refused = await stand.stdio.call('busy__write', { k: `first ${era}` });
      expect(refused.error?.message).toMatch(/asks for fewer requests \(HTTP 429/);
      expect(failureOf(refused)).toMatchObject({ retryAfterMs: expect.any(Number) });
      // Ten more at once, of which none may come before that time, and `good` is not kept waiting.
      const waiting = Array.from({ length: 10 }, (_, index) =>
        stand.stdio.call(index % 2 === 0 ? 'busy__get' : 'busy__write', { k: `${index} ${era}` }),
      );
      expect((await stand.stdio.call('good__echo', { m: 'meanwhile' })).result).toBeDefined();
      const posts = (): EvilEntry[] =>
        readEvilLog(log).filter(({ event, raw }) => event === 'http' && raw?.includes('"tools/call"') === true);
      expect(posts()).toHaveLength(1);
      for (const { result } of await Promise.all(waiting)) expect(result).toBeDefined();
      expect(performance.now() - at).toBeGreaterThanOrEqual(WAIT_S * 1000 - 1);
      expect(posts()).toHaveLength(11);
      await expectSound(stand);
      await http.stop();
      await closeSoundly(stand);
    },
    60_000,
  );
});

describe('F35 T10 a server that points elsewhere', () => {
  const home = createTempHome();
  const log = home.file('evil.ndjson');
  let http: EvilHttp;
  let stand: Stand;
  let secret: Awaited<ReturnType<typeof listen>>;
  const names: string[] = [];

  beforeAll(async () => {
    http = await startEvilHttp(log);
    secret = await listen();
    const { port } = secret;
    const targets = [
      ...[301, 302, 303, 307, 308].map((code) => `redirect=http://127.0.0.1:${port}/x;code=${code}`),
      'redirect=http://169.254.169.254/latest/meta-data/',
      `redirect=http://localhost:${port}/x`,
      `redirect=http://[::1]:${port}/x`,
      `redirect=http://2130706433:${port}/x`,
      `redirect=http://0x7f000001:${port}/x`,
      `redirect=http://0177.0.0.1:${port}/x`,
      `redirect=http://127.1:${port}/x`,
      `redirect=http://[::ffff:127.0.0.1]:${port}/x`,
      `redirect=http://localhost.:${port}/x`,
      `redirect=http://a@127.0.0.1:${port}/x`,
      `redirect=//127.0.0.1:${port}/x`,
      'redirect=file:///etc/passwd',
      'redirect=javascript:alert(1)',
      `redirect=ws://127.0.0.1:${port}/x`,
      `oauth=http://127.0.0.1:${port}/m`,
      `oauth=http://169.254.169.254/m`,
      'oauth=file:///etc/passwd',
      'oauth=javascript:alert(1)',
    ];
    const servers = Object.fromEntries(
      targets.flatMap((modes, index) =>
        (['http', 'sse'] as const).map((type): [string, UpstreamEntry] => [
          `${type}${index}`,
          { type, url: http.url(modes), headers: { Authorization: `Bearer ${CANARY_HEADER}` } },
        ]),
      ),
    );
    names.push(...Object.keys(servers));
    stand = await openStand({
      home,
      servers: () => servers,
      waitFor: ['good__echo'],
      hub: { timeouts: { firstListMs: 2_000 } },
    });
  }, 60_000);
  afterEach(() => expectSound(stand));
  afterAll(async () => {
    await http.stop();
    secret.server.close();
    await closeSoundly(stand);
  }, 60_000);

  test('F35 no redirect and no metadata is followed to another place, and each says why', async () => {
    expect(names.length).toBeGreaterThan(30);
    // All of them are started at once: on a busy machine a call may come before its server has been asked.
    const refusalOf = (name: string): Promise<WireMessage> =>
      eventually(`the refusal of ${name}`, async () => {
        const message = await stand.stdio.call(`${name}__echo`, { m: 'x' });
        return message.error?.message.includes('is still being started') ? undefined : message;
      });
    const messages = await Promise.all(names.map(refusalOf));
    for (const [index, message] of messages.entries())
      expect(message.error?.message, names[index]).toMatch(
        /which is not followed|wants a login|cannot be|redirect|did not/,
      );
    expect(secret.hits()).toBe(0);
    expect(JSON.stringify(messages)).not.toContain(CANARY_HEADER);
  }, 20_000);

  test('F35 a POST stays a POST, wherever it was sent', () => {
    const requests = readEvilLog(log).filter(({ event, name }) => event === 'http' && name.startsWith('/redirect'));
    const withBody = requests.filter(({ raw }) => raw !== '');
    expect(withBody.length).toBeGreaterThan(10);
    for (const { method } of withBody as unknown as { method: string }[]) expect(method).toBe('POST');
    // A GET is the stream of HTTP+SSE, or none.
    const paths = new Set(requests.map(({ name }) => name));
    for (const path of paths) expect(path.endsWith('/mcp')).toBe(true);
  });
});

describe('T12 what a client sends for itself', () => {
  test('T12 no credential, cookie or session of a client goes on to a server', async () => {
    const home = createTempHome();
    const log = home.file('evil.ndjson');
    const http = await startEvilHttp(log);
    const stand = await openStand({
      home,
      http: true,
      servers: () => ({ web: { type: 'http', url: http.url('') } }),
    });
    const client = await stand.client('modern on HTTP');
    await client.call('web__echo', { m: 'warm' });
    const params = { name: 'web__echo', arguments: { m: 'T12' }, _meta: modernMeta() };
    const canaries = {
      cookie: 'c=CANARY2',
      'proxy-authorization': 'Basic CANARY3',
      'mcp-session-id': 'CANARY4',
      'x-api-key': 'CANARY5',
      forwarded: 'for=CANARY6',
      'x-forwarded-for': 'CANARY7',
    };
    stand.count.sent += 1;
    const answer = await stand.raw.send({
      headers: { ...modernHeaders(stand.token, 'tools/call', params), ...canaries },
      body: { jsonrpc: '2.0', id: 1, method: 'tools/call', params },
    });
    expect(answer.message.result).toMatchObject({ content: [{ text: 'T12' }] });
    const requests = JSON.stringify(readEvilLog(log).filter(({ event }) => event === 'http'));
    expect(requests).toContain('T12');
    expect(requests).not.toContain('CANARY');
    expect(requests).not.toContain(stand.token);
    // A token of somebody else is no token.
    const foreign = await stand.raw.send({
      headers: { ...modernHeaders('eyJhbGciOiJub25lIn0.eyJhdWQiOiJvdGhlciJ9.', 'tools/call', params) },
      body: { jsonrpc: '2.0', id: 1, method: 'tools/call', params },
    });
    expect(foreign.status).toBe(401);
    await expectSound(stand);
    await http.stop();
    await closeSoundly(stand);
  }, 60_000);
});
