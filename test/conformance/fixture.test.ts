import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type HubProcess, startDirectly } from '../e2e/support/hub-process.ts';

const SERVER = fileURLToPath(new URL('../fixtures/conformance/server.ts', import.meta.url));

const start = (era: 'legacy' | 'modern' | 'dual'): Promise<HubProcess> =>
  startDirectly({ command: process.execPath, args: [SERVER, '--era', era] });

const CAPABILITIES = { elicitation: {}, sampling: {}, roots: {} };
const ENVELOPE = {
  _meta: {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': CAPABILITIES,
  },
};
const INITIALIZE = {
  protocolVersion: '2025-11-25',
  capabilities: CAPABILITIES,
  clientInfo: { name: 'test', version: '1.0.0' },
};

describe('the server with the fixtures of the conformance suite', () => {
  test('that is legacy refuses 2026-07-28, and what comes before initialize', async () => {
    await using server = await start('legacy');
    expect((await server.request('server/discover', ENVELOPE)).message.error?.code).toBe(-32601);
    expect((await server.request('tools/list', ENVELOPE)).message.error?.code).toBe(-32600);
    expect((await server.request('tools/list')).message.error?.code).toBe(-32600);
    const { result } = (await server.request('initialize', { ...INITIALIZE, protocolVersion: '2026-07-28' })).message;
    expect(result).toMatchObject({ protocolVersion: '2025-11-25' });
    expect((await server.request('tools/list', ENVELOPE)).message.error?.code).toBe(-32600);
    expect((await server.request('tools/list')).message.result).toHaveProperty('tools');
  });

  test('that is modern refuses initialize, and names what it knows', async () => {
    await using server = await start('modern');
    expect((await server.request('initialize', INITIALIZE)).message.error).toMatchObject({
      code: -32022,
      data: { supported: ['2026-07-28'] },
    });
    expect((await server.request('tools/list', ENVELOPE)).message.result).toMatchObject({ resultType: 'complete' });
  });

  test('that is dual serves the era in which it is spoken to first', async () => {
    await using legacy = await start('dual');
    expect((await legacy.request('initialize', INITIALIZE)).message.result).toMatchObject({
      protocolVersion: '2025-11-25',
    });
    await using modern = await start('dual');
    expect((await modern.request('tools/list', ENVELOPE)).message.result).toMatchObject({ resultType: 'complete' });
  });

  test('asks a legacy client several things at once, under ids that name them', async () => {
    await using server = await start('legacy');
    await server.request('initialize', INITIALIZE);
    server.notify('notifications/initialized');
    const answer = server.request('tools/call', { name: 'test_input_required_result_multiple_inputs' });
    const ask = (method: string) => server.nextMessage((message) => message.method === method);
    const asked = await Promise.all(['elicitation/create', 'sampling/createMessage', 'roots/list'].map(ask));
    expect(asked.map(({ message }) => message.id)).toEqual(['user_name', 'greeting', 'client_roots']);
    const send = (id: string, result: object) => server.sendRaw(`${JSON.stringify({ jsonrpc: '2.0', id, result })}\n`);
    send('client_roots', { roots: [] });
    send('greeting', { role: 'assistant', model: 'none', content: { type: 'text', text: 'Hi' } });
    send('user_name', { action: 'accept', content: { name: 'Ada' } });
    expect(JSON.stringify((await answer).message.result)).toContain('Hello, Ada');
  });
});
