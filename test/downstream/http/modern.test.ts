import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifies } from '../../e2e/requirements/verifies.ts';
import { modernMeta } from '../../e2e/support/conversation.ts';
import { readEvilLog } from '../../e2e/support/evil-log.ts';
import { eventually } from '../../e2e/support/processes.ts';
import type { WireMessage } from '../../e2e/support/received.ts';
import { createTempHome } from '../../e2e/support/temp-home.ts';
import { legacyServer } from '../../e2e/support/upstreams.ts';
import { type HttpHub, startHttpHub } from './support/http-hub.ts';
import { postHeaders } from './support/raw-client.ts';

const home = createTempHome();
const log = home.file('one.log');
let hub: HttpHub;

beforeAll(async () => {
  const params = fileURLToPath(new URL('support/param-server.mjs', import.meta.url));
  hub = await startHttpHub({
    mcpServers: { one: legacyServer('one', { log }), params: { command: process.execPath, args: [params] } },
  });
  await hub.modern('tools/list');
});
afterAll(async () => {
  await hub.stop();
  home.remove();
});

const textOf = ({ result }: WireMessage): string =>
  ((result?.['content'] ?? []) as { text?: string }[]).map(({ text }) => text).join();

const echo = (m: string, options?: Parameters<HttpHub['modern']>[2]) =>
  hub.modern('tools/call', { name: 'one__echo', arguments: { m } }, options);

const cancels = () => readEvilLog(log).filter(({ event, known }) => event === 'cancel' && known === true).length;

describe('a request without a session', () => {
  test('is answered with a JSON body where the answer comes alone', async () => {
    verifies('http:response:json-or-stream');
    const answer = await echo('Grüße');
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.message).toMatchObject({ id: 1, result: { resultType: 'complete' } });
    expect(textOf(answer.message)).toBe('Grüße');
  });

  test('gets no session, also when it brings one', async () => {
    verifies('version:dual-era:modern-request', 'http:stream:not-resumable', 'http:session:ignored');
    const answer = await hub.modern(
      'server/discover',
      {},
      { headers: { 'mcp-session-id': 'x', 'last-event-id': 'y.1' } },
    );
    expect(answer.message.result?.['supportedVersions']).toContain('2026-07-28');
    expect(answer.headers).not.toHaveProperty('mcp-session-id');
  });

  test('is answered on a stream where something comes before the answer', async () => {
    verifies('http:response:json-or-stream', 'http:stream:unbuffered', 'http:stream:not-resumable');
    const params = { name: 'one__progress', arguments: { steps: 3 } };
    const answer = await hub.modern('tools/call', params, { meta: { progressToken: 'p' } });
    expect(answer.headers['content-type']).toBe('text/event-stream');
    expect(answer.headers['x-accel-buffering']).toBe('no');
    expect(answer.messages.map(({ method, id }) => method ?? id)).toEqual([
      ...Array.from({ length: 3 }, () => 'notifications/progress'),
      1,
    ]);
    expect(answer.text).not.toMatch(/^id:/m);
  });

  test('is answered on a stream where it takes long, so that nothing takes its connection for dead', async () => {
    verifies('http:stream:ends');
    const stream = await hub.openModern('tools/call', { name: 'one__slow', arguments: { ms: 5_300 } });
    expect(stream.headers['content-type']).toBe('text/event-stream');
    expect(stream.events).toEqual([]);
    expect(textOf((await stream.next(() => true)).message as WireMessage)).toBe('waited 5300');
    await stream.ended();
  });

  test('keeps its id to itself: many at once with equal ids each get their own answer', async () => {
    verifies('http:stream:own-messages');
    const words = Array.from({ length: 40 }, (_, index) => `word ${index}`);
    const answers = await Promise.all(words.map((word) => echo(word, { id: 7 })));
    expect(answers.map(({ message }) => [message.id, textOf(message)])).toEqual(words.map((word) => [7, word]));
  });

  test.each([
    ['of a method that is not known', 'nonsense/method', 404, -32601],
    ['of the other era', 'ping', 404, -32601],
    ['to open a session', 'resources/subscribe', 404, -32601],
  ])('%s is answered with its status', async (_what, method, status, code) => {
    verifies('http:unknown-method');
    const answer = await hub.modern(method, {});
    expect([answer.status, answer.message.error?.code, answer.message.id]).toEqual([status, code, 1]);
  });

  test('for a tool that is not known has an error in an answer that is well', async () => {
    verifies('tools:error:protocol');
    const answer = await hub.modern('tools/call', { name: 'one__nothing', arguments: {} });
    expect([answer.status, answer.message.error?.code]).toEqual([200, -32602]);
  });

  test('without its envelope is refused', async () => {
    verifies('base:meta:required:http');
    const headers = { ...postHeaders(hub.token), 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/list' };
    const answer = await hub.raw.send({ headers, body: { jsonrpc: '2.0', id: 1, method: 'tools/list' } });
    expect([answer.status, answer.message.error?.code]).toEqual([400, -32602]);
  });
});

describe('headers that say something else than the body are refused:', () => {
  test.each([
    ['Mcp-Name is wrong', { 'mcp-name': 'one__big' }],
    ['Mcp-Name is missing', { 'mcp-name': undefined }],
    ['Mcp-Name differs in case', { 'mcp-name': 'One__Echo' }],
    ['Mcp-Name is another, encoded', { 'mcp-name': '=?base64?b25lX19iaWc=?=' }],
    ['Mcp-Name is badly encoded', { 'mcp-name': '=?base64?b25lX19lY2hv=?=' }],
    ['Mcp-Method is wrong', { 'mcp-method': 'tools/list' }],
    ['Mcp-Method is missing', { 'mcp-method': undefined }],
    ['Mcp-Method is encoded', { 'mcp-method': '=?base64?dG9vbHMvY2FsbA==?=' }],
    ['MCP-Protocol-Version is another', { 'mcp-protocol-version': '2025-11-25' }],
    ['MCP-Protocol-Version is missing', { 'mcp-protocol-version': undefined }],
  ])('%s', async (_what, headers) => {
    verifies('http:version-header:checked', 'http:standard-headers:checked', 'http:standard-headers:case');
    const answer = await echo('pwned', { headers });
    expect([answer.status, answer.message.error?.code, answer.message.id]).toEqual([400, -32020, 1]);
    expect(readEvilLog(log).some(({ raw }) => raw?.includes('pwned'))).toBe(false);
  });

  test('but an encoded name is read', async () => {
    verifies('http:standard-headers:decoded');
    const encoded = `=?base64?${Buffer.from('one__echo').toString('base64')}?=`;
    expect(textOf((await echo('encoded', { headers: { 'mcp-name': encoded } })).message)).toBe('encoded');
  });

  test('the URI of a resource', async () => {
    verifies('http:standard-headers:checked');
    const uri = 'test://one/one';
    expect((await hub.modern('resources/read', { uri })).status).toBe(200);
    const answer = await hub.modern('resources/read', { uri }, { headers: { 'mcp-name': 'test://one/image' } });
    expect([answer.status, answer.message.error?.code]).toEqual([400, -32020]);
  });

  test('an argument that its tool wants as a header', async () => {
    verifies('http:param-headers:checked');
    const call = (headers: Record<string, string>) =>
      hub.modern('tools/call', { name: 'params__query', arguments: { region: 'eu' } }, { headers });
    expect(textOf((await call({ 'mcp-param-region': 'eu' })).message)).toBe('eu');
    for (const headers of [{ 'mcp-param-region': 'us' }, {}] as Record<string, string>[]) {
      const answer = await call(headers);
      expect([answer.status, answer.message.error?.code]).toEqual([400, -32020]);
    }
  });

  test('a version that the hub does not speak, with those that it does', async () => {
    verifies('http:version-header:unsupported');
    const headers = { 'mcp-protocol-version': '1900-01-01' };
    const meta = { 'io.modelcontextprotocol/protocolVersion': '1900-01-01' };
    const answer = await echo('x', { headers, meta });
    expect([answer.status, answer.message.error]).toMatchObject([
      400,
      { code: -32022, data: { supported: ['2026-07-28'], requested: '1900-01-01' } },
    ]);
  });
});

test('a notification is refused: none is known over HTTP', async () => {
  verifies('http:notification:refused');
  const headers = {
    ...postHeaders(hub.token),
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': 'notifications/cancelled',
  };
  const params = { requestId: 1, _meta: modernMeta() };
  const answer = await hub.raw.send({ headers, body: { jsonrpc: '2.0', method: 'notifications/cancelled', params } });
  expect([answer.status, answer.message.id]).toEqual([400, null]);
});

describe('the end of the connection cancels the call at the upstream within 500 ms', () => {
  const slow = { name: 'one__slow', arguments: { ms: 10_000 } };
  const arrived = (count: number) =>
    eventually('the call', () => readEvilLog(log).filter(({ raw }) => raw?.includes('"ms":10000')).length === count);

  test('while nothing has come', async () => {
    verifies('http:cancel:served');
    const before = cancels();
    const opening = hub.openModern('tools/call', slow).catch((error: Error) => error);
    await arrived(1);
    hub.raw.close();
    expect(await opening).toBeInstanceOf(Error);
    await eventually('the cancellation', () => cancels() === before + 1, 500);
  });

  test('while a stream is open', async () => {
    verifies('http:cancel:served');
    const before = cancels();
    const params = { name: 'one__progress', arguments: { steps: 1000, stepMs: 20 } };
    const stream = await hub.openModern('tools/call', params, { meta: { progressToken: 1 } });
    await stream.next(({ message }) => message?.params?.['progress'] === 2);
    stream.drop();
    await eventually('the cancellation', () => cancels() === before + 1, 500);
  });

  test('also where the client only says that it sends no more', async () => {
    const before = cancels();
    const body = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { ...slow, _meta: modernMeta() },
    });
    const head = Object.entries({
      ...postHeaders(hub.token),
      host: 'localhost',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'one__slow',
      'content-length': String(Buffer.byteLength(body)),
    }).map(([name, value]) => `${name}: ${value}`);
    const { port } = new URL(hub.server.url);
    const socket = connect({ host: '127.0.0.1', port: Number(port), allowHalfOpen: true });
    socket.write(`POST /mcp HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n${body}`);
    await arrived(2);
    socket.end();
    await eventually('the cancellation', () => cancels() === before + 1, 500);
    socket.destroy();
  });

  test('and costs nothing else', async () => {
    expect(textOf((await echo('still here')).message)).toBe('still here');
  });
});

describe('a subscription', () => {
  test('is acknowledged first, and tells of changes until its connection ends', async () => {
    verifies('subscribe:acknowledged-first');
    const filter = { notifications: { toolsListChanged: true, promptsListChanged: true } };
    const stream = await hub.openModern('subscriptions/listen', filter, { id: 'sub' });
    const [first] = [await stream.next(() => true)];
    expect(first.message).toMatchObject({ method: 'notifications/subscriptions/acknowledged', params: filter });
    await hub.modern('tools/call', { name: 'one__grow', arguments: { name: 'grown_one' } });
    const change = await stream.next(({ message }) => message?.method === 'notifications/tools/list_changed');
    expect(change.message?.params).toEqual({ _meta: { 'io.modelcontextprotocol/subscriptionId': 'sub' } });
    stream.drop();
  });
});

test('every client is told of once', () => {
  const connected = hub.events.filter(({ type }) => type === 'client.connected');
  expect(connected).toMatchObject([{ transport: 'http', era: 'modern', name: 'raw-modern', version: '4.5.6' }]);
});
