import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifies } from '../requirements/verifies.ts';
import { initialize, type Talker, talker } from '../support/conversation.ts';
import { readEvilLog } from '../support/evil-log.ts';
import { type ServedHub, serveOnHttp } from '../support/http-hub.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';
import { fixture } from '../support/paths.ts';
import { eventually } from '../support/processes.ts';
import type { WireMessage } from '../support/received.ts';
import { readCallLog } from '../support/run-command.ts';
import { createTempHome } from '../support/temp-home.ts';

const TASKS = 'io.modelcontextprotocol/tasks';
const META = 'io.modelcontextprotocol';
const UI = 'ui://app/view';

const home = createTempHome();
const evilLog = home.file('evil.ndjson');
const extras = (name: string, era: string) => ({
  command: process.execPath,
  args: [fixture('extras.mjs'), name, era],
  env: { EVIL_LOG: evilLog },
});
const config = { mcpServers: { old: extras('old', 'legacy'), new: extras('new', 'modern') } };
const hubs: { legacy?: HubProcess; modern?: HubProcess } = {};

beforeAll(async () => {
  hubs.legacy = await startHub({ config, home });
  hubs.modern = await startHub({ config, home });
  await initialize(hubs.legacy);
  await talker(hubs.legacy, 'legacy').names('tools');
  await talker(hubs.modern, 'modern').names('tools');
}, 30_000);
afterAll(async () => {
  await Promise.all([hubs.legacy?.stop(), hubs.modern?.stop()]);
  home.remove();
}, 30_000);

const hubOf = (era: 'legacy' | 'modern'): HubProcess => hubs[era] as HubProcess;
const as = (era: 'legacy' | 'modern'): Talker => talker(hubOf(era), era);
const WITH_TASKS = { meta: { [`${META}/clientCapabilities`]: { extensions: { [TASKS]: {} } } } };

const toolOf = async (client: Talker, name: string): Promise<Record<string, unknown>> => {
  const { message } = await client.request('tools/list');
  const tools = message.result?.['tools'] as Record<string, unknown>[];
  return tools.find((tool) => tool['name'] === name) ?? {};
};
const ANYTHING = { anyOf: [{ type: 'object' }, { type: 'array' }, { type: 'null' }] };
const heardBy = (upstream: string, part: string): number =>
  readEvilLog(evilLog).filter(({ name, raw }) => name === upstream && String(raw).includes(part)).length;

describe.each(['old', 'new'])('a tool of %s whose output schema is no object', (upstream) => {
  test.each([[{ a: 1 }], [[1, 'two']], [null]])(
    'is wrapped for a legacy client, with its content: %j',
    async (value) => {
      verifies('tools:output-schema', 'tools:content:structured:legacy');
      expect((await toolOf(as('legacy'), `${upstream}__anything`))['outputSchema']).toEqual({
        type: 'object',
        properties: { result: ANYTHING },
        required: ['result'],
      });
      const { message } = await as('legacy').call(`${upstream}__anything`, { value });
      expect(message.result?.['structuredContent']).toEqual({ result: value });
    },
  );

  test('is as it was written for a modern client, with its content', async () => {
    verifies('tools:output-schema', 'tools:content:structured');
    expect((await toolOf(as('modern'), `${upstream}__anything`))['outputSchema']).toEqual(ANYTHING);
    const { message } = await as('modern').call(`${upstream}__anything`, { value: [1] });
    expect(message.result?.['structuredContent']).toEqual([1]);
  });

  test('has none for a legacy client where it refers to its own root', async () => {
    expect(await toolOf(as('legacy'), `${upstream}__rooted`)).not.toHaveProperty('outputSchema');
    expect(await toolOf(as('modern'), `${upstream}__rooted`)).toHaveProperty('outputSchema.$defs');
  });
});

describe.each(['legacy', 'modern'] as const)('the user interface of a tool, for a %s client', (era) => {
  test('reaches its own upstream, although both have the same URI and no list has it', async () => {
    const uriOf = async (upstream: string): Promise<string> => {
      const { _meta } = (await toolOf(as(era), `${upstream}__show`)) as {
        _meta: { ui: { resourceUri: string }; 'ui/resourceUri': string };
      };
      expect(_meta['ui/resourceUri']).toBe(_meta.ui.resourceUri);
      return _meta.ui.resourceUri;
    };
    expect([await uriOf('old'), await uriOf('new')]).toEqual([UI, `mcp-hub://new/${encodeURIComponent(UI)}`]);
    for (const upstream of ['old', 'new']) {
      const uri = await uriOf(upstream);
      const { message } = await as(era).request('resources/read', { uri });
      expect(message.result?.['contents']).toEqual([
        { uri, mimeType: 'text/html;profile=mcp-app', text: `<p>${upstream}</p>` },
      ]);
      const shown = await as(era).call(`${upstream}__show`);
      expect(shown.message.result).toMatchObject({ _meta: { ui: { resourceUri: uri } } });
    }
  });

  test('that there is not is told in the code of the era', async () => {
    const { message } = await as(era).request('resources/read', { uri: 'ui://app/none' });
    expect(message.error?.code).toBe(era === 'legacy' ? -32002 : -32602);
  });
});

describe('a task of a legacy client', () => {
  test('is made, listed, told of and finished at a legacy upstream', async () => {
    const client = as('legacy');
    const made = await client.request('tools/call', { name: 'old__work', arguments: {}, task: { ttl: 60_000 } });
    const { taskId } = taskIn(made);
    expect((await client.request('tasks/get', { taskId })).message.result).toMatchObject({ taskId, status: 'working' });
    expect((await client.request('tasks/list')).message.result).toMatchObject({
      tasks: [{ taskId, status: 'working' }],
    });
    const result = client.request('tasks/result', { taskId });
    await client.call('old__finish', { taskId });
    const told = await hubOf('legacy').nextMessage(({ method }) => method === 'notifications/tasks/status');
    expect(told.message.params).toMatchObject({ taskId, status: 'completed' });
    expect((await result).message.result).toMatchObject({ content: [{ text: `${taskId} completed` }] });
  });

  test('is refused for a tool of a modern upstream, which hears nothing of it', async () => {
    const before = heardBy('new', '"tools/call"');
    const params = { name: 'new__work', arguments: {}, task: {} };
    const { message } = await as('legacy').request('tools/call', params);
    expect(message.error).toMatchObject({ code: -32601, message: expect.stringContaining('new__work') as string });
    expect(heardBy('new', '"tools/call"')).toBe(before);
  });
});

test('a legacy client of a modern upstream that needs a capability gets a tool error that says so', async () => {
  const { message } = await as('legacy').call('new__work');
  expect(message.result).toMatchObject({
    isError: true,
    content: [
      { type: 'text', text: expect.stringMatching(new RegExp(`^new needs of its client: ${TASKS}`)) as string },
    ],
  });
});

describe('a task of a modern client', () => {
  test('is made, told of by a subscription, and finished at a modern upstream', async () => {
    const client = as('modern');
    const made = await client.call('new__work', {}, WITH_TASKS);
    const { taskId, resultType } = made.message.result as { taskId: string; resultType: string };
    expect(resultType).toBe('task');
    const listen = { jsonrpc: '2.0', id: 'sub', method: 'subscriptions/listen' };
    const _meta = { [`${META}/protocolVersion`]: '2026-07-28', ...WITH_TASKS.meta };
    const params = { notifications: { taskIds: [taskId, 'old-1'] }, _meta };
    hubOf('modern').sendRaw(`${JSON.stringify({ ...listen, params })}\n`);
    const acknowledged = await hubOf('modern').nextMessage(
      ({ method }) => method === 'notifications/subscriptions/acknowledged',
    );
    expect(acknowledged.message.params?.['notifications']).toEqual({ taskIds: [taskId] });
    await eventually('the upstream to be asked', () => heardBy('new', `"taskIds":["${taskId}"]`) > 0);
    await client.call('new__finish', { taskId }, WITH_TASKS);
    const told = await hubOf('modern').nextMessage(({ method }) => method === 'notifications/tasks');
    expect(told.message.params).toMatchObject({
      taskId,
      status: 'completed',
      _meta: { [`${META}/subscriptionId`]: 'sub' },
    });
    expect((await client.request('tasks/get', { taskId }, WITH_TASKS)).message.result).toMatchObject({
      resultType: 'complete',
      status: 'completed',
    });
  });

  test('is the same for requests that declare something else beside tasks', async () => {
    const client = as('modern');
    const made = await client.call('new__work', {}, WITH_TASKS);
    const { taskId } = made.message.result as { taskId: string };
    const capabilities = { extensions: { [TASKS]: {} }, sampling: {} };
    const meta = { [`${META}/clientCapabilities`]: capabilities };
    const { message } = await client.request('tasks/get', { taskId }, { meta });
    expect(message.result).toMatchObject({ taskId, status: 'working' });
  });

  test('is run to its end where a legacy upstream does a tool in no other way', async () => {
    const { message } = await as('modern').call('old__must_work');
    expect(message.result).toMatchObject({ resultType: 'complete', content: [{ type: 'text' }] });
    expect(message.result).not.toHaveProperty('task');
  });

  test('is told what it needs where it has not declared tasks', async () => {
    const { message } = await as('modern').call('new__work');
    expect(message.error).toMatchObject({
      code: -32021,
      message: expect.stringContaining('new') as string,
      data: { requiredCapabilities: { extensions: { [TASKS]: {} } } },
    });
  });
});

describe('two clients of one hub', () => {
  /** Sends a request in a session, or one that opens it. */
  const post = async ({ url, token }: ServedHub, message: object, session?: string) => {
    const headers = {
      authorization: `Bearer ${token}`,
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      ...(session !== undefined && { 'mcp-session-id': session }),
    };
    const body = JSON.stringify({ jsonrpc: '2.0', ...message });
    const answer = await fetch(url, { method: 'POST', headers, body });
    const text = await answer.text();
    const json = text.startsWith('{') ? text : (/^data: (\{.*)$/m.exec(text)?.[1] ?? 'null');
    return { session: answer.headers.get('mcp-session-id') ?? '', message: JSON.parse(json) as WireMessage };
  };
  const open = async (served: ServedHub): Promise<string> => {
    const clientInfo = { name: 'one of two', version: '1' };
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo };
    return (await post(served, { id: 0, method: 'initialize', params })).session;
  };

  test('do not reach the tasks of each other: no upstream hears of it, and the log has a row', async () => {
    const own = createTempHome();
    const log = own.file('evil.ndjson');
    const served = await serveOnHttp({ mcpServers: { old: { ...extras('old', 'legacy'), env: { EVIL_LOG: log } } } });
    const [owner, other] = [await open(served), await open(served)];
    const work = { name: 'old__work', arguments: {}, task: {} };
    const made = await post(served, { id: 1, method: 'tools/call', params: work }, owner);
    const { taskId } = taskIn(made);
    for (const method of ['tasks/get', 'tasks/result', 'tasks/cancel']) {
      const { message } = await post(served, { id: 2, method, params: { taskId } }, other);
      expect(message.error).toMatchObject({ code: -32602, message: `Unknown task: ${taskId}` });
    }
    expect(readEvilLog(log).filter(({ raw }) => String(raw).includes(`"taskId":"${taskId}"`))).toEqual([]);
    expect((await post(served, { id: 3, method: 'tasks/list' }, other)).message.result).toEqual({ tasks: [] });
    const seen = await post(served, { id: 4, method: 'tasks/get', params: { taskId } }, owner);
    expect(seen.message.result).toMatchObject({ taskId, status: 'working' });
    const rows = await eventually('the rows', async () => {
      const found = (await readCallLog(served.home)).filter(({ outcome }) => outcome === 'error');
      return found.length >= 3 && found;
    });
    expect(rows.map(({ method }) => method).sort()).toEqual(['tasks/cancel', 'tasks/get', 'tasks/result']);
    await served.stop();
    own.remove();
  }, 30_000);
});

const taskIn = ({ message }: { readonly message: WireMessage }): { taskId: string } => {
  const task = message.result?.['task'];
  if (task === undefined) throw new Error(`no task in ${JSON.stringify(message)}`);
  return task as { taskId: string };
};
