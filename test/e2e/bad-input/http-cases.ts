import {
  type Answer,
  postHeaders,
  type RawClient,
  type SendOptions,
} from '../../downstream/http/support/raw-client.ts';
import { modernMeta } from '../support/conversation.ts';
import type { Answered, BadInput, Row } from './bad-input.ts';

/** A hub on HTTP, and what a client needs to talk to it. */
export interface HttpStand {
  readonly raw: RawClient;
  readonly token: string;
}

type OnHttp = BadInput<HttpStand>;
type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

const META = 'io.modelcontextprotocol';
const VERSION = `${META}/protocolVersion`;
const CAPABILITIES = `${META}/clientCapabilities`;
const ECHO = { name: 'old__echo', arguments: { m: 'bad' } };
const TOO_DEEP = `${'['.repeat(300)}${']'.repeat(300)}`;

const answeredBy = ({ status, text, headers }: Answer): Answered => {
  const isJson = headers['content-type'] === 'application/json' && text !== '';
  const error = isJson ? (JSON.parse(text) as { error?: { code: number } }).error : undefined;
  return { status, ...(error && { code: error.code }) };
};

/** Headers without those that are `undefined`. */
const given = (headers: Headers): Record<string, string | string[]> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, typeof value === 'string' ? value : [...value]]],
    ),
  );

/** A modern request whose headers repeat its body, but for those that are given. */
const modernRequest = (
  { token }: HttpStand,
  method: string,
  params: object,
  { meta = {}, headers = {} }: { readonly meta?: object; readonly headers?: Headers } = {},
): SendOptions => {
  const { name, uri, taskId } = params as Readonly<Record<string, string | undefined>>;
  const named = name ?? uri ?? taskId;
  const standard = {
    ...postHeaders(token),
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': method,
    ...(typeof named === 'string' && { 'mcp-name': named }),
  };
  return {
    headers: given({ ...standard, ...headers }),
    body: { jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: modernMeta(meta) } },
  };
};

interface Expected {
  readonly status: number;
  readonly code: number;
  readonly outcome?: string;
}

const modern = (
  what: string,
  method: string,
  params: object,
  { meta, headers, ...expected }: Expected & { readonly meta?: object; readonly headers?: Headers },
): OnHttp => ({
  what,
  send: async (to) =>
    answeredBy(
      await to.raw.send(modernRequest(to, method, params, { ...(meta && { meta }), ...(headers && { headers }) })),
    ),
  answer: { status: expected.status, code: expected.code },
  row: [method, expected.outcome ?? 'error'],
});

const mismatch = (what: string, headers: Headers, params: object = ECHO, method = 'tools/call'): OnHttp =>
  modern(what, method, params, { headers, status: 400, code: -32020, outcome: 'denied' });

const QUERY = { name: 'params__query', arguments: { region: 'eu' } };

const HEADERS: readonly OnHttp[] = [
  mismatch('a request without Mcp-Method', { 'mcp-method': undefined }),
  mismatch('another Mcp-Method', { 'mcp-method': 'tools/list' }),
  mismatch('an Mcp-Method in capitals', { 'mcp-method': 'TOOLS/CALL' }),
  mismatch('two Mcp-Method', { 'mcp-method': ['tools/call', 'tools/call'] }),
  mismatch('a call without Mcp-Name', { 'mcp-name': undefined }),
  mismatch('another Mcp-Name', { 'mcp-name': 'old__big' }),
  mismatch('two Mcp-Name', { 'mcp-name': ['old__echo', 'old__echo'] }),
  mismatch('an Mcp-Name that is badly encoded', { 'mcp-name': '=?base64?b25lX19lY2hv=?=' }),
  mismatch('another Mcp-Name of a resource', { 'mcp-name': 'test://x' }, { uri: 'test://old/one' }, 'resources/read'),
  mismatch('another Mcp-Name of a prompt', { 'mcp-name': 'x' }, { name: 'old__greet' }, 'prompts/get'),
  mismatch('another Mcp-Name of a task', { 'mcp-name': 'x' }, { taskId: 'y' }, 'tasks/get'),
  mismatch('a request without MCP-Protocol-Version', { 'mcp-protocol-version': undefined }),
  mismatch('an older MCP-Protocol-Version', { 'mcp-protocol-version': '2025-11-25' }),
  mismatch('an MCP-Protocol-Version that nobody knows', { 'mcp-protocol-version': '1900-01-01' }),
  mismatch('two MCP-Protocol-Version', { 'mcp-protocol-version': ['2026-07-28', '2026-07-28'] }),
  mismatch('a call without the Mcp-Param of its argument', {}, QUERY),
  mismatch('another Mcp-Param than the argument', { 'mcp-param-region': 'us' }, QUERY),
  mismatch('two Mcp-Param', { 'mcp-param-region': ['eu', 'eu'] }, QUERY),
  mismatch('an Mcp-Param without its argument', { 'mcp-param-region': 'eu' }, { ...QUERY, arguments: {} }),
];

const ENVELOPES: readonly OnHttp[] = [
  modern('a revision that the hub does not speak', 'tools/call', ECHO, {
    headers: { 'mcp-protocol-version': '1900-01-01' },
    meta: { [VERSION]: '1900-01-01' },
    status: 400,
    code: -32022,
  }),
  modern('another revision in the body', 'tools/call', ECHO, {
    meta: { [VERSION]: '2025-11-25' },
    status: 400,
    code: -32020,
    outcome: 'denied',
  }),
  modern('a body without its revision', 'tools/call', ECHO, {
    meta: { [VERSION]: undefined },
    status: 400,
    code: -32602,
  }),
  ...[undefined, null, [], 'all'].map((capabilities) =>
    modern(`an envelope whose capabilities are ${JSON.stringify(capabilities)}`, 'tools/call', ECHO, {
      meta: { [CAPABILITIES]: capabilities },
      status: 400,
      code: -32602,
    }),
  ),
  modern('a client that is a text', 'tools/call', ECHO, {
    meta: { [`${META}/clientInfo`]: 'me' },
    status: 400,
    code: -32602,
  }),
];

const refusedMethods = (why: string, ...methods: string[]): readonly OnHttp[] =>
  methods.map((method) => modern(`\`${method}\`, ${why}`, method, {}, { status: 404, code: -32601 }));

const withTasks = { [CAPABILITIES]: { extensions: { [`${META}/tasks`]: {} } } };

const MODERN_REQUESTS: readonly OnHttp[] = [
  ...refusedMethods('which is unknown', 'no/such/method', 'constructor', '__proto__'),
  ...refusedMethods(
    'of the other era',
    'initialize',
    'ping',
    'logging/setLevel',
    'resources/subscribe',
    'tasks/result',
  ),
  modern('a call without a name', 'tools/call', { arguments: {} }, { status: 200, code: -32602 }),
  modern('arguments that are a list', 'tools/call', { ...ECHO, arguments: [] }, { status: 200, code: -32602 }),
  modern('a tool that is unknown', 'tools/call', { name: 'old__nothing' }, { status: 200, code: -32602 }),
  modern('a cursor that was never given', 'tools/list', { cursor: 'x' }, { status: 200, code: -32602 }),
  modern('a subscription to a text', 'subscriptions/listen', { notifications: 'all' }, { status: 200, code: -32602 }),
  modern('a task that is unknown', 'tasks/get', { taskId: 'x' }, { meta: withTasks, status: 200, code: -32602 }),
  modern(
    'a task, by a client that knows none',
    'tasks/get',
    { taskId: 'x' },
    {
      status: 400,
      code: -32021,
      outcome: 'denied',
    },
  ),
];

/** The body as it is, with the headers of a modern call. */
const body = (what: string, bytes: string | Uint8Array, answer: Answered, row?: Row): OnHttp => ({
  what,
  send: async (to) => answeredBy(await to.raw.send({ ...modernRequest(to, 'tools/call', ECHO), body: bytes })),
  answer,
  ...(row && { row }),
});

const BODIES: readonly OnHttp[] = [
  body('a body of nothing', '', { status: 400, code: -32700 }),
  body('broken JSON', '{"jsonrpc":', { status: 400, code: -32700 }),
  body('what is not UTF-8', Buffer.from('{"jsonrpc":"2.0","id":1,"method":"a\xff"}', 'latin1'), {
    status: 400,
    code: -32700,
  }),
  body('a batch', '[{"jsonrpc":"2.0","id":1,"method":"tools/list"}]', { status: 400, code: -32600 }),
  body('an id of null', '{"jsonrpc":"2.0","id":null,"method":"a/b"}', { status: 400, code: -32600 }, ['a/b', 'error']),
  body('another JSON-RPC', '{"jsonrpc":"1.0","id":1,"method":"a/b"}', { status: 400, code: -32600 }, ['a/b', 'error']),
  body(
    'params that are a list',
    '{"jsonrpc":"2.0","id":1,"method":"a/b","params":[1]}',
    { status: 400, code: -32602 },
    ['a/b', 'error'],
  ),
  body(
    'a request that nests deep',
    `{"jsonrpc":"2.0","id":1,"method":"a/b","params":{"x":${TOO_DEEP}}}`,
    { status: 400, code: -32600 },
    ['a/b', 'error'],
  ),
  body('a body over the limit', `{"jsonrpc":"2.0","id":1,"method":"${'x'.repeat(11 * 1024 * 1024)}"}`, {
    status: 413,
    code: -31040,
  }),
  body('an answer to nothing', '{"jsonrpc":"2.0","id":7,"result":{}}', { status: 400, code: -32600 }),
  body(
    'a notification',
    JSON.stringify({
      jsonrpc: '2.0',
      method: 'notifications/cancelled',
      params: { requestId: 1, _meta: modernMeta() },
    }),
    { status: 400, code: -32601 },
  ),
];

const FORM = { [CAPABILITIES]: { elicitation: {} } };

const callAsk = (to: HttpStand, params: object = {}, meta: object = {}): Promise<Answer> =>
  to.raw.send(
    modernRequest(to, 'tools/call', { name: 'ask__ask', arguments: {}, ...params }, { meta: { ...FORM, ...meta } }),
  );

const answersTo = ({ message: { result } }: Answer): object => ({
  requestState: result?.['requestState'],
  inputResponses: Object.fromEntries(
    Object.keys((result?.['inputRequests'] ?? {}) as object).map((key) => [key, { action: 'decline' }]),
  ),
});

/** Calls a tool that asks, comes back first as it likes and then as it should, and gives what the first came to. */
export const callAndAnswerOnHttp = async (to: HttpStand, first: object = {}, meta: object = {}): Promise<Answered> => {
  const answers = answersTo(await callAsk(to));
  const refused = await callAsk(to, { ...answers, ...first }, meta);
  if (refused.message.error === undefined) return { status: refused.status };
  const { message } = await callAsk(to, answers);
  if (message.result?.['content'] === undefined) throw new Error(`the call is lost: ${JSON.stringify(message)}`);
  return answeredBy(refused);
};

const retry = (what: string, first: object, meta: object = {}): OnHttp => ({
  what,
  send: (to) => callAndAnswerOnHttp(to, first, meta),
  answer: { status: 200, code: -32602 },
  // The call, and the answer that is right.
  besides: { lines: 2, rows: [['tools/call', 'ok']] },
  row: ['tools/call', 'denied'],
});

const STATES: readonly OnHttp[] = [
  retry('a `requestState` with other arguments', { arguments: { kinds: ['url'] } }),
  retry('a `requestState` with another tool', { name: 'ask__say' }),
  retry('a `requestState` of another client', {}, { [`${META}/clientInfo`]: { name: 'another', version: '1' } }),
  retry('a `requestState` that was never given', { requestState: `mcp-hub:${crypto.randomUUID()}` }),
];

/** Starts a task; gives its id. */
export const startTask = async (to: HttpStand): Promise<string> => {
  const call = modernRequest(to, 'tools/call', { name: 'worknew__work', arguments: {} }, { meta: withTasks });
  const { message } = await to.raw.send(call);
  return String(message.result?.['taskId']);
};

const TASKS: readonly OnHttp[] = ['tasks/get', 'tasks/update', 'tasks/cancel'].map((method) => ({
  what: `\`${method}\` of the task of another client`,
  async send(to) {
    const params = { taskId: await startTask(to) };
    const meta = { ...withTasks, [`${META}/clientInfo`]: { name: 'another', version: '1' } };
    const refused = await to.raw.send(modernRequest(to, method, params, { meta }));
    const { message } = await to.raw.send(modernRequest(to, 'tasks/get', params, { meta: withTasks }));
    if (message.result?.['status'] !== 'working') throw new Error(`the task is lost: ${JSON.stringify(message)}`);
    return answeredBy(refused);
  },
  answer: { status: 200, code: -32602 },
  besides: {
    lines: 2,
    rows: [
      ['tools/call', 'ok'],
      ['tasks/get', 'ok'],
    ],
  },
  row: [method, 'error'],
}));

export const MODERN_ON_HTTP: readonly OnHttp[] = [
  ...HEADERS,
  ...ENVELOPES,
  ...MODERN_REQUESTS,
  ...BODIES,
  ...STATES,
  ...TASKS,
];
