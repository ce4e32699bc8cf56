import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/protocol/json.ts';
import { verifies } from '../e2e/requirements/verifies.ts';
import { errorReply, resultReply } from '../support/calls.ts';
import { settle } from '../support/create-catalog.ts';
import { createFakeUpstream, type FakeUpstreamOptions, tool } from '../support/fake-upstream.ts';
import { createBench } from '../support/relay-bench.ts';

const TASKS_EXTENSION = 'io.modelcontextprotocol/tasks';
const CAN_TASKS = { extensions: { [TASKS_EXTENSION]: {} } };
const SUBSCRIPTION = 'io.modelcontextprotocol/subscriptionId';

const create = (...options: FakeUpstreamOptions[]) => {
  const upstreams = options.map((over, index) =>
    createFakeUpstream(`up${index + 1}`, {
      definitions: { tools: [tool('work')] },
      capabilities: { tasks: { list: {}, requests: { tools: { call: {} } } } },
      ...over,
    }),
  );
  return { upstreams, ...createBench(upstreams) };
};

type AnswerOf = Exclude<FakeUpstreamOptions['answer'], undefined>;
type CallOf = Exclude<FakeUpstreamOptions['call'], undefined>;

/** Makes a task of the id that the arguments name. */
const legacyTask: CallOf = ({ method, params }) =>
  method === 'tools/call'
    ? resultReply({ task: { taskId: (params['arguments'] as JsonObject)['id'] ?? '', status: 'working' } })
    : resultReply({ method });
const modernTask: CallOf = ({ params }) =>
  resultReply({ resultType: 'task', taskId: (params['arguments'] as JsonObject)['id'] ?? '' }, 'modern');
const work = (upstream: number, id: string) => ({ name: `up${upstream}__work`, arguments: { id }, task: {} });

describe('the tasks of a legacy client', () => {
  const listing =
    (pages: readonly string[][]): AnswerOf =>
    (method, { cursor = '0' }) => {
      if (method !== 'tasks/list') return undefined;
      const page = Number(cursor as string);
      const tasks = (pages[page] ?? []).map((taskId) => ({ taskId, status: 'working', n: page }));
      return resultReply({ tasks, ...(page + 1 < pages.length && { nextCursor: String(page + 1) }) });
    };

  test('are listed on one page, over all of its upstreams; those of others are not', async () => {
    verifies('tasks:legacy:list', 'tasks:legacy:owner');
    const { openLegacy } = create(
      { call: legacyTask, answer: listing([['a', 'of another'], ['b']]) },
      { call: legacyTask, answer: listing([['c', 'a']]) },
      { call: legacyTask, answer: listing([['d']]) },
    );
    const [client, other] = [await openLegacy(), await openLegacy()];
    await client.request('tools/call', work(1, 'a'));
    await client.request('tools/call', work(1, 'b'));
    await client.request('tools/call', work(2, 'c'));
    await other.request('tools/call', work(1, 'of another'));
    const { result } = await client.request('tasks/list');
    expect(result).toMatchObject({ tasks: [{ taskId: 'a' }, { taskId: 'b' }, { taskId: 'c' }] });
    expect((await other.request('tasks/list')).result?.['tasks']).toEqual([
      { taskId: 'of another', status: 'working', n: 0 },
    ]);
  });

  test('are asked for one by one where an upstream has no list; one that fails has none', async () => {
    const { openLegacy, upstreams } = create(
      { call: legacyTask, answer: (method) => (method === 'tasks/list' ? errorReply(-32603, 'no') : undefined) },
      {
        call: legacyTask,
        capabilities: { tasks: { requests: {} } },
        answer: (method, { taskId = '' }) =>
          method === 'tasks/get' ? resultReply({ taskId, status: 'x' }) : undefined,
      },
      {},
    );
    const client = await openLegacy();
    await client.request('tools/call', work(1, 'a'));
    await client.request('tools/call', work(2, 'b'));
    expect((await client.request('tasks/list')).result).toEqual({ tasks: [{ taskId: 'b', status: 'x' }] });
    expect(upstreams.map(({ requests }) => requests.filter((method) => method.startsWith('tasks/')))).toEqual([
      ['tasks/list'],
      ['tasks/get'],
      [],
    ]);
  });

  test('are listed to a bound: an upstream whose pages never end is left', async () => {
    const endless: AnswerOf = (method, { cursor = '0' }) =>
      method === 'tasks/list' ? resultReply({ tasks: [], nextCursor: `${Number(cursor as string) + 1}` }) : undefined;
    const { openLegacy, upstreams } = create({ call: legacyTask, answer: endless });
    const client = await openLegacy();
    await client.request('tools/call', work(1, 'a'));
    expect((await client.request('tasks/list')).result).toEqual({ tasks: [] });
    expect(upstreams[0]?.requests.filter((request) => request.startsWith('tasks/list'))).toHaveLength(32);
  });

  test('have no second page', async () => {
    verifies('pagination:unknown-cursor');
    const { openLegacy } = create({});
    const client = await openLegacy();
    expect((await client.request('tasks/list', { cursor: 'x' })).error?.code).toBe(-32602);
  });

  test('are told of by the upstream to their own client, as they are', async () => {
    verifies('tasks:legacy:owner');
    const { openLegacy, upstreams } = create({ call: legacyTask });
    const [client, other] = [await openLegacy(), await openLegacy()];
    await client.request('tools/call', work(1, 'a'));
    upstreams[0]?.tellTask({ taskId: 'a', status: 'completed', 'x-unknown': 1 });
    expect(client.of('notifications/tasks/status').map(({ params }) => params)).toEqual([
      { taskId: 'a', status: 'completed', 'x-unknown': 1 },
    ]);
    expect(other.of('notifications/tasks/status')).toEqual([]);
    client.connection.close();
    upstreams[0]?.tellTask({ taskId: 'a', status: 'failed' });
    expect(client.of('notifications/tasks/status')).toHaveLength(1);
  });

  test.each(['tasks/get', 'tasks/result', 'tasks/cancel'])(
    'cannot be reached by another client with %s: no upstream is asked, and the log says so',
    async (method) => {
      verifies('tasks:legacy:owner', 'tasks:unknown');
      const { openLegacy, upstreams, outcomes } = create({ call: legacyTask });
      const [client, other] = [await openLegacy(), await openLegacy()];
      await client.request('tools/call', work(1, 'a'));
      const { error } = await other.request(method, { taskId: 'a' });
      expect(error).toMatchObject({ code: -32602, message: expect.stringContaining('Unknown task') as string });
      expect(upstreams[0]?.calls).toHaveLength(1);
      expect(outcomes()).toEqual(['ok', 'error']);
      expect((await client.request(method, { taskId: 'a' })).result).toEqual({ method });
    },
  );
});

describe('the tasks of a modern client', () => {
  const createModern = () => create({ era: 'modern', capabilities: CAN_TASKS, call: modernTask });

  test('are told of by a subscription that names them, in the words of the extension', async () => {
    verifies('tasks:notifications');
    const { openModern, upstreams } = createModern();
    const client = openModern(CAN_TASKS);
    await client.request('tools/call', work(1, 'a'));
    await client.request('tools/call', work(1, 'b'));
    void client.request('subscriptions/listen', { notifications: { taskIds: ['a', 'unknown', 'a'] } }, 'sub');
    const { params } = await client.next('notifications/subscriptions/acknowledged');
    expect(params).toEqual({ _meta: { [SUBSCRIPTION]: 'sub' }, notifications: { taskIds: ['a'] } });
    expect(upstreams[0]?.watchedTasks).toEqual(['a']);
    upstreams[0]?.tellTask({ taskId: 'b', status: 'working' });
    upstreams[0]?.tellTask({ taskId: 'a', status: 'completed', _meta: { [SUBSCRIPTION]: 9, k: 1 } });
    expect(client.of('notifications/tasks').map(({ params: told }) => told)).toEqual([
      { taskId: 'a', status: 'completed', _meta: { [SUBSCRIPTION]: 'sub', k: 1 } },
    ]);
    client.notify('notifications/cancelled', { requestId: 'sub' });
    expect(upstreams[0]?.watchedTasks).toEqual([]);
  });

  test('are not told of to another client, which may name them', async () => {
    verifies('tasks:owner');
    const { openModern, upstreams } = createModern();
    const [client, other] = [openModern(CAN_TASKS), openModern(CAN_TASKS)];
    await client.request('tools/call', work(1, 'a'));
    void other.request('subscriptions/listen', { notifications: { taskIds: ['a'] } }, 'sub');
    const { params } = await other.next('notifications/subscriptions/acknowledged');
    expect(params?.['notifications']).toEqual({});
    upstreams[0]?.tellTask({ taskId: 'a', status: 'completed' });
    expect(other.of('notifications/tasks')).toEqual([]);
    expect(upstreams[0]?.watchedTasks).toEqual([]);
  });

  test('cannot be subscribed to without the extension', async () => {
    verifies('tasks:notifications:undeclared');
    const { openModern, outcomes } = createModern();
    const client = openModern();
    const { error } = await client.request('subscriptions/listen', { notifications: { taskIds: ['a'] } });
    expect(error).toMatchObject({ code: -32021, data: { requiredCapabilities: CAN_TASKS } });
    expect(outcomes()).toEqual(['denied']);
  });

  test.each([7, ['a', 7]])('cannot be subscribed to by %j', async (taskIds) => {
    const client = createModern().openModern(CAN_TASKS);
    const { error } = await client.request('subscriptions/listen', { notifications: { taskIds } });
    expect(error?.code).toBe(-32602);
  });

  test.each(['tasks/get', 'tasks/update', 'tasks/cancel'])(
    'cannot be reached by another client with %s: no upstream is asked, and the log says so',
    async (method) => {
      verifies('tasks:owner', 'tasks:undeclared', 'tasks:unknown');
      const { openModern, upstreams, outcomes } = createModern();
      const [client, other] = [openModern(CAN_TASKS), openModern(CAN_TASKS)];
      await client.request('tools/call', work(1, 'a'));
      expect((await other.request(method, { taskId: 'a' })).error?.code).toBe(-32602);
      expect((await openModern().request(method, { taskId: 'a' })).error?.code).toBe(-32021);
      await settle();
      expect(upstreams[0]?.calls).toHaveLength(1);
      expect(outcomes()).toEqual(['ok', 'error', 'denied']);
    },
  );
});
