import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { postHeaders } from '../downstream/http/support/raw-client.ts';
import { modernMeta } from '../e2e/support/conversation.ts';
import { linesTo, readEvilLog } from '../e2e/support/evil-log.ts';
import { eventually } from '../e2e/support/processes.ts';
import { runCommand } from '../e2e/support/run-command.ts';
import { createTempHome } from '../e2e/support/temp-home.ts';
import { modernHeaders, openLegacySession } from './support/clients.ts';
import { evilServer } from './support/evil-server.ts';
import { callRows, closeSoundly, expectSound } from './support/invariants.ts';
import { openStand, type Stand } from './support/stand.ts';
import { expectWithin } from './support/within.ts';

type Headers = Record<string, string | string[]>;

let stand: Stand;
beforeAll(async () => {
  stand = await openStand({
    http: true,
    servers: (log) => ({ evil: evilServer('evil', log), young: evilServer('young', log, { era: 'modern' }) }),
  });
}, 60_000);
afterEach(() => expectSound(stand));
afterAll(async () => {
  await closeSoundly(stand);
}, 60_000);

const port = (): string => new URL(stand.url).port;
const echo = { name: 'evil__echo', arguments: { m: 'x' } };
const bodyOf = (params: object, method = 'tools/call') => ({
  jsonrpc: '2.0',
  id: 1,
  method,
  params: { ...params, _meta: modernMeta() },
});
const echoHeaders = (): Headers => modernHeaders(stand.token, 'tools/call', echo);
const callsOfEvil = (): number => linesTo(stand.evilLog, 'evil').filter((line) => line.includes('tools/call')).length;

/** Writes a POST to the endpoint as bytes, with whatever is in the headers. */
const writeRequest = (socket: Socket, headers: Headers, body: string): void => {
  const all = { host: `127.0.0.1:${port()}`, 'content-length': String(body.length), ...headers };
  const lines = Object.entries(all).map(([name, text]) => `${name}: ${String(text)}`);
  socket.write(`POST /mcp HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
};

const FOREIGN: readonly (readonly [what: string, headers: (port: string) => Headers, status: number])[] = [
  ['another host', () => ({ host: 'evil.com' }), 403],
  ['a host that begins as ours', () => ({ host: '127.0.0.1.evil.com' }), 403],
  ['a host that begins with localhost', () => ({ host: 'localhost.evil.com' }), 403],
  ['a host that ends as ours', () => ({ host: 'evil.localhost' }), 403],
  ['a host with a user', () => ({ host: 'localhost@evil.com' }), 403],
  ['a host of another spelling of the loopback', () => ({ host: '2130706433' }), 403],
  ['a foreign origin', () => ({ origin: 'http://evil.com' }), 403],
  ['the origin null', () => ({ origin: 'null' }), 403],
  ['an origin that begins with localhost', () => ({ origin: 'http://localhost.evil.com' }), 403],
  ['an origin that begins with ::1', () => ({ origin: 'http://[::1].evil.example' }), 403],
  ['an origin of a file', () => ({ origin: 'file://' }), 403],
  ['an origin of an extension', () => ({ origin: 'chrome-extension://abcdef' }), 403],
  ['an origin with a path', (at) => ({ origin: `http://localhost:${at}/x` }), 403],
  ['an origin with a user', (at) => ({ origin: `http://evil.com@localhost:${at}` }), 403],
  ['two origins', (at) => ({ origin: [`http://localhost:${at}`, 'http://evil.com'] }), 403],
  ['text as its type', () => ({ 'content-type': 'text/plain' }), 415],
  ['a form as its type', () => ({ 'content-type': 'application/x-www-form-urlencoded' }), 415],
  ['a type that begins as JSON', () => ({ 'content-type': 'application/jsonx' }), 415],
  ['two types', () => ({ 'content-type': ['application/json', 'text/plain'] }), 415],
  ['a packed body', () => ({ 'content-encoding': 'gzip' }), 415],
];

const OURS: readonly (readonly [what: string, headers: (port: string) => Headers])[] = [
  ['localhost', (at) => ({ host: `localhost:${at}` })],
  ['LOCALHOST', (at) => ({ host: `LOCALHOST:${at}` })],
  ['[::1]', (at) => ({ host: `[::1]:${at}` })],
  ['127.0.0.1', (at) => ({ host: `127.0.0.1:${at}` })],
  ['its own origin', (at) => ({ origin: `http://127.0.0.1:${at}` })],
  ['JSON with a charset', () => ({ 'content-type': 'application/json; charset=utf-8' })],
];

describe('T1 what a web page could send', () => {
  test.each(FOREIGN)('T1 F29 %s is refused, on every route, and reaches nobody', async (_what, headers, status) => {
    const before = callsOfEvil();
    const answer = await stand.raw.send({ headers: { ...echoHeaders(), ...headers(port()) }, body: bodyOf(echo) });
    expect(answer.status).toBe(status);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    if (status === 403) {
      for (const [method, path] of [
        ['GET', '/health'],
        ['GET', '/mcp'],
        ['GET', '/nothing'],
        ['OPTIONS', '/mcp'],
      ] as const) {
        const other = await stand.raw.send({ method, path, headers: { ...headers(port()) } });
        expect(other.status, `${method} ${path}`).toBe(403);
        expect(other.headers['access-control-allow-origin']).toBeUndefined();
      }
    }
    expect(callsOfEvil()).toBe(before);
  });

  test.each(OURS)('T1 %s is served', async (_what, headers) => {
    stand.count.sent += 1;
    const answer = await stand.raw.send({ headers: { ...echoHeaders(), ...headers(port()) }, body: bodyOf(echo) });
    expect([answer.status, answer.message.result !== undefined]).toEqual([200, true]);
  });

  test('T1 a page of another site may not ask beforehand either', async () => {
    const answer = await stand.raw.send({
      method: 'OPTIONS',
      headers: { origin: 'http://evil.com', 'access-control-request-method': 'POST' },
    });
    expect(answer.status).toBe(403);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});

describe('F29 methods and paths', () => {
  const modern = (): Headers => ({ ...postHeaders(stand.token), 'mcp-protocol-version': '2026-07-28' });

  test.each(['GET', 'DELETE', 'PUT', 'PATCH', 'HEAD'])(
    'F29 %s is 405 for a modern client, and says what is allowed',
    async (method) => {
      const answer = await stand.raw.send({ method, headers: modern() });
      expect(answer.status).toBe(405);
      expect(answer.headers['allow']).toContain('POST');
    },
  );

  test.each([
    '/mcp/../admin',
    '//mcp',
    '/MCP',
    '/mcp/',
    '/mcp/x',
    '/',
    '/admin',
    '/mcp%2f',
    '/%6dcp',
    '/.well-known/x',
    '/api/servers',
  ])('F29 %s is 404', async (path) => {
    expect((await stand.raw.send({ path, headers: echoHeaders(), body: bodyOf(echo) })).status).toBe(404);
  });

  test.each([
    ['no JSON', '{"jsonrpc":', 400, -32700],
    ['nothing', '', 400, -32700],
    ['a batch', '[]', 400, -32600],
    ['no version', '{"id":1,"method":"ping"}', 400, -32600],
  ] as const)('F29 a body that is %s is refused with %s', async (_what, body, status, code) => {
    const answer = await stand.raw.send({ headers: echoHeaders(), body });
    expect([answer.status, answer.message.error?.code]).toEqual([status, code]);
  });
});

describe('F30 headers that do not repeat the body', () => {
  const mismatch = [400, -32020];
  const CASES: readonly (readonly [what: string, headers: Headers])[] = [
    ['another name', { 'mcp-name': 'good__echo' }],
    ['the name in capitals', { 'mcp-name': 'EVIL__ECHO' }],
    ['two names', { 'mcp-name': ['evil__echo', 'good__echo'] }],
    ['an empty name', { 'mcp-name': '' }],
    ['another method', { 'mcp-method': 'tools/list' }],
    ['the method in capitals', { 'mcp-method': 'Tools/Call' }],
    ['another version than the body', { 'mcp-protocol-version': '2025-11-25' }],
    ['a base64 that is none', { 'mcp-name': '=?base64?!!!?=' }],
    ['a base64 of another name', { 'mcp-name': `=?base64?${Buffer.from('good__echo').toString('base64')}?=` }],
  ];

  test.each(CASES)('F30 %s', async (_what, headers) => {
    const before = callsOfEvil();
    stand.count.sent += 1;
    const answer = await stand.raw.send({ headers: { ...echoHeaders(), ...headers }, body: bodyOf(echo) });
    expect([answer.status, answer.message.error?.code]).toEqual(mismatch);
    expect(callsOfEvil()).toBe(before);
  });

  test.each(['mcp-name', 'mcp-method'])('F30 without %s', async (missing) => {
    const { [missing]: _, ...headers } = echoHeaders();
    stand.count.sent += 1;
    const answer = await stand.raw.send({ headers, body: bodyOf(echo) });
    expect([answer.status, answer.message.error?.code]).toEqual(mismatch);
  });

  test('F30 a version that nobody speaks is told which there are', async () => {
    const meta = { ...modernMeta(), 'io.modelcontextprotocol/protocolVersion': '1900-01-01' };
    stand.count.sent += 1;
    const answer = await stand.raw.send({
      headers: { ...echoHeaders(), 'mcp-protocol-version': '1900-01-01' },
      body: { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { ...echo, _meta: meta } },
    });
    expect(answer.status).toBe(400);
    expect(answer.message.error).toMatchObject({
      code: -32022,
      data: { supported: expect.arrayContaining(['2026-07-28']) },
    });
  });

  test('F30 a name in base64 is understood', async () => {
    stand.count.sent += 1;
    const headers = { ...echoHeaders(), 'mcp-name': `=?base64?${Buffer.from('evil__echo').toString('base64')}?=` };
    expect((await stand.raw.send({ headers, body: bodyOf(echo) })).message.result).toBeDefined();
  });

  test.each(['evil__echo\r\nx-more: 1', 'evil__echo\0'])(
    'F30 a header with bytes that HTTP cannot carry is 400: %j',
    async (value) => {
      const before = callsOfEvil();
      const socket = connect({ host: '127.0.0.1', port: Number(port()) });
      await once(socket, 'connect');
      writeRequest(socket, { ...echoHeaders(), 'mcp-name': value, connection: 'close' }, JSON.stringify(bodyOf(echo)));
      let text = '';
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      socket.on('error', () => {});
      await once(socket, 'close');
      // A line feed that HTTP allows only ends the header: then the rest is a header of its own, and the call is right.
      if (text.startsWith('HTTP/1.1 200')) {
        stand.count.sent += 1;
        expect(value).toContain('\r\n');
      } else {
        expect(text).toMatch(/^HTTP\/1\.1 400 /);
        expect(callsOfEvil()).toBe(before);
      }
    },
  );
});

describe('F32 a client whose connection ends while its call is under way', () => {
  const eventsOf = (name: string, event: string) =>
    readEvilLog(stand.evilLog).filter((entry) => entry.name === name && entry.event === event);
  const cancels = (name: string): number => eventsOf(name, 'cancel').length;
  let ms = 20_000;

  /** Begins a call on a connection of its own. */
  const begin = async (name: string, headersFor: (params: object) => Headers, params: object) => {
    ms += 1;
    const called = { name: `${name}__slow`, arguments: { ms }, ...params };
    stand.count.sent += 1;
    const body = JSON.stringify({ jsonrpc: '2.0', id: 'f32', method: 'tools/call', params: called });
    const socket = connect({ host: '127.0.0.1', port: Number(port()), allowHalfOpen: true });
    socket.on('error', () => {});
    await once(socket, 'connect');
    writeRequest(socket, headersFor(called), body);
    await eventually('the call', () => eventsOf(name, 'in').some(({ raw }) => raw?.includes(`"ms":${ms}`)));
    return socket;
  };
  const beginModern = (name: string) =>
    begin(name, (params) => modernHeaders(stand.token, 'tools/call', params), { _meta: modernMeta() });

  test.each(['evil', 'young'])('F32 %s is told at once, and the log says that it was cancelled', async (name) => {
    const before = cancels(name);
    const socket = await beginModern(name);
    const at = performance.now();
    socket.destroy();
    await eventually('the cancellation', () => cancels(name) === before + 1);
    expectWithin(at, 500);
    await eventually('its row', () => callRows(stand).at(-1)?.outcome === 'cancelled');
  });

  test('F32 one that only ends its own side counts as gone too', async () => {
    const before = cancels('evil');
    const socket = await beginModern('evil');
    socket.end();
    await eventually('the cancellation', () => cancels('evil') === before + 1);
    socket.destroy();
  });

  test('F32 a session goes on: its call is not cancelled by that, but by the end of the session', async () => {
    const before = cancels('evil');
    const session = await openLegacySession(stand.raw, stand.token);
    const socket = await begin('evil', () => session, {});
    socket.destroy();
    const ping = { jsonrpc: '2.0', id: 2, method: 'ping' };
    expect((await stand.raw.send({ headers: session, body: ping })).status).toBe(200);
    expect(cancels('evil')).toBe(before);
    await stand.raw.send({ method: 'DELETE', headers: session });
    await eventually('the cancellation', () => cancels('evil') === before + 1);
  });
});

describe('T2 T3 T4 who may come in', () => {
  const statusWith = async (authorization: string | undefined, path = '/mcp'): Promise<number> => {
    const { authorization: _, ...headers } = echoHeaders();
    const answer = await stand.raw.send({
      path,
      headers: { ...headers, ...(authorization && { authorization }) },
      body: bodyOf(echo),
    });
    if (answer.status === 401) expect(answer.headers['www-authenticate']).toMatch(/^Bearer /);
    if (answer.status === 200) stand.count.sent += 1;
    return answer.status;
  };

  test('T2 only who has the whole token', async () => {
    const { token } = stand;
    expect(token.length).toBeGreaterThanOrEqual(43);
    expect(await statusWith(undefined)).toBe(401);
    expect(await statusWith(`Bearer ${token.slice(0, -1)}`)).toBe(401);
    expect(await statusWith(`Bearer ${token}x`)).toBe(401);
    expect(await statusWith(`Bearer  ${token.toUpperCase()}`)).toBe(401);
    expect(await statusWith(token)).toBe(401);
    expect(await statusWith(`Basic ${token}`)).toBe(401);
    expect(await statusWith(undefined, `/mcp?token=${token}`)).toBe(401);
    expect(await statusWith(undefined, `/mcp?access_token=${token}`)).toBe(401);
    expect(await statusWith(`bearer ${token}`)).toBe(200);
    expect(await statusWith(`Bearer ${token}`)).toBe(200);
  });

  test.runIf(process.platform === 'linux')('T2 it listens on this machine alone', () => {
    const listening = ['tcp', 'tcp6'].flatMap((file) =>
      readFileSync(`/proc/${stand.hub.pid}/net/${file}`, 'latin1')
        .split('\n')
        .map((line) => line.trim().split(/\s+/))
        .filter(
          ([, local, , state]) =>
            state === '0A' && local?.endsWith(`:${Number(port()).toString(16).toUpperCase().padStart(4, '0')}`),
        )
        .map(([, local]) => local?.split(':')[0]),
    );
    expect(listening.length).toBeGreaterThan(0);
    for (const address of listening) expect(['0100007F', '00000000000000000000000001000000']).toContain(address);
  });

  test.each(['0.0.0.0', '::', '192.0.2.1'])('T2 it does not serve %s without a token', async (host) => {
    const home = createTempHome();
    const { code, stderr } = await runCommand(['serve', '--http', '0', '--host', host, '--no-auth'], { home });
    expect(code).not.toBe(0);
    expect(stderr).toContain('token');
    home.remove();
  });

  test('T3 the token is in no argument, no log and no output, and each installation has its own', async () => {
    const { token, home, hub } = stand;
    if (process.platform === 'linux') expect(readFileSync(`/proc/${hub.pid}/cmdline`, 'latin1')).not.toContain(token);
    expect(hub.stderr()).not.toContain(token);
    const kept = readdirSync(home.stateDir, { withFileTypes: true }).filter((entry) => entry.isFile());
    for (const { name } of kept)
      if (name !== 'http-token') expect(readFileSync(`${home.stateDir}/${name}`, 'latin1'), name).not.toContain(token);
    const other = createTempHome();
    const { stdout } = await runCommand(['token'], { home: other });
    expect(stdout.trim()).not.toBe(token);
    await runCommand(['token', 'rotate'], { home: other });
    expect((await runCommand(['token'], { home: other })).stdout).not.toBe(stdout);
    other.remove();
  });

  test.runIf(process.platform !== 'win32')('T28 what it keeps is for its user alone', () => {
    const { stateDir } = stand.home;
    expect(statSync(stateDir).mode & 0o077).toBe(0);
    for (const name of readdirSync(stateDir)) expect(statSync(`${stateDir}/${name}`).mode & 0o077, name).toBe(0);
  });

  const RUNS = { command: 'touch', args: ['pwn'], env: {}, url: 'http://127.0.0.1:1/' };
  test.each([
    '/api/servers',
    '/test/connection',
    '/mcp-rest/test/connection',
    '/servers',
    '/config',
    '/sse',
    '/message',
  ])('T4 %s starts nothing', async (path) => {
    const answer = await stand.raw.send({ path, headers: postHeaders(stand.token), body: RUNS });
    expect([404, 405]).toContain(answer.status);
    expect(existsSync(stand.home.file('work/pwn'))).toBe(false);
  });

  test.each(['servers/add', 'hub/spawn', 'config/set', 'tools/run'])(
    'T4 the method %s is not known',
    async (method) => {
      const answer = await stand.raw.send({
        headers: modernHeaders(stand.token, method, {}),
        body: bodyOf(RUNS, method),
      });
      expect(answer.message.error?.code).toBe(-32601);
      expect(existsSync(stand.home.file('work/pwn'))).toBe(false);
    },
  );
});
