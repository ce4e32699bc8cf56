import { describe, expect, test } from 'vitest';
import { HubError } from '../../src/errors/hub-error.ts';
import { settle } from '../support/create-catalog.ts';
import { createCore, modernMeta, type TestClient } from '../support/create-core.ts';
import { createFakeUpstream, tool } from '../support/fake-upstream.ts';

const SUBSCRIPTION = 'io.modelcontextprotocol/subscriptionId';

const create = async () => {
  const upstream = createFakeUpstream('math', {
    definitions: { tools: [tool('add')], prompts: [{ name: 'p' }], resources: [] },
  });
  const core = createCore([upstream]);
  const client = core.connect();
  for (const method of ['tools/list', 'prompts/list', 'resources/list']) await client.modern(method);
  let count = 0;
  const changeAll = async (): Promise<void> => {
    count += 1;
    upstream.offer({
      tools: [tool(`t${count}`)],
      prompts: [{ name: `p${count}` }],
      resources: [{ uri: `x:${count}`, name: 'r' }],
    });
    for (const kind of ['tools', 'prompts', 'resources'] as const) upstream.tellChange(kind);
    await settle();
  };
  return { client, changeAll };
};

/** Opens a subscription; nothing answers it until it ends. */
const listen = (client: TestClient, id: string, notifications: unknown): void => {
  const params = { notifications, _meta: modernMeta() };
  client.line(`{"jsonrpc":"2.0","id":${id},"method":"subscriptions/listen","params":${JSON.stringify(params)}}`);
};

const changesTold = (client: TestClient): unknown[] =>
  client.messages().filter(({ method }) => method?.endsWith('list_changed'));

describe('a subscription', () => {
  test('is acknowledged with the part of it that is honoured', async () => {
    const { client } = await create();
    listen(client, '"sub"', {
      toolsListChanged: true,
      promptsListChanged: false,
      resourceSubscriptions: ['x:1'],
      other: true,
    });
    expect(client.notifications('notifications/subscriptions/acknowledged')).toEqual([
      {
        jsonrpc: '2.0',
        method: 'notifications/subscriptions/acknowledged',
        params: {
          _meta: { [SUBSCRIPTION]: 'sub' },
          notifications: { toolsListChanged: true, resourceSubscriptions: ['x:1'] },
        },
      },
    ]);
    expect(client.answersTo('sub')).toEqual([]);
  });

  test('brings the changes that it is for, tagged with its id, digit for digit', async () => {
    const { client, changeAll } = await create();
    listen(client, '9007199254740993', { toolsListChanged: true, resourcesListChanged: true });
    await changeAll();
    const told = client.lines.filter((line) => line.includes('list_changed'));
    expect(told.sort()).toEqual([
      `{"jsonrpc":"2.0","method":"notifications/resources/list_changed","params":{"_meta":{"${SUBSCRIPTION}":9007199254740993}}}`,
      `{"jsonrpc":"2.0","method":"notifications/tools/list_changed","params":{"_meta":{"${SUBSCRIPTION}":9007199254740993}}}`,
    ]);
  });

  test('is needed for a modern client to be told of anything', async () => {
    const { client, changeAll } = await create();
    await changeAll();
    expect(changesTold(client)).toEqual([]);
  });

  test('beside another brings each change once for each', async () => {
    const { client, changeAll } = await create();
    listen(client, '1001', { toolsListChanged: true });
    listen(client, '"1001"', { toolsListChanged: true });
    await changeAll();
    expect(changesTold(client)).toMatchObject([
      { params: { _meta: { [SUBSCRIPTION]: 1001 } } },
      { params: { _meta: { [SUBSCRIPTION]: '1001' } } },
    ]);
  });

  test('ends without a word when it is cancelled, and leaves others alone', async () => {
    const { client, changeAll } = await create();
    listen(client, '1001', { toolsListChanged: true });
    listen(client, '1002', { toolsListChanged: true });
    client.notify('notifications/cancelled', { requestId: 1001 });
    client.notify('notifications/cancelled', { requestId: 1001 });
    await changeAll();
    expect(changesTold(client)).toMatchObject([{ params: { _meta: { [SUBSCRIPTION]: 1002 } } }]);
    expect(client.answersTo(1001)).toEqual([]);
    listen(client, '1001', { toolsListChanged: true });
    expect(client.notifications('notifications/subscriptions/acknowledged')).toHaveLength(3);
  });

  test('ends with a result and a cancellation when the hub ends', async () => {
    const { client, changeAll } = await create();
    listen(client, '1001', { toolsListChanged: true });
    client.connection.abandon(new HubError('SHUTTING_DOWN', 'the hub is ending'));
    expect(client.messages().slice(-2)).toEqual([
      { jsonrpc: '2.0', id: 1001, result: { resultType: 'complete', _meta: { [SUBSCRIPTION]: 1001 } } },
      { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1001, reason: 'the hub is ending' } },
    ]);
    const before = client.lines.length;
    await changeAll();
    expect(client.lines).toHaveLength(before);
  });

  test('holds back no end: a connection with nothing but subscriptions is settled', async () => {
    const { client } = await create();
    listen(client, '1001', { toolsListChanged: true });
    await client.connection.settled();
  });

  test('is silent after its connection is closed', async () => {
    const { client, changeAll } = await create();
    listen(client, '1001', { toolsListChanged: true });
    client.connection.close();
    await changeAll();
    expect(changesTold(client)).toEqual([]);
  });

  test.each([undefined, null, [], 'tools'])('to %j is refused', async (notifications) => {
    const { client } = await create();
    listen(client, '1001', notifications);
    expect(client.answersTo(1001)).toMatchObject([{ error: { code: -32602 } }]);
  });

  test('under an id that is open is refused, and so is the 65th', async () => {
    const { client } = await create();
    for (let id = 1001; id < 1065; id += 1) listen(client, String(id), {});
    expect(client.notifications('notifications/subscriptions/acknowledged')).toHaveLength(64);
    listen(client, '1001', {});
    expect(client.answersTo(1001)).toMatchObject([{ error: { code: -32600 } }]);
    listen(client, '1065', {});
    expect(client.answersTo(1065)).toMatchObject([{ error: { code: -32602 } }]);
  });
});
