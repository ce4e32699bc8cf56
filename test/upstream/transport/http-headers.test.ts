import { afterEach, expect, it } from 'vitest';
import { createHttpTransport } from '../../../src/upstream/transport/http.ts';
import { verifies } from '../../e2e/requirements/verifies.ts';
import { beginEvents, sendJson, startRawHttp } from '../../fixtures/transport/raw-http.ts';
import { createRecorder } from '../../fixtures/transport/recorder.ts';

const ends: Array<() => Promise<void>> = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const connect = async () => {
  const server = await startRawHttp(({ method, body }, response) => {
    if (method === 'GET') return beginEvents(response);
    const { id } = body === '' ? {} : (JSON.parse(body) as { id?: number });
    if (id === undefined) return response.writeHead(202).end();
    return sendJson(response, `{"jsonrpc":"2.0","id":${id},"result":{}}`, 200, { 'mcp-session-id': 's1' });
  });
  const settings = { type: 'http', url: server.url, headers: {} } as const;
  const transport = createHttpTransport({ name: 'peer', settings, maxBodyBytes: 1 << 20 });
  const recorder = createRecorder();
  ends.push(
    () => server.stop(),
    () => transport.close(),
  );
  await transport.start(recorder);
  return { server, transport, recorder };
};

it('every message to an HTTP server accepts JSON and event streams, and none is sent twice in one body', async () => {
  verifies('http:accept:sent', 'http:post:one-message');
  const { server, transport, recorder } = await connect();
  await Promise.all([1, 2, 3].map(async (id) => transport.send({ jsonrpc: '2.0', id, method: 'tools/list' })));
  await Promise.all([1, 2, 3].map((id) => recorder.answer(id)));
  expect(server.requests.map(({ method }) => method)).toEqual(['POST', 'POST', 'POST']);
  for (const { headers, body } of server.requests) {
    expect(headers.accept?.split(/, */).sort()).toEqual(['application/json', 'text/event-stream']);
    expect(JSON.parse(body)).toMatchObject({ method: 'tools/list' });
  }
});

it('after the handshake every request of a session has the revision that was settled on', async () => {
  verifies('http-legacy:version-header:sent', 'http-legacy:session:sent');
  const { server, transport, recorder } = await connect();
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } };
  await transport.send({ jsonrpc: '2.0', id: 0, method: 'initialize', params });
  await recorder.answer(0);
  transport.setProtocolVersion?.('2025-06-18');
  await transport.send({ jsonrpc: '2.0', method: 'notifications/initialized' });
  await transport.send({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
  await recorder.answer(1);
  await transport.close();
  const [, ...later] = server.requests;
  expect(new Set(later.map(({ method }) => method))).toEqual(new Set(['POST', 'GET', 'DELETE']));
  for (const { headers } of later) {
    expect(headers).toMatchObject({ 'mcp-protocol-version': '2025-06-18', 'mcp-session-id': 's1' });
  }
});

it.each([
  ['tools/call', { name: 'add' }, 'add'],
  ['prompts/get', { name: 'greet' }, 'greet'],
  ['resources/read', { uri: 'test://one' }, 'test://one'],
  ['tasks/get', { taskId: 't1' }, 't1'],
  ['tasks/update', { taskId: 't1' }, 't1'],
  ['tasks/cancel', { taskId: 't1' }, 't1'],
])('a modern request %s names what it is about in a header', async (method, params, name) => {
  verifies('http:standard-headers:sent', 'http:version-header:sent', 'tasks:header:sent');
  const { server, transport, recorder } = await connect();
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  await transport.send({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta } });
  await recorder.answer(1);
  expect(server.requests.at(-1)?.headers).toMatchObject({
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': method,
    'mcp-name': name,
  });
});
