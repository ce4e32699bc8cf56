import { describe, expect, test, vi } from 'vitest';
import { HubError } from '../../src/errors/hub-error.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import { verifies } from '../e2e/requirements/verifies.ts';
import { errorReply, resultReply } from '../support/calls.ts';
import { settle } from '../support/create-catalog.ts';
import { createFakeUpstream, type FakeUpstreamOptions, tool } from '../support/fake-upstream.ts';
import { type BenchClient, createBench } from '../support/relay-bench.ts';

const SUBSCRIPTION = 'io.modelcontextprotocol/subscriptionId';
const LOG_LEVEL = 'io.modelcontextprotocol/logLevel';
const ADD = { name: 'up__add' };
const RESOURCES = [
  { uri: 'test://a', name: 'a' },
  { uri: 'test://b', name: 'b' },
];

const create = (options: FakeUpstreamOptions = {}) => {
  const upstream = createFakeUpstream('up', {
    definitions: { tools: [tool('add')], resources: RESOURCES, templates: [] },
    ...options,
  });
  return { upstream, ...createBench([upstream]) };
};

/** Opens a subscription and waits until it is acknowledged. */
const listen = async (client: BenchClient, notifications: JsonObject, id: number | string) => {
  void client.request('subscriptions/listen', { notifications }, id);
  return client.next('notifications/subscriptions/acknowledged');
};

describe('a subscription', () => {
  test('is acknowledged first, with what of it is honoured and its id', async () => {
    verifies('subscribe:acknowledged-first');
    const { openModern } = create();
    const asked = {
      toolsListChanged: true,
      promptsListChanged: false,
      resourceSubscriptions: ['test://a', 'test://none'],
      x: true,
    };
    const acknowledged = await listen(openModern(), asked, 'sub');
    expect(acknowledged).toMatchObject({
      params: {
        notifications: { toolsListChanged: true, resourceSubscriptions: ['test://a'] },
        _meta: { [SUBSCRIPTION]: 'sub' },
      },
      about: '"sub"',
    });
    expect(Object.keys(acknowledged.params?.['notifications'] as object)).toHaveLength(2);
  });

  test('tells of changes in the resources that it names, under its id, until it is cancelled', async () => {
    verifies('subscribe:resources');
    const { openModern, upstream } = create();
    const client = openModern();
    await listen(client, { resourceSubscriptions: ['test://a'] }, 41);
    await vi.waitFor(() => expect(upstream.watched).toEqual(['test://a']));
    upstream.tellUpdate('test://a');
    upstream.tellUpdate('test://b');
    expect(client.of('notifications/resources/updated')).toMatchObject([
      { params: { uri: 'test://a', _meta: { [SUBSCRIPTION]: 41 } }, about: '41' },
    ]);
    client.notify('notifications/cancelled', { requestId: 41 });
    expect(upstream.watched).toEqual([]);
    upstream.tellUpdate('test://a');
    expect(client.of('notifications/resources/updated')).toHaveLength(1);
  });

  test('is one of several on a connection, each told of its own', async () => {
    verifies('subscribe:several');
    const { openModern, upstream } = create();
    const client = openModern();
    await listen(client, { resourceSubscriptions: ['test://a', 'test://b'] }, 1);
    await listen(client, { resourceSubscriptions: ['test://b'] }, 2);
    await vi.waitFor(() => expect(upstream.watched).toHaveLength(3));
    upstream.tellUpdate('test://b');
    client.notify('notifications/cancelled', { requestId: 1 });
    upstream.tellUpdate('test://b');
    expect(client.of('notifications/resources/updated').map(({ about }) => about)).toEqual(['1', '2', '2']);
    expect(upstream.watched).toEqual(['test://b']);
  });

  test('names what is unknown or refused without harm to the rest', async () => {
    const { openModern, upstream } = create({
      watch: (uri) => (uri === 'test://a' ? errorReply(-1, 'no') : resultReply({})),
    });
    const { params } = await listen(
      openModern(),
      { resourceSubscriptions: ['test://none', 'test://a', 'test://b'] },
      1,
    );
    expect(params?.['notifications']).toEqual({ resourceSubscriptions: ['test://b'] });
    expect(upstream.watched).toEqual(['test://b']);
  });

  test('that is cancelled while its resources are looked for watches none', async () => {
    const started = Promise.withResolvers<void>();
    const { openModern, upstream } = create({ start: () => started.promise });
    const client = openModern();
    void client.request('subscriptions/listen', { notifications: { resourceSubscriptions: ['test://a'] } }, 1);
    client.notify('notifications/cancelled', { requestId: 1 });
    started.resolve();
    await settle(20);
    expect(upstream.watched).toEqual([]);
    expect(client.told).toEqual([]);
  });

  test('ends with its connection, without a word', async () => {
    const { openModern, upstream } = create();
    const client = openModern();
    await listen(client, { resourceSubscriptions: ['test://a'] }, 1);
    await vi.waitFor(() => expect(upstream.watched).toHaveLength(1));
    const before = client.told.length;
    client.connection.close();
    expect(upstream.watched).toEqual([]);
    upstream.tellUpdate('test://a');
    expect(client.told).toHaveLength(before);
  });

  test('ends with the hub by its result and then a cancellation', async () => {
    const { openModern } = create();
    const client = openModern();
    await listen(client, { toolsListChanged: true }, 'sub');
    client.connection.abandon(new HubError('SHUTTING_DOWN', 'the hub is ending'));
    expect(client.told.slice(-2)).toMatchObject([
      { id: 'sub', result: { resultType: 'complete', _meta: { [SUBSCRIPTION]: 'sub' } } },
      { method: 'notifications/cancelled', params: { requestId: 'sub' }, about: '"sub"' },
    ]);
  });

  test.each([undefined, null, [], 'all', 5])('for %j is refused', async (notifications) => {
    const { openModern } = create();
    const params = notifications === undefined ? {} : { notifications };
    expect((await openModern().request('subscriptions/listen', params)).error?.code).toBe(-32602);
  });

  test('under the id of another is refused, and so is one too many', async () => {
    const { openModern } = create();
    const client = openModern();
    for (let id = 1; id <= 64; id += 1) await listen(client, {}, id);
    void client.request('subscriptions/listen', { notifications: {} }, 1);
    void client.request('subscriptions/listen', { notifications: {} }, 65);
    expect(client.told.slice(-2)).toMatchObject([
      { id: 1, error: { code: -32600 } },
      { id: 65, error: { code: -32602, message: 'at most 64 subscriptions are kept' } },
    ]);
    client.notify('notifications/cancelled', { requestId: 2 });
    await listen(client, {}, 66);
  });
});

describe('log messages during a call', () => {
  const LEVELS = ['debug', 'info', 'error', 'unheard-of'];

  /** An upstream that says one message of each level while it works. */
  const createTalking = () =>
    create({
      call: async ({ sink }) => {
        for (const level of LEVELS) sink.log({ level, data: level });
        return resultReply({});
      },
    });

  test('reach the request that asked for them, at its level and above', async () => {
    verifies('http:stream:own-messages', 'logging:only-asked');
    const { openModern, upstream } = createTalking();
    const client = openModern();
    await client.request('tools/call', { ...ADD, _meta: { [LOG_LEVEL]: 'info' } }, 'one');
    await client.request('tools/call', { ...ADD, _meta: { [LOG_LEVEL]: 'alert' } }, 'two');
    await client.request('tools/call', ADD, 'three');
    expect(client.of('notifications/message').map(({ about, params }) => [about, params?.['level']])).toEqual([
      ['"one"', 'info'],
      ['"one"', 'error'],
      ['"one"', 'unheard-of'],
      ['"two"', 'unheard-of'],
    ]);
    expect(upstream.logLevels).toEqual(['info', 'alert']);
    expect(upstream.calls.map(({ logLevel }) => logLevel)).toEqual(['info', 'alert', undefined]);
  });

  test('of a level that nobody knows cannot be had: the request is refused', async () => {
    verifies('logging:invalid-level');
    const { openModern, upstream } = createTalking();
    const { error } = await openModern().request('tools/call', { ...ADD, _meta: { [LOG_LEVEL]: 'loud' } });
    expect(error?.code).toBe(-32602);
    expect([upstream.calls, upstream.logLevels]).toEqual([[], []]);
  });

  test('come with nothing after the answer', async () => {
    verifies('logging:own-stream');
    const { openModern, upstream } = create();
    const client = openModern();
    await client.request('tools/call', { ...ADD, _meta: { [LOG_LEVEL]: 'debug' } });
    await client.connection.settled();
    upstream.calls[0]?.sink.log({ level: 'error', data: 'late' });
    upstream.tellLog({ level: 'error', data: 'to sessions only' });
    expect(client.of('notifications/message')).toEqual([]);
  });
});

describe('an upstream that wants other headers than its definition says', () => {
  const MISMATCH = { ...errorReply(-32020, 'Header mismatch'), from: 'modern' } as const;
  const REGION = tool('add', {
    inputSchema: { type: 'object', properties: { r: { type: 'string', 'x-mcp-header': 'Region' } } },
  });

  test('is read anew and asked once more, with the new definition', async () => {
    verifies('http:param-headers:retried');
    const { openModern, upstream, outcomes } = create({
      call: ({ target }) => (JSON.stringify(target.definition).includes('Region') ? resultReply({ ok: 1 }) : MISMATCH),
    });
    const client = openModern();
    await client.request('tools/list');
    upstream.offer({ tools: [REGION], resources: [], templates: [] });
    expect((await client.request('tools/call', ADD)).result).toMatchObject({ ok: 1 });
    expect([upstream.calls.length, outcomes()]).toEqual([2, ['ok']]);
    expect(upstream.requests.filter((method) => method === 'tools/list')).toHaveLength(2);
  });

  test('and refuses again is not asked a third time', async () => {
    verifies('http:param-headers:retried');
    const { openModern, upstream, outcomes } = create({ call: () => MISMATCH });
    const { error } = await openModern().request('tools/call', ADD);
    expect(error).toMatchObject({ code: -32020 });
    expect([upstream.calls.length, outcomes()]).toEqual([2, ['error']]);
  });

  test('and has the tool no more leaves the refusal as it is', async () => {
    const { openModern, upstream } = create({
      call: () => {
        upstream.offer({ tools: [], resources: [], templates: [] });
        return MISMATCH;
      },
    });
    expect((await openModern().request('tools/call', ADD)).error?.code).toBe(-32020);
    expect(upstream.calls).toHaveLength(1);
  });
});
