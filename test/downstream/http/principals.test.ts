import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createModernClients } from '../../../src/downstream/http/modern-clients.ts';
import { verifies } from '../../e2e/requirements/verifies.ts';
import { modernMeta } from '../../e2e/support/conversation.ts';
import type { WireMessage } from '../../e2e/support/received.ts';
import { publishedServer } from '../../e2e/support/upstreams.ts';
import { type HttpHub, startHttpHub } from './support/http-hub.ts';
import { type Answer, postHeaders } from './support/raw-client.ts';

let hub: HttpHub;
beforeAll(async () => {
  hub = await startHttpHub({
    mcpServers: { everything: publishedServer('server-everything') },
    // Whoever has a token is somebody, and another for each token.
    server: { authenticate: (authorization) => authorization },
  });
});
afterAll(() => hub.stop());

describe('a session of one principal', () => {
  test('is to another as if it were not there', async () => {
    verifies('security:handle:no-credential');
    const mine = await hub.session({}, 'a');
    const asB = { ...mine.headers, authorization: 'Bearer b' };
    const body = { jsonrpc: '2.0', id: 1, method: 'ping' };
    for (const method of ['POST', 'GET', 'DELETE']) {
      const sent = { method, ...(method === 'POST' && { body }) };
      const foreign = await hub.raw.send({ ...sent, headers: asB });
      const unknown = await hub.raw.send({ ...sent, headers: { ...asB, 'mcp-session-id': 'unknown' } });
      expect([foreign.status, foreign.text]).toEqual([404, unknown.text]);
    }
    expect((await mine.post({ id: 1, method: 'ping' })).status).toBe(200);
  });
});

describe('a call that waits for answers', () => {
  const params = { name: 'everything__trigger-elicitation-request', arguments: {} };
  const send = (token: string, extra: object = {}, client = 'raw-modern'): Promise<Answer> => {
    const meta = modernMeta({
      'io.modelcontextprotocol/clientCapabilities': { elicitation: {} },
      'io.modelcontextprotocol/clientInfo': { name: client, version: '1' },
    });
    return hub.raw.send({
      headers: {
        ...postHeaders(token),
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'tools/call',
        'mcp-name': params.name,
      },
      body: { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { ...params, ...extra, _meta: meta } },
    });
  };
  const answersTo = ({ result }: WireMessage) => ({
    requestState: result?.['requestState'],
    inputResponses: Object.fromEntries(
      Object.keys((result?.['inputRequests'] ?? {}) as object).map((key) => [
        key,
        { action: 'accept', content: { name: 'Ada', check: true } },
      ]),
    ),
  });

  test('goes on for whoever made it, and for nobody else', async () => {
    verifies('http:stream:no-requests', 'mrtr:state:principal', 'security:handle:no-credential');
    const { message } = await send('a');
    expect(message.result?.['resultType']).toBe('input_required');
    const answers = answersTo(message);
    const foreign = await send('b', answers);
    const forged = await send('a', { ...answers, requestState: 'mcp-hub:00000000-0000-4000-8000-000000000000' });
    expect(foreign.message.error).toEqual(forged.message.error);
    expect(foreign.message.error?.code).toBe(-32602);
    expect((await send('a', answers, 'another client')).message.error?.code).toBe(-32602);
    const done = await send('a', answers);
    expect(JSON.stringify(done.message.result)).toContain('Ada');
    expect((await send('a', answers)).message.error?.code).toBe(-32602);
  });

  test('is counted with those of its own client only', () => {
    const clients = createModernClients({ relay: hub.hub.relay, maxQueueBytes: 1024 });
    const envelope = (name: string) => ({ _meta: { 'io.modelcontextprotocol/clientInfo': { name, version: '1' } } });
    const mine = clients.of('a', envelope('x'));
    expect(clients.of('a', envelope('x'))).toBe(mine);
    for (const other of [clients.of('b', envelope('x')), clients.of('a', envelope('y')), clients.of('a', undefined)]) {
      expect(other.id).not.toBe(mine.id);
      expect(other.interim).not.toBe(mine.interim);
      expect(other.queue).not.toBe(mine.queue);
    }
  });
});
