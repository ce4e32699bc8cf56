import { describe, expect, test } from 'vitest';
import { verifies } from '../e2e/requirements/verifies.ts';
import { resultReply } from '../support/calls.ts';
import { createCore, modernMeta } from '../support/create-core.ts';
import { createFakeUpstream, tool } from '../support/fake-upstream.ts';

const STAMP = { 'io.modelcontextprotocol/serverInfo': { name: 'hub', version: '1' } };

describe('a modern client', () => {
  test('is told what the hub is without any upstream being started', async () => {
    const upstream = createFakeUpstream('math', { definitions: { tools: [tool('add')] } });
    const client = createCore([upstream]).connect();
    expect((await client.modern('server/discover')).result).toMatchObject({
      resultType: 'complete',
      supportedVersions: ['2026-07-28'],
      _meta: STAMP,
    });
    expect(upstream.connects).toBe(0);
  });

  test('gets a list with its type and its hints', async () => {
    verifies('caching:ttl');
    const upstream = createFakeUpstream('math', { definitions: { tools: [tool('add')] } });
    expect((await createCore([upstream]).connect().modern('tools/list')).result).toEqual({
      tools: [{ ...tool('add'), name: 'math__add' }],
      resultType: 'complete',
      ttlMs: 0,
      cacheScope: 'private',
      _meta: STAMP,
    });
  });

  test('gets the result of a legacy upstream in its own era', async () => {
    const upstream = createFakeUpstream('math', {
      definitions: { tools: [tool('add')] },
      call: () => resultReply({ content: [], isError: false }),
    });
    const client = createCore([upstream]).connect();
    expect((await client.modern('tools/call', { name: 'math__add' })).result).toEqual({
      content: [],
      isError: false,
      resultType: 'complete',
      _meta: STAMP,
    });
  });

  test('says with each request what it can do and how much it wants to be told', async () => {
    verifies('base:stateless:request-tells-all', 'base:meta:trace-context');
    const upstream = createFakeUpstream('math', { definitions: { tools: [tool('add')] } });
    const client = createCore([upstream]).connect();
    const _meta = modernMeta({
      'io.modelcontextprotocol/clientCapabilities': { elicitation: {} },
      'io.modelcontextprotocol/logLevel': 'debug',
      progressToken: 1,
      traceparent: '00',
    });
    await client.request('tools/call', { name: 'math__add', _meta });
    await client.modern('tools/call', { name: 'math__add' });
    expect(upstream.calls).toMatchObject([
      { client: { era: 'modern', capabilities: { elicitation: {} } }, logLevel: 'debug', wantsProgress: true },
      { client: { capabilities: {} }, logLevel: undefined, wantsProgress: false },
    ]);
    expect(upstream.calls[0]?.params).toEqual({ name: 'add', _meta: { traceparent: '00' } });
  });

  test('is announced again when another client speaks on its connection', async () => {
    const core = createCore([]);
    const client = core.connect();
    const named = (name: string): object => ({
      _meta: modernMeta({ 'io.modelcontextprotocol/clientInfo': { name, version: '1' } }),
    });
    for (const name of ['one', 'one', 'two']) await client.request('tools/list', named(name));
    expect(core.eventsOf('client.connected').map(({ name }) => name)).toEqual(['one', 'two']);
  });

  test('may hide its name', async () => {
    const core = createCore([]);
    const { 'io.modelcontextprotocol/clientInfo': _hidden, ...meta } = modernMeta();
    await core.connect().request('tools/list', { _meta: meta });
    expect(core.eventsOf('client.connected')).toMatchObject([{ name: 'unknown', version: 'unknown' }]);
  });
});
