import { describe, expect, test } from 'vitest';
import { verifies } from '../e2e/requirements/verifies.ts';
import { settle } from '../support/create-catalog.ts';
import { createCore } from '../support/create-core.ts';
import { createFakeUpstream, tool } from '../support/fake-upstream.ts';

const INITIALIZE = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'c', version: '1' } };

const create = () => {
  const upstream = createFakeUpstream('math', {
    definitions: { tools: [tool('add')], prompts: [], resources: [], templates: [] },
  });
  const core = createCore([upstream]);
  return { upstream, core, client: core.connect() };
};

describe('a legacy session', () => {
  test('answers `initialize` and `ping` without starting any upstream', async () => {
    verifies('lifecycle:initialize:answer', 'lifecycle:ping');
    const { upstream, client } = create();
    const { result } = await client.request('initialize', INITIALIZE);
    expect(result).toMatchObject({
      protocolVersion: '2025-06-18',
      serverInfo: { name: 'hub', version: '1' },
      capabilities: { tools: { listChanged: true }, prompts: { listChanged: true }, resources: { listChanged: true } },
    });
    expect((await client.request('ping')).result).toEqual({});
    expect(upstream.connects).toBe(0);
  });

  test('tells who its client is', async () => {
    const { core, client } = create();
    await client.request('initialize', INITIALIZE);
    expect(core.eventsOf('client.connected')).toMatchObject([
      { clientId: 'client-1', era: 'legacy', protocolVersion: '2025-06-18', name: 'c', version: '1' },
    ]);
  });

  test.each([undefined, {}, { clientInfo: 'me' }, { clientInfo: { name: 'c' } }])(
    'is opened by an `initialize` with the params %j too',
    async (params) => {
      const { core, client } = create();
      expect((await client.request('initialize', params)).result).toMatchObject({ protocolVersion: '2025-11-25' });
      expect(core.eventsOf('client.connected')).toMatchObject([{ name: 'unknown', version: 'unknown' }]);
    },
  );

  test('is opened once', async () => {
    const { client } = create();
    await client.request('initialize', INITIALIZE);
    expect((await client.request('initialize', INITIALIZE)).error?.code).toBe(-32600);
  });

  test('lists what all upstreams offer on one page', async () => {
    verifies('pagination:unknown-cursor');
    const { client } = create();
    expect((await client.request('tools/list')).result).toEqual({ tools: [{ ...tool('add'), name: 'math__add' }] });
    expect((await client.request('resources/templates/list', {})).result).toEqual({ resourceTemplates: [] });
    expect((await client.request('tools/list', { cursor: 'x' })).error?.code).toBe(-32602);
  });

  test('is told of changes in the lists that it has asked for, after `notifications/initialized`', async () => {
    verifies('lifecycle:initialized:awaited');
    const { upstream, client } = create();
    await client.request('initialize', INITIALIZE);
    await client.request('tools/list');
    const change = async (name: string): Promise<void> => {
      upstream.offer({ tools: [tool(name)], prompts: [], resources: [], templates: [] });
      upstream.tellChange('tools');
      upstream.tellChange('prompts');
      await settle();
    };
    await change('one');
    expect(client.notifications('notifications/tools/list_changed')).toHaveLength(0);
    client.notify('notifications/initialized');
    client.notify('notifications/initialized');
    await change('two');
    expect(client.notifications('notifications/tools/list_changed')).toEqual([
      { jsonrpc: '2.0', method: 'notifications/tools/list_changed' },
    ]);
    expect(client.notifications('notifications/prompts/list_changed')).toHaveLength(0);
    client.connection.close();
    await change('three');
    expect(client.notifications('notifications/tools/list_changed')).toHaveLength(1);
  });

  test('is told once where resources and templates change together', async () => {
    verifies('resources:list-changed');
    const { upstream, client } = create();
    await client.open();
    await client.request('resources/list');
    await client.request('resources/templates/list');
    upstream.offer({ resources: [{ uri: 'x:1', name: 'r' }], templates: [{ uriTemplate: 'x:{a}', name: 't' }] });
    upstream.tellChange('resources');
    upstream.tellChange('templates');
    await settle();
    expect(client.notifications('notifications/resources/list_changed')).toHaveLength(1);
  });
});
