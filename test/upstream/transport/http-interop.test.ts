import { afterEach, describe, expect, it, vi } from 'vitest';
import type { JsonObject } from '../../../src/protocol/json.ts';
import type { Message } from '../../../src/protocol/message.ts';
import { createHttpTransport } from '../../../src/upstream/transport/http.ts';
import { createSseTransport } from '../../../src/upstream/transport/sse.ts';
import type { SendOptions, Transport } from '../../../src/upstream/transport/transport.ts';
import { verifies } from '../../e2e/requirements/verifies.ts';
import { createRecorder, type Recorder } from '../../fixtures/transport/recorder.ts';
import {
  type ModernHttp,
  type SdkHttp,
  startLegacyHttp,
  startLegacySse,
  startModernHttp,
} from '../../fixtures/transport/sdk-http.ts';

const ends: Array<() => Promise<void>> = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Connected {
  readonly transport: Transport;
  readonly recorder: Recorder;
  readonly call: (id: number, name: string, args?: JsonObject) => Promise<Message>;
}

const connect = async (server: { url: string; stop(): Promise<void> }, type: 'http' | 'sse'): Promise<Connected> => {
  const create = type === 'sse' ? createSseTransport : createHttpTransport;
  const transport = create({
    name: 'peer',
    settings: { type, url: server.url, headers: { 'x-test': 'yes' } },
    maxBodyBytes: 1024 * 1024,
  });
  const recorder = createRecorder();
  ends.push(
    () => server.stop(),
    () => transport.close(),
  );
  await transport.start(recorder);
  const call: Connected['call'] = async (id, name, args = {}) => {
    await transport.send({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: args } });
    return recorder.answer(id);
  };
  return { transport, recorder, call };
};

const initialize = async ({ transport, recorder }: Connected): Promise<void> => {
  const params = {
    protocolVersion: '2025-11-25',
    capabilities: { roots: {} },
    clientInfo: { name: 'test', version: '1' },
  };
  await transport.send({ jsonrpc: '2.0', id: 0, method: 'initialize', params });
  expect(await recorder.answer(0)).toMatchObject({ kind: 'result', value: { serverInfo: { name: 'legacy' } } });
  transport.setProtocolVersion?.('2025-11-25');
  await transport.send({ jsonrpc: '2.0', method: 'notifications/initialized' });
};

const LEGACY: ReadonlyArray<[string, 'http' | 'sse', () => Promise<SdkHttp>]> = [
  ['Streamable HTTP that answers in streams', 'http', () => startLegacyHttp()],
  ['Streamable HTTP that answers in JSON', 'http', () => startLegacyHttp({ json: true })],
  ['HTTP+SSE', 'sse', () => startLegacySse()],
];

describe.each(LEGACY)('a server of the v1 SDK over %s', (_name, type, startServer) => {
  const setUp = async (): Promise<Connected & { server: SdkHttp }> => {
    const server = await startServer();
    const connected = await connect(server, type);
    await initialize(connected);
    return { ...connected, server };
  };

  it('answers calls, each once', async () => {
    verifies('http-legacy:http-sse');
    const { call, recorder } = await setUp();
    const answers = await Promise.all([1, 2, 3].map((id) => call(id, 'echo', { id })));
    expect(answers).toMatchObject([1, 2, 3].map((id) => ({ value: { content: [{ text: `{"id":${id}}` }] } })));
    expect(recorder.messages).toHaveLength(4);
    expect(recorder.problems).toEqual([]);
  });

  it('is heard when it speaks by itself', async () => {
    const { server, recorder } = await setUp();
    await untilHeard(server, recorder);
    expect(recorder.messages.at(-1)).toMatchObject({ method: 'notifications/tools/list_changed' });
  });

  it('may forget its sessions: the call that meets it was not sent, and the connection closes', async () => {
    const { server, transport, recorder } = await setUp();
    server.forget();
    await expect(transport.send({ jsonrpc: '2.0', id: 9, method: 'tools/list' })).rejects.toMatchObject({
      code: 'UPSTREAM_CLOSED',
      sent: false,
      cause: { status: 404 },
    });
    expect(recorder.closes).toEqual([]);
    expect(await recorder.closed).toEqual({ reason: 'the server no longer knows the session', status: 404 });
    await expect(transport.send({ jsonrpc: '2.0', id: 10, method: 'ping' })).rejects.toMatchObject({ sent: false });
  });
});

/** The stream of what the server says by itself opens in its own time. */
const untilHeard = async (server: SdkHttp, recorder: Recorder): Promise<void> => {
  const heard = recorder.message(({ kind }) => kind === 'notification');
  let isHeard = false;
  void heard.then(() => {
    isHeard = true;
  });
  while (!isHeard) {
    for (const session of server.sessions.values()) await session.sendToolListChanged();
    await new Promise((resolve) => setImmediate(resolve));
  }
};

describe.each(LEGACY.filter(([name]) => !name.includes('JSON')))('a call over %s', (_name, type, startServer) => {
  it('tells of its progress before its answer', async () => {
    const connected = await connect(await startServer(), type);
    await initialize(connected);
    await connected.call(1, 'progress');
    expect(connected.recorder.messages.slice(1)).toMatchObject([
      { kind: 'notification', method: 'notifications/progress' },
      { kind: 'result', id: '1' },
    ]);
  });

  it('may ask the client while it runs', async () => {
    const connected = await connect(await startServer(), type);
    await initialize(connected);
    const answer = connected.call(1, 'ask');
    const asked = await connected.recorder.message(({ kind }) => kind === 'request');
    expect(asked).toMatchObject({ method: 'roots/list' });
    const id = asked.kind === 'request' ? JSON.parse(asked.id) : undefined;
    await connected.transport.send({ jsonrpc: '2.0', id, result: { roots: [{ uri: 'file:///here' }] } });
    expect(await answer).toMatchObject({ value: { structuredContent: { roots: [{ uri: 'file:///here' }] } } });
  });
});

describe('a server of the v1 SDK with a store of events', () => {
  it('gives the answer on another stream after the first one broke', async () => {
    verifies('http-legacy:resume:asked');
    const connected = await connect(await startLegacyHttp({ resumable: true }), 'http');
    await initialize(connected);
    expect(await connected.call(1, 'drop', { a: 1 })).toMatchObject({ kind: 'result' });
    expect(connected.recorder.messages.filter(({ kind }) => kind === 'result')).toHaveLength(2);
  });
});

describe('a server of the v1 SDK with sessions', () => {
  it('loses its session when the connection is closed', async () => {
    verifies('http-legacy:session:delete:sent');
    const server = await startLegacyHttp();
    const connected = await connect(server, 'http');
    await initialize(connected);
    expect(server.sessions.size).toBe(1);
    await connected.transport.close();
    expect(server.sessions.size).toBe(0);
    expect(connected.recorder.closes).toEqual([{ reason: 'closed by the hub' }]);
  });

  it('refuses a question of 2026-07-28 with an error that has the id of the question', async () => {
    const connected = await connect(await startLegacyHttp(), 'http');
    await connected.transport.send({ jsonrpc: '2.0', id: 1, method: 'server/discover', params: { _meta: META } });
    expect(await connected.recorder.answer(1)).toMatchObject({ kind: 'error', id: '1', error: { code: -32000 } });
  });
});

const META: JsonObject = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
  'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
};

describe.each(['auto', 'sse'] as const)('a server of 2026-07-28 by the v2 SDK that answers in mode %s', (mode) => {
  const setUp = async () => {
    const server: ModernHttp = await startModernHttp(mode);
    const { transport, recorder } = await connect(server, 'http');
    const request = async (id: number, method: string, params: JsonObject = {}, options?: SendOptions): Promise<void> =>
      transport.send({ jsonrpc: '2.0', id, method, params: { ...params, _meta: META } }, options);
    return { server, transport, recorder, request };
  };

  it('answers server/discover and calls, and gets the headers that go with them', async () => {
    verifies('http:standard-headers:sent');
    const { server, recorder, request } = await setUp();
    await request(1, 'server/discover');
    expect(await recorder.answer(1)).toMatchObject({ value: { supportedVersions: ['2026-07-28'] } });
    await request(2, 'tools/call', { name: 'echo', arguments: { m: 'x' } });
    expect(await recorder.answer(2)).toMatchObject({ value: { content: [{ text: '{"m":"x"}' }] } });
    const { 'x-test': test, 'mcp-method': method, 'mcp-name': name } = Object.fromEntries(server.headers.at(-1) ?? []);
    expect({ test, method, name }).toEqual({ test: 'yes', method: 'tools/call', name: 'echo' });
    expect(server.headers.at(-1)?.get('mcp-protocol-version')).toBe('2026-07-28');
  });

  it('tells of progress before the answer', async () => {
    const { recorder, request } = await setUp();
    await request(1, 'tools/call', { name: 'progress', arguments: {} });
    await recorder.answer(1);
    expect(recorder.messages.map(({ kind }) => kind)).toEqual(['notification', 'result']);
  });

  it('has its errors delivered, whatever their HTTP status', async () => {
    verifies('version:era:http:body-first');
    const { recorder, request, transport } = await setUp();
    await request(1, 'no/such/method');
    expect(await recorder.answer(1)).toMatchObject({ kind: 'error', error: { code: -32601 } });
    const _meta = { ...META, 'io.modelcontextprotocol/protocolVersion': '2027-01-01' };
    await transport.send({ jsonrpc: '2.0', id: 2, method: 'tools/list', params: { _meta } });
    expect(await recorder.answer(2)).toMatchObject({ kind: 'error', error: { code: -32022 } });
    const initialize = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } };
    await transport.send({ jsonrpc: '2.0', id: 3, method: 'initialize', params: initialize });
    expect(await recorder.answer(3)).toMatchObject({ kind: 'error' });
  });

  it('notices that a call is given up by the end of its request', async () => {
    verifies('http:cancel:sent');
    const { server, recorder, request } = await setUp();
    const giveUp = new AbortController();
    const onStreamEnd = vi.fn();
    const options = { signal: giveUp.signal, onStreamEnd };
    await request(1, 'tools/call', { name: 'slow', arguments: {} }, options);
    await server.begun;
    giveUp.abort();
    await server.aborted;
    await request(2, 'tools/call', { name: 'echo', arguments: { m: 'x' } });
    await recorder.answer(2);
    expect(recorder.messages.some((message) => message.kind !== 'notification' && message.id === '1')).toBe(false);
    expect(onStreamEnd).not.toHaveBeenCalled();
  });
});
