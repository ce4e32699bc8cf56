import { mkdtempSync, rmSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createHub, type Hub } from '../../src/hub/hub.ts';
import { type RawRequest, sendJson, startRawHttp } from '../fixtures/transport/raw-http.ts';
import { hubConfig } from '../support/hub-config.ts';
import { upstreamConfig } from '../support/upstream-config.ts';

/** A legacy server on HTTP whose tool calls the test answers; and when each of those came. */
const open = async (
  answer: (call: RawRequest, response: ServerResponse, id: number) => unknown,
  settings: object = {},
) => {
  const calledAt: number[] = [];
  const server = await startRawHttp((request, response) => {
    if (request.method !== 'POST') return response.writeHead(405).end();
    const { id, method } = JSON.parse(request.body) as { id?: number; method: string };
    if (id === undefined) return response.writeHead(202).end();
    if (method === 'tools/call') {
      calledAt.push(performance.now());
      return answer(request, response, id);
    }
    const result = RESULTS[method];
    return result === undefined
      ? sendJson(response, JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32601, message: 'unknown' } }))
      : sendJson(response, JSON.stringify({ jsonrpc: '2.0', id, result }));
  });
  onTestFinished(() => server.stop());
  const stateDir = mkdtempSync(join(tmpdir(), 'mcp-hub-retry-after-'));
  onTestFinished(() => rmSync(stateDir, { recursive: true, force: true }));
  const upstream = upstreamConfig('shop', { transport: { type: 'http', url: server.url, headers: {} }, ...settings });
  const hub = createHub({ config: hubConfig([upstream]), stateDir, env: {}, log: false, stderr: () => {} });
  onTestFinished(() => hub.close());
  return { calledAt, call: (name: string) => callOf(hub, name) };
};

const TOOLS = [
  { name: 'look', inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } },
  { name: 'buy', inputSchema: { type: 'object' } },
];

const RESULTS: Readonly<Record<string, object>> = {
  initialize: {
    protocolVersion: '2025-11-25',
    capabilities: { tools: {} },
    serverInfo: { name: 'shop', version: '1' },
  },
  'tools/list': { tools: TOOLS },
};

const callOf = async (hub: Hub, name: string) => {
  const client = hub.connectLocalClient({ name: 'test', version: '1' });
  await client.request('tools/list');
  return client.request('tools/call', { name: `shop__${name}`, arguments: {} });
};

const done = (response: ServerResponse, id: number): void =>
  sendJson(response, JSON.stringify({ jsonrpc: '2.0', id, result: { content: [] } }));

describe('F33: a server that answers 429 with Retry-After', () => {
  test('gets no request before that time; the refused call is told of it, and the next one waits', async () => {
    const { calledAt, call } = await open((_, response, id) =>
      calledAt.length === 1 ? response.writeHead(429, { 'retry-after': '1' }).end('slow down') : done(response, id),
    );
    const refused = await call('buy');
    const data = { hubCode: 'UPSTREAM_CLOSED', retryAfterMs: expect.any(Number) };
    expect(refused).toMatchObject({ ok: false, error: { data } });
    expect(calledAt).toHaveLength(1);
    expect((await call('buy')).ok).toBe(true);
    expect((calledAt[1] ?? 0) - (calledAt[0] ?? 0)).toBeGreaterThanOrEqual(999);
  });

  test('with a JSON-RPC error in it: that is the answer, and no request comes before that time', async () => {
    const { calledAt, call } = await open((_, response, id) => {
      if (calledAt.length > 1) return done(response, id);
      const error = { code: -32_050, message: 'slow down', data: { quota: 3 } };
      return response
        .writeHead(429, { 'retry-after': '1', 'content-type': 'application/json' })
        .end(JSON.stringify({ jsonrpc: '2.0', id, error }));
    });
    expect(await call('buy')).toMatchObject({ ok: false, error: { code: -32_050, data: { quota: 3 } } });
    expect((await call('buy')).ok).toBe(true);
    expect((calledAt[1] ?? 0) - (calledAt[0] ?? 0)).toBeGreaterThanOrEqual(999);
  });

  test('answers a harmless call of a trusted one after that time', async () => {
    const { calledAt, call } = await open(
      (_, response, id) =>
        calledAt.length === 1 ? response.writeHead(429, { 'retry-after': '1' }).end() : done(response, id),
      { trusted: true },
    );
    expect((await call('look')).ok).toBe(true);
    expect((calledAt[1] ?? 0) - (calledAt[0] ?? 0)).toBeGreaterThanOrEqual(999);
  });
});

test('F33: a call that a server of status 503 did not carry out is repeated after its Retry-After, where that is harmless', async () => {
  const { calledAt, call } = await open(
    (_, response, id) =>
      calledAt.length === 1 ? response.writeHead(503, { 'retry-after': '1' }).end() : done(response, id),
    { trusted: true },
  );
  expect((await call('look')).ok).toBe(true);
  expect((calledAt[1] ?? 0) - (calledAt[0] ?? 0)).toBeGreaterThanOrEqual(999);
});

test('F33: a call that may have done something is sent once, whatever the server asks for', async () => {
  const { calledAt, call } = await open((_, response) => response.writeHead(503, { 'retry-after': '0' }).end(), {
    trusted: true,
  });
  expect((await call('buy')).ok).toBe(false);
  expect(calledAt).toHaveLength(1);
});
