import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifies } from '../../e2e/requirements/verifies.ts';
import { modernMeta } from '../../e2e/support/conversation.ts';
import { linesTo } from '../../e2e/support/evil-log.ts';
import { type HttpHub, startHttpHub } from './support/http-hub.ts';
import { postHeaders } from './support/raw-client.ts';

let hub: HttpHub;
beforeAll(async () => {
  hub = await startHttpHub({ hub: { limits: { httpBodyBytes: 4096 } } });
  // The upstream is there, so that a call that is let through reaches it.
  await hub.modern('tools/call', { name: 'one__echo', arguments: { m: 'first' } });
});
afterAll(() => hub.stop());

const call = (m: string) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'one__echo', arguments: { m }, _meta: modernMeta() },
});

const callHeaders = (): Record<string, string> => ({
  ...postHeaders(hub.token),
  'mcp-protocol-version': '2026-07-28',
  'mcp-method': 'tools/call',
  'mcp-name': 'one__echo',
});

const port = (): string => new URL(hub.server.url).port;

const REFUSED: readonly (readonly [string, Record<string, string | string[]>, number])[] = [
  ['Host: evil.com', { host: 'evil.com' }, 403],
  ['Host: 127.0.0.1.evil.com', { host: '127.0.0.1.evil.com' }, 403],
  ['Host: localhost.evil.com', { host: 'localhost.evil.com' }, 403],
  ['Host: localhost@evil.com', { host: 'localhost@evil.com' }, 403],
  ['Host: 0.0.0.0', { host: '0.0.0.0' }, 403],
  ['Host: 127.1', { host: '127.1' }, 403],
  ['Host: localhost.', { host: 'localhost.' }, 403],
  ['Origin: http://evil.com', { origin: 'http://evil.com' }, 403],
  ['Origin: null', { origin: 'null' }, 403],
  ['an empty Origin', { origin: '' }, 403],
  ['Origin: http://localhost.evil.com', { origin: 'http://localhost.evil.com' }, 403],
  ['Origin: http://[::1].evil.example', { origin: 'http://[::1].evil.example' }, 403],
  ['Origin: file://', { origin: 'file://' }, 403],
  ['two Origins', { origin: ['http://localhost', 'http://localhost'] }, 403],
  ['Content-Type: text/plain', { 'content-type': 'text/plain' }, 415],
  ['Content-Type: application/json-patch+json', { 'content-type': 'application/json-patch+json' }, 415],
  ['no Content-Type', { 'content-type': [] }, 415],
  ['Content-Encoding: gzip', { 'content-encoding': 'gzip' }, 415],
  ['Accept: application/json', { accept: 'application/json' }, 406],
  ['Accept: text/html', { accept: 'text/html' }, 406],
];

describe('a POST is refused, and reaches no upstream,', () => {
  test.each(REFUSED)('with %s', async (_what, headers, status) => {
    const answer = await hub.raw.send({ headers: { ...callHeaders(), ...headers }, body: call('pwned') });
    expect(answer.status).toBe(status);
    expect(answer.message.error?.message).toMatch(/^Refused: /);
    expect(linesTo(hub.log, 'one').join()).not.toContain('pwned');
  });
});

describe('a POST is taken', () => {
  test.each([
    ['Host: localhost:PORT', { host: 'localhost:PORT' }],
    ['Host: LOCALHOST', { host: 'LOCALHOST' }],
    ['Host: [::1]:PORT', { host: '[::1]:PORT' }],
    ['Host: 127.0.0.1:PORT', { host: '127.0.0.1:PORT' }],
    ['Origin: http://localhost:3000', { origin: 'http://localhost:3000' }],
    ['Origin: https://127.0.0.1', { origin: 'https://127.0.0.1' }],
    ['Content-Type: Application/JSON; charset=utf-8', { 'content-type': 'Application/JSON; charset=utf-8' }],
    ['Accept: */*', { accept: '*/*' }],
    ['Accept with weights', { accept: 'text/event-stream;q=0.5, application/*' }],
  ])('with %s', async (_what, headers) => {
    const filled = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value.replace('PORT', port())]),
    );
    const answer = await hub.raw.send({ headers: { ...callHeaders(), ...filled }, body: call('ok') });
    expect(answer.status).toBe(200);
  });
});

describe('a foreign page gets nothing from', () => {
  test.each([
    ['GET', '/health'],
    ['GET', '/mcp'],
    ['DELETE', '/mcp'],
    ['OPTIONS', '/mcp'],
    ['GET', '/'],
    ['PUT', '/mcp'],
  ])('%s %s', async (method, path) => {
    verifies('http:origin');
    for (const headers of [{ origin: 'http://evil.com' }, { host: 'rebound.example' }]) {
      const answer = await hub.raw.send({ method, path, headers });
      expect(answer.status).toBe(403);
      expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });
});

describe('what is not there', () => {
  const withToken = () => ({ authorization: `Bearer ${hub.token}` });

  test.each(['/', '/admin', '/mcp/', '/mcp/../admin', '//mcp', '/api/servers', '/test/connection', '/MCP', '/mcp%2f'])(
    '%s is 404',
    async (path) => {
      verifies('http:endpoint');
      const body = { command: 'touch', args: ['pwn'] };
      const answer = await hub.raw.send({ path, headers: { ...postHeaders(), ...withToken() }, body });
      expect(answer.status).toBe(404);
    },
  );

  test.each([
    ['GET', 'POST'],
    ['DELETE', 'POST'],
    ['PUT', 'POST, GET, DELETE'],
    ['PATCH', 'POST, GET, DELETE'],
    ['OPTIONS', 'POST, GET, DELETE'],
    ['HEAD', 'POST, GET, DELETE'],
  ])('%s without a session is 405 and says what is allowed', async (method, allow) => {
    verifies('http:get-delete');
    const answer = await hub.raw.send({ method, headers: withToken() });
    expect([answer.status, answer.headers.allow]).toEqual([405, allow]);
  });

  test('health is only read', async () => {
    const answer = await hub.raw.send({ path: '/health', headers: postHeaders(), body: {} });
    expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, HEAD']);
  });
});

test('health says that the hub lives, and nothing else, to anybody on this machine', async () => {
  const answer = await hub.raw.send({ method: 'GET', path: '/health' });
  expect([answer.status, answer.text]).toEqual([200, '{"status":"ok"}']);
});

describe('a body that is too large is answered with 413', () => {
  const large = () => JSON.stringify(call('x'.repeat(200_000)));

  test('where its length is announced', async () => {
    const answer = await hub.raw.send({ headers: callHeaders(), body: large() });
    expect(answer.status).toBe(413);
    expect(answer.message.error?.message).toContain('hub.limits.httpBodyBytes');
  });

  test('where it is not', async () => {
    const headers = { ...callHeaders(), 'transfer-encoding': 'chunked' };
    expect((await hub.raw.send({ headers, body: large() })).status).toBe(413);
  });

  test('before it is sent, where the client asks first', async () => {
    const answer = await exchange(
      [
        'POST /mcp HTTP/1.1',
        `Host: localhost:${port()}`,
        `Authorization: Bearer ${hub.token}`,
        'Content-Type: application/json',
        'Accept: */*',
        'Content-Length: 9999999',
        'Expect: 100-continue',
      ],
      '',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  });
});

test('a client that asks first is told to go on', async () => {
  const body = JSON.stringify(call('asked'));
  const head = Object.entries({ ...callHeaders(), host: 'localhost', expect: '100-continue', connection: 'close' });
  const lines = head.map(([name, value]) => `${name}: ${value}`);
  const answer = await exchange(['POST /mcp HTTP/1.1', ...lines, `Content-Length: ${body.length}`], body);
  expect(answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
});

describe('a head that is no HTTP is refused:', () => {
  test('431 where it is too large', async () => {
    expect(await exchange(['GET /health HTTP/1.1', `X: ${'x'.repeat(20_000)}`], '')).toMatch(/^HTTP\/1\.1 431 /);
  });

  test('400 where a header has a line feed or a control character', async () => {
    verifies('http:standard-headers:invalid');
    for (const value of ['a\nb', 'a\0b'])
      expect(await exchange(['GET /health HTTP/1.1', 'Host: localhost', `Mcp-Name: ${value}`], '')).toMatch(
        /^HTTP\/1\.1 400 /,
      );
  });

  test('400 where the length is given in two ways', async () => {
    const lines = ['POST /mcp HTTP/1.1', 'Host: localhost', 'Content-Length: 5', 'Transfer-Encoding: chunked'];
    expect(await exchange(lines, '0\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  });

  test('403 where the Host is empty', async () => {
    expect(await exchange(['GET /health HTTP/1.1', 'Host:', 'Connection: close'], '')).toMatch(/^HTTP\/1\.1 403 /);
  });

  test('400 without a Host', async () => {
    expect(await exchange(['GET /health HTTP/1.1'], '')).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe('a body that is no message is answered with 400', () => {
  test.each([
    ['not JSON', '{"jsonrpc":', -32700],
    ['empty', '', -32700],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22]), -32700],
    ['a batch', `[${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' })}]`, -32600],
    ['a number', '42', -32600],
    ['of another version', '{"jsonrpc":"1.0","id":1,"method":"ping"}', -32600],
    [
      'nested too deep',
      `{"jsonrpc":"2.0","id":1,"method":"x","params":${'{"a":'.repeat(500)}1${'}'.repeat(500)}}`,
      -32600,
    ],
  ])('where it is %s', async (_what, body, code) => {
    verifies('http:post:one-message');
    const answer = await hub.raw.send({ headers: callHeaders(), body });
    expect([answer.status, answer.message.error?.code]).toEqual([400, code]);
  });
});

/** Writes lines as the head of a request, and gives all that comes back. */
const exchange = (lines: readonly string[], body: string): Promise<string> => {
  const { hostname } = new URL(hub.server.url);
  const socket = connect({ host: hostname, port: Number(port()) });
  socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`);
  return text(socket);
};
