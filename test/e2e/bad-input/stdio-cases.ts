import { modernMeta } from '../support/conversation.ts';
import type { HubProcess } from '../support/hub-process.ts';
import type { Received } from '../support/received.ts';
import type { BadInput, Row } from './bad-input.ts';

type OnStdio = BadInput<HubProcess>;

const META = 'io.modelcontextprotocol';
const TOO_DEEP = `${'['.repeat(300)}${']'.repeat(300)}`;
const ECHO = { name: 'old__echo', arguments: { m: 'bad' } };

let lastId = 0;
const newId = (): string => {
  lastId += 1;
  return `bad ${lastId}`;
};

const codeOf = ({ message }: { message: { error?: { code: number } } }) =>
  message.error && { code: message.error.code };

/** A line whose id cannot be read, or is refused. */
const nameless = (what: string, line: string | Uint8Array, code: number, row?: Row): OnStdio => ({
  what,
  async send(hub) {
    hub.sendRaw(line);
    hub.sendRaw('\n');
    return codeOf(await hub.nextMessage(({ id, error }) => id === null && error !== undefined, 3_000)) ?? {};
  },
  answer: { code },
  ...(row && { row }),
});

/** A request that is well-formed, and refused under its id. */
const request = (
  what: string,
  method: string,
  params: unknown,
  { code, outcome = 'error' }: { code: number; outcome?: string },
): OnStdio => ({
  what,
  async send(hub) {
    const id = newId();
    hub.sendRaw(`${JSON.stringify({ jsonrpc: '2.0', id, method, ...(params === undefined ? {} : { params }) })}\n`);
    return codeOf(await hub.answerTo(id, 3_000)) ?? {};
  },
  answer: { code },
  row: [method, outcome],
});

/** What is no request in either era. */
const NO_REQUEST: readonly OnStdio[] = [
  nameless('broken JSON', '{"jsonrpc":"2.0","id":1,', -32700),
  nameless('what is not UTF-8', Buffer.from('{"jsonrpc":"2.0","id":1,"method":"ping\xff"}', 'latin1'), -32700),
  nameless('a batch', '[{"jsonrpc":"2.0","id":1,"method":"tools/list"}]', -32600),
  nameless('an id of null', '{"jsonrpc":"2.0","id":null,"method":"tools/list"}', -32600, ['tools/list', 'error']),
  nameless('a request that nests deep', `{"jsonrpc":"2.0","id":{},"method":"a/b","params":{"x":${TOO_DEEP}}}`, -32600, [
    'a/b',
    'error',
  ]),
  nameless(
    'a line over the limit',
    `{"jsonrpc":"2.0","method":"x","params":"${'x'.repeat(11 * 1024 * 1024)}"}`,
    -32600,
  ),
  {
    what: 'an answer to nothing',
    async send(hub) {
      hub.sendRaw(
        '{"jsonrpc":"2.0","id":"nobody asked","result":{}}\n{"jsonrpc":"2.0","id":7,"error":{"code":1,"message":""}}\n',
      );
      return {};
    },
    answer: {},
  },
  request('params that are a list', 'tools/call', ['old__echo'], { code: -32602 }),
];

/** Requests that both eras refuse alike. */
const requests = (dress: (params: object) => object): readonly OnStdio[] => [
  request('a method that is unknown', 'no/such/method', dress({}), { code: -32601 }),
  request('a method of the prototype', 'constructor', dress({}), { code: -32601 }),
  request('a call without a name', 'tools/call', dress({ arguments: {} }), { code: -32602 }),
  request('a name that is a number', 'tools/call', dress({ name: 5 }), { code: -32602 }),
  request('arguments that are a text', 'tools/call', dress({ name: 'old__echo', arguments: 'bad' }), { code: -32602 }),
  request('a tool that is unknown', 'tools/call', dress({ name: 'old__nothing' }), { code: -32602 }),
  request('a prompt that is unknown', 'prompts/get', dress({ name: 'old__nothing' }), { code: -32602 }),
  request('a URI that is a number', 'resources/read', dress({ uri: 5 }), { code: -32602 }),
  request('a completion for nothing', 'completion/complete', dress({ argument: {} }), { code: -32602 }),
  request('a cursor that was never given', 'tools/list', dress({ cursor: 'x' }), { code: -32602 }),
  {
    what: 'an id that a call under way has',
    async send(hub) {
      const id = newId();
      const call = (name: string, args: object): void =>
        hub.sendRaw(
          `${JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: dress({ name, arguments: args }) })}\n`,
        );
      call('old__slow', { ms: 300 });
      call('old__echo', { m: 'second' });
      const refused = await hub.answerTo(id, 3_000);
      await hub.nextMessage((message) => message.id === id && message.result !== undefined, 3_000);
      return codeOf(refused) ?? {};
    },
    answer: { code: -32600 },
    besides: { lines: 1, rows: [['tools/call', 'ok']] },
    row: ['tools/call', 'denied'],
  },
];

export const LEGACY_ON_STDIO: readonly OnStdio[] = [
  ...NO_REQUEST,
  ...requests((params) => params),
  {
    ...request('a resource that is unknown', 'resources/read', { uri: 'nobody://x' }, { code: -32002 }),
    // The log has the code of the newer revisions, whichever the client speaks.
    codeInLog: -32602,
  },
  request('a second `initialize`', 'initialize', { protocolVersion: '2025-11-25' }, { code: -32600 }),
  request('`server/discover` of the other era', 'server/discover', {}, { code: -32601 }),
  request('`subscriptions/listen` of the other era', 'subscriptions/listen', { notifications: {} }, { code: -32601 }),
  request('`tasks/update` of the other era', 'tasks/update', { taskId: 'x' }, { code: -32601 }),
  request('a task that is unknown', 'tasks/get', { taskId: 'nobody' }, { code: -32602 }),
  request('a log level that is none', 'logging/setLevel', { level: 'loud' }, { code: -32602 }),
  request('a wish to watch what is unknown', 'resources/subscribe', { uri: 'nobody://x' }, { code: -32602 }),
  request('a wish to watch a number no more', 'resources/unsubscribe', { uri: 5 }, { code: -32602 }),
  request('a wish to watch a number', 'resources/subscribe', { uri: 5 }, { code: -32602 }),
];

const dress = (params: object, meta: object = {}): object => ({ ...params, _meta: modernMeta(meta) });
const withTasks = { [`${META}/clientCapabilities`]: { extensions: { [`${META}/tasks`]: {} } } };
const FORM = { [`${META}/clientCapabilities`]: { elicitation: {} } };

const callAsk = (hub: HubProcess, params: object = {}): Promise<Received> =>
  hub.request('tools/call', dress({ name: 'ask__ask', arguments: {}, ...params }, FORM), { id: newId() });

const answersTo = ({ message: { result } }: Received): object => ({
  requestState: result?.['requestState'],
  inputResponses: Object.fromEntries(
    Object.keys((result?.['inputRequests'] ?? {}) as object).map((key) => [key, { action: 'decline' }]),
  ),
});

/** Calls a tool that asks, comes back first as it likes and then as it should, and gives what the first came to. */
export const callAndAnswer = async (hub: HubProcess, first: object = {}): Promise<{ code?: number }> => {
  const answers = answersTo(await callAsk(hub));
  const refused = await callAsk(hub, { ...answers, ...first });
  if (refused.message.error === undefined) return {};
  const { message } = await callAsk(hub, answers);
  if (message.result?.['content'] === undefined) throw new Error(`the call is lost: ${JSON.stringify(message)}`);
  return { code: refused.message.error.code };
};

export const MODERN_ON_STDIO: readonly OnStdio[] = [
  ...NO_REQUEST,
  ...requests((params) => dress(params)),
  request('a resource that is unknown', 'resources/read', dress({ uri: 'nobody://x' }), { code: -32602 }),
  ...['ping', 'logging/setLevel', 'resources/subscribe', 'resources/unsubscribe', 'tasks/result'].map((method) =>
    request(`\`${method}\` of the other era`, method, dress({ uri: 'x', level: 'info' }), { code: -32601 }),
  ),
  request('`initialize` of the other era', 'initialize', { protocolVersion: '2025-11-25' }, { code: -32022 }),
  request(
    'a revision that the hub does not speak',
    'tools/call',
    dress(ECHO, { [`${META}/protocolVersion`]: '1900-01-01' }),
    {
      code: -32022,
    },
  ),
  request('a revision that is a number', 'tools/call', dress(ECHO, { [`${META}/protocolVersion`]: 5 }), {
    code: -32602,
  }),
  request('a call without its envelope', 'tools/call', ECHO, { code: -32602 }),
  request('a call without params', 'tools/call', undefined, { code: -32602 }),
  request(
    'an envelope without capabilities',
    'tools/call',
    dress(ECHO, { [`${META}/clientCapabilities`]: undefined }),
    {
      code: -32602,
    },
  ),
  request('capabilities that are a list', 'tools/call', dress(ECHO, { [`${META}/clientCapabilities`]: [] }), {
    code: -32602,
  }),
  request('a client without a version', 'tools/call', dress(ECHO, { [`${META}/clientInfo`]: { name: 'x' } }), {
    code: -32602,
  }),
  request('a log level that is a number', 'tools/call', dress(ECHO, { [`${META}/logLevel`]: 5 }), { code: -32602 }),
  request('a subscription to nothing', 'subscriptions/listen', dress({}), { code: -32602 }),
  request('a subscription to a number', 'subscriptions/listen', dress({ notifications: { toolsListChanged: 1 } }), {
    code: -32602,
  }),
  request('a task that is unknown', 'tasks/get', dress({ taskId: 'nobody' }, withTasks), { code: -32602 }),
  request('a task, by a client that knows none', 'tasks/get', dress({ taskId: 'x' }), {
    code: -32021,
    outcome: 'denied',
  }),
  ...[
    ['that was never given', { requestState: `mcp-hub:${crypto.randomUUID()}` }],
    ['with other arguments', { arguments: { kinds: ['url'] } }],
    ['with another tool', { name: 'ask__say' }],
  ].map(
    ([which, first]): OnStdio => ({
      what: `a \`requestState\` ${which as string}`,
      send: (hub) => callAndAnswer(hub, first as object),
      answer: { code: -32602 },
      // The call, and the answer that is right.
      besides: { lines: 2, rows: [['tools/call', 'ok']] },
      row: ['tools/call', 'denied'],
    }),
  ),
  {
    what: 'a `requestState` that is made up, for an upstream that gives none,',
    send: (hub) => callAndAnswer(hub, { requestState: 'made up' }),
    answer: { code: -32602 },
    besides: { lines: 2, rows: [['tools/call', 'ok']] },
    row: ['tools/call', 'error'],
    isRouted: true,
  },
  {
    what: 'an id that a subscription has',
    async send(hub) {
      const id = newId();
      const send = (method: string, params: object): void =>
        hub.sendRaw(`${JSON.stringify({ jsonrpc: '2.0', id, method, params: dress(params) })}\n`);
      send('subscriptions/listen', { notifications: { toolsListChanged: true } });
      send('tools/call', ECHO);
      return codeOf(await hub.answerTo(id, 3_000)) ?? {};
    },
    answer: { code: -32600 },
    row: ['tools/call', 'denied'],
  },
  {
    what: 'a subscription under the id that a call has',
    async send(hub) {
      const id = newId();
      const send = (method: string, params: object): void =>
        hub.sendRaw(`${JSON.stringify({ jsonrpc: '2.0', id, method, params: dress(params) })}\n`);
      send('tools/call', { name: 'old__slow', arguments: { ms: 300 } });
      send('subscriptions/listen', { notifications: { toolsListChanged: true } });
      const refused = await hub.answerTo(id, 3_000);
      await hub.nextMessage((message) => message.id === id && message.result !== undefined, 3_000);
      return codeOf(refused) ?? {};
    },
    answer: { code: -32600 },
    besides: { lines: 1, rows: [['tools/call', 'ok']] },
    row: ['subscriptions/listen', 'denied'],
  },
];
