import { describe, expect, test } from 'vitest';
import type { Reply } from '../../src/dispatch/reply.ts';
import { HubError } from '../../src/errors/hub-error.ts';
import { verifies } from '../e2e/requirements/verifies.ts';
import { errorReply, resultReply } from '../support/calls.ts';
import { settle } from '../support/create-catalog.ts';
import { createCore, modernMeta, type TestClient } from '../support/create-core.ts';
import { createFakeUpstream, type FakeUpstream, tool } from '../support/fake-upstream.ts';

const SUBSCRIPTION = 'io.modelcontextprotocol/subscriptionId';

const create = async () => {
  const upstream = createFakeUpstream('math', {
    definitions: { tools: [tool('add')], prompts: [{ name: 'p' }], resources: [{ uri: 'x:here', name: 'h' }] },
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
  return { client, changeAll, core };
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
    verifies('subscribe:acknowledged-part');
    const { client } = await create();
    listen(client, '"sub"', {
      toolsListChanged: true,
      promptsListChanged: false,
      resourceSubscriptions: ['x:here', 'x:nobody', 'x:here'],
      other: true,
    });
    await settle();
    expect(client.notifications('notifications/subscriptions/acknowledged')).toEqual([
      {
        jsonrpc: '2.0',
        method: 'notifications/subscriptions/acknowledged',
        params: {
          _meta: { [SUBSCRIPTION]: 'sub' },
          notifications: { toolsListChanged: true, resourceSubscriptions: ['x:here'] },
        },
      },
    ]);
    expect(client.answersTo('sub')).toEqual([]);
  });

  test('brings the changes that it is for, tagged with its id, digit for digit', async () => {
    verifies('subscribe:only-asked', 'subscribe:tagged', 'resources:list-changed');
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
    verifies('subscribe:only-asked');
    const { client, changeAll } = await create();
    await changeAll();
    expect(changesTold(client)).toEqual([]);
  });

  describe('by a client that has listed nothing', () => {
    const start = async (isKnown: boolean) => {
      const upstream = createFakeUpstream('math', { definitions: { tools: [tool('add')], prompts: [{ name: 'p' }] } });
      const core = createCore([upstream]);
      if (isKnown) await core.view.catalog.load('math', 'tools');
      await settle();
      const client = core.connect();
      listen(client, '1001', { toolsListChanged: true });
      await settle();
      return { upstream, core, client };
    };
    const changeTools = async (upstream: FakeUpstream, name: string): Promise<void> => {
      upstream.offer({ tools: [tool(name)], prompts: [{ name }] });
      for (const kind of ['tools', 'prompts'] as const) upstream.tellChange(kind);
      await settle();
    };

    test('brings every change after it, and of no other kind', async () => {
      const { upstream, client } = await start(true);
      await changeTools(upstream, 'one');
      await changeTools(upstream, 'two');
      const told = client.messages().flatMap(({ method }) => method ?? []);
      expect(told).toEqual([
        'notifications/subscriptions/acknowledged',
        'notifications/tools/list_changed',
        'notifications/tools/list_changed',
      ]);
    });

    test('brings a change also where another client is given the list before the change is told', async () => {
      const { upstream, core, client } = await start(true);
      upstream.offer({ tools: [tool('new')] });
      upstream.tellChange('tools');
      const isRead = (): boolean => core.view.catalog.list('tools').byName.has('math__new');
      for (let turn = 0; turn < 100 && !isRead(); turn += 1) await Promise.resolve();
      expect([isRead(), changesTold(client)]).toEqual([true, []]);
      core.view.catalog.markServed('tools');
      await settle();
      expect(changesTold(client)).toHaveLength(1);
    });

    test('brings what is found out of an upstream that was unknown, and starts none', async () => {
      const { upstream, core, client } = await start(false);
      expect(upstream.connects).toBe(0);
      await core.view.catalog.load('math', 'tools');
      await settle();
      expect(changesTold(client)).toHaveLength(1);
      await changeTools(upstream, 'one');
      expect(changesTold(client)).toHaveLength(2);
    });

    test('brings no word of the list that the client itself gets next', async () => {
      const { upstream, client } = await start(false);
      expect((await client.modern('tools/list')).result?.['tools']).toHaveLength(1);
      await settle();
      expect(changesTold(client)).toEqual([]);
      await changeTools(upstream, 'one');
      expect(changesTold(client)).toHaveLength(1);
    });
  });

  test('beside another brings each change once for each', async () => {
    verifies('subscribe:several');
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
    verifies('subscribe:cancelled');
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
    verifies('subscribe:end:result', 'subscribe:end:cancelled');
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

  test.each([
    undefined,
    null,
    [],
    'tools',
    { toolsListChanged: 'yes' },
    { promptsListChanged: 1 },
    { resourcesListChanged: null },
    { resourceSubscriptions: 'x:here' },
    { resourceSubscriptions: ['x:here', 5] },
    { resourceSubscriptions: { 0: 'x:here' } },
    { resourceSubscriptions: null },
  ])('to %j is refused, and the log says so', async (notifications) => {
    const { client, core } = await create();
    listen(client, '1001', notifications);
    expect(client.answersTo(1001)).toMatchObject([{ error: { code: -32602 } }]);
    expect(core.eventsOf('call.finished')).toMatchObject([{ outcome: 'error', errorCode: -32602 }]);
    expect(client.notifications('notifications/subscriptions/acknowledged')).toEqual([]);
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

describe('the resources of a subscription', () => {
  const ACKNOWLEDGED = 'notifications/subscriptions/acknowledged';
  const UPDATED = 'notifications/resources/updated';
  const resources = (...uris: string[]) => ({ resources: uris.map((uri) => ({ uri, name: uri })), templates: [] });

  /** What of a subscription is honoured, once it is acknowledged. */
  const honoured = async (client: TestClient): Promise<unknown> => {
    while (client.notifications(ACKNOWLEDGED).length === 0) await settle(1);
    return client.notifications(ACKNOWLEDGED)[0]?.params?.['notifications'];
  };

  test('are honoured in their order, where an upstream that was not started yet owns them', async () => {
    const [one, two] = [
      createFakeUpstream('one', { definitions: resources('x:1') }),
      createFakeUpstream('two', {
        definitions: { ...resources('x:2'), templates: [{ uriTemplate: 'y:{id}', name: 'y' }] },
      }),
    ];
    const client = createCore([one, two]).connect();
    listen(client, '1', { resourceSubscriptions: ['y:7', 'x:2', 'z:1', 'x:1'] });
    expect(await honoured(client)).toEqual({ resourceSubscriptions: ['y:7', 'x:2', 'x:1'] });
    expect([one.watched, two.watched]).toEqual([['x:1'], ['y:7', 'x:2']]);
  });

  test('are not honoured where their upstream refuses or cannot be started', async () => {
    const refusing = createFakeUpstream('refusing', {
      definitions: resources('x:1', 'x:2'),
      watch: (uri) => (uri === 'x:1' ? errorReply(-32601, 'no') : resultReply({})),
    });
    const broken = createFakeUpstream('broken', {
      definitions: resources('x:3'),
      start: () => Promise.reject(new HubError('UPSTREAM_START_FAILED', 'no')),
    });
    const client = createCore([refusing, broken]).connect();
    listen(client, '1', { resourceSubscriptions: ['x:1', 'x:2', 'x:3'] });
    expect(await honoured(client)).toEqual({ resourceSubscriptions: ['x:2'] });
  });

  test('wait for a slow upstream as long as a first list does, and are honoured without it', async () => {
    const ready = createFakeUpstream('ready', { definitions: resources('x:1') });
    const slow = createFakeUpstream('slow', { start: () => new Promise(() => {}) });
    const core = createCore([ready, slow], { firstListMs: 30 });
    const client = core.connect();
    listen(client, '1', { resourceSubscriptions: ['x:1', 'x:2'] });
    await settle(3);
    expect(client.lines).toEqual([]);
    expect(await honoured(client)).toEqual({ resourceSubscriptions: ['x:1'] });
    core.view.catalog.close();
  });

  test('count as honoured while their upstream has not said whether it can watch them', async () => {
    const upstream = createFakeUpstream('up', { definitions: resources('x:1'), watch: () => new Promise(() => {}) });
    const client = createCore([upstream], { firstListMs: 30 }).connect();
    listen(client, '1', { resourceSubscriptions: ['x:1'] });
    expect(await honoured(client)).toEqual({ resourceSubscriptions: ['x:1'] });
  });

  test('that change before the acknowledgement are told of after it, once each', async () => {
    const gate = Promise.withResolvers<Reply>();
    const upstream = createFakeUpstream('up', { definitions: resources('x:1', 'x:2'), watch: () => gate.promise });
    const client = createCore([upstream]).connect();
    await client.modern('resources/list');
    listen(client, '"sub"', { resourceSubscriptions: ['x:1', 'x:2'], resourcesListChanged: true });
    await settle();
    for (const uri of ['x:1', 'x:1', 'x:2']) upstream.tellUpdate(uri);
    upstream.offer(resources('x:1', 'x:2', 'x:3'));
    upstream.tellChange('resources');
    await settle();
    expect(client.messages().filter(({ method }) => method !== undefined)).toEqual([]);
    gate.resolve(resultReply({}));
    await settle();
    const told = client.messages().filter(({ method }) => method !== undefined);
    expect(told.map(({ method, params }) => params?.['uri'] ?? method)).toEqual([
      ACKNOWLEDGED,
      'x:1',
      'x:2',
      'notifications/resources/list_changed',
    ]);
    for (const { params } of told) expect(params?.['_meta']).toEqual({ [SUBSCRIPTION]: 'sub' });
  });

  test('are let go when the subscription ends before their upstream has agreed', async () => {
    const gate = Promise.withResolvers<Reply>();
    const upstream = createFakeUpstream('up', { definitions: resources('x:1'), watch: () => gate.promise });
    const client = createCore([upstream]).connect();
    await client.modern('resources/list');
    listen(client, '1001', { resourceSubscriptions: ['x:1'] });
    await settle();
    client.notify('notifications/cancelled', { requestId: 1001 });
    gate.resolve(resultReply({}));
    await settle();
    expect(upstream.watched).toEqual([]);
    upstream.tellUpdate('x:1');
    expect(client.notifications(ACKNOWLEDGED)).toEqual([]);
    expect(client.notifications(UPDATED)).toEqual([]);
  });

  test('are acknowledged as far as they are known when the hub ends meanwhile', async () => {
    const slow = createFakeUpstream('slow', { start: () => new Promise(() => {}) });
    const core = createCore([slow]);
    const client = core.connect();
    listen(client, '1', { resourceSubscriptions: ['x:1'], toolsListChanged: true });
    client.connection.abandon(new HubError('SHUTTING_DOWN', 'the hub is ending'));
    expect(client.messages().map(({ method, id }) => method ?? id)).toEqual([
      ACKNOWLEDGED,
      1,
      'notifications/cancelled',
    ]);
    expect(client.notifications(ACKNOWLEDGED)[0]?.params?.['notifications']).toEqual({ toolsListChanged: true });
    core.view.catalog.close();
  });

  test('are at most a thousand', async () => {
    const uris = Array.from({ length: 1_001 }, (_, index) => `x:${index}`);
    const client = createCore([createFakeUpstream('up', { definitions: resources(...uris) })]).connect();
    await client.modern('resources/list');
    listen(client, '1001', { resourceSubscriptions: uris });
    expect(await honoured(client)).toEqual({ resourceSubscriptions: uris.slice(0, 1_000) });
  });
});
