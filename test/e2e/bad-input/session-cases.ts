import { postHeaders } from '../../downstream/http/support/raw-client.ts';
import { eventually } from '../support/processes.ts';
import type { Answered, BadInput } from './bad-input.ts';
import type { HttpStand } from './http-cases.ts';

type OnHttp = BadInput<HttpStand>;

const ECHO = { name: 'old__echo', arguments: { m: 'bad' } };

/** Opens a legacy session; gives the headers of what belongs to it. */
export const openSession = async ({ raw, token }: HttpStand): Promise<Record<string, string>> => {
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'legacy', version: '1' } };
  const body = { jsonrpc: '2.0', id: 'init', method: 'initialize', params };
  const { headers } = await raw.send({ headers: postHeaders(token), body });
  return {
    ...postHeaders(token),
    'mcp-session-id': String(headers['mcp-session-id']),
    'mcp-protocol-version': '2025-11-25',
  };
};

interface Sent {
  readonly http?: string;
  readonly method?: string;
  readonly params?: unknown;
  /** What is other than in a session that is right; `undefined` leaves one out. */
  readonly headers?: Readonly<Record<string, string | string[] | undefined>>;
}

const inSession = (
  what: string,
  { http = 'POST', method = 'tools/call', params = ECHO, headers = {} }: Sent,
  answer: Answered,
  outcome = 'error',
): OnHttp => ({
  what,
  async send(to) {
    const all = { ...(await openSession(to)), ...headers };
    const present = Object.entries(all).filter((entry): entry is [string, string | string[]] => entry[1] !== undefined);
    const { status, text } = await to.raw.send({
      method: http,
      headers: Object.fromEntries(present),
      ...(http === 'POST' && { body: { jsonrpc: '2.0', id: 1, method, params } }),
    });
    const error = text === '' ? undefined : (JSON.parse(text) as { error?: { code: number } }).error;
    return { status, ...(error && { code: error.code }) };
  },
  answer,
  row: [http === 'POST' ? method : `${http} /mcp`, outcome],
});

const UNKNOWN = { 'mcp-session-id': crypto.randomUUID() };
const NOT_FOUND = { status: 404, code: -32001 };

const TASKS: readonly OnHttp[] = ['tasks/get', 'tasks/result', 'tasks/cancel'].map((method) => ({
  what: `\`${method}\` of the task of another session`,
  async send(to) {
    const [mine, foreign] = [await openSession(to), await openSession(to)];
    const ask = (headers: Record<string, string>, asked: string, params: object) =>
      to.raw.send({ headers, body: { jsonrpc: '2.0', id: 1, method: asked, params } });
    const { message } = await ask(mine, 'tools/call', { name: 'workold__work', arguments: {}, task: {} });
    const { taskId } = (message.result?.['task'] ?? {}) as { taskId?: string };
    const refused = await ask(foreign, method, { taskId });
    const kept = await ask(mine, 'tasks/get', { taskId });
    if (kept.message.result?.['status'] !== 'working') throw new Error(`the task is lost: ${kept.text}`);
    return { status: refused.status, ...(refused.message.error && { code: refused.message.error.code }) };
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

export const LEGACY_ON_HTTP: readonly OnHttp[] = [
  ...TASKS,
  inSession('a request without a session', { headers: { 'mcp-session-id': undefined } }, { status: 400, code: -32600 }),
  inSession('a request for an unknown session', { headers: UNKNOWN }, NOT_FOUND, 'denied'),
  inSession('`initialize` for an unknown session', { method: 'initialize', headers: UNKNOWN }, NOT_FOUND, 'denied'),
  inSession('GET for an unknown session', { http: 'GET', headers: UNKNOWN }, NOT_FOUND, 'denied'),
  inSession('DELETE of an unknown session', { http: 'DELETE', headers: UNKNOWN }, NOT_FOUND, 'denied'),
  inSession('two Mcp-Session-Id', { headers: { 'mcp-session-id': ['a', 'b'] } }, NOT_FOUND, 'denied'),
  inSession(
    'a revision that the hub does not speak',
    { headers: { 'mcp-protocol-version': '1900-01-01' } },
    {
      status: 400,
      code: -32600,
    },
  ),
  inSession(
    'a revision that the hub does not speak, without a session',
    { headers: { 'mcp-protocol-version': '1900-01-01', 'mcp-session-id': undefined } },
    { status: 400, code: -32022 },
  ),
  inSession(
    'a modern revision without its envelope',
    { headers: { 'mcp-protocol-version': '2026-07-28' } },
    {
      status: 400,
      code: -32602,
    },
  ),
  inSession('a second `initialize`', { method: 'initialize', params: {} }, { status: 200, code: -32600 }),
  ...['server/discover', 'subscriptions/listen', 'tasks/update'].map((method) =>
    inSession(`\`${method}\` of the other era`, { method, params: {} }, { status: 200, code: -32601 }),
  ),
  inSession('a method that is unknown', { method: 'no/such/method', params: {} }, { status: 200, code: -32601 }),
  inSession('a tool that is unknown', { params: { name: 'old__nothing' } }, { status: 200, code: -32602 }),
  inSession('a task that is unknown', { method: 'tasks/get', params: { taskId: 'x' } }, { status: 200, code: -32602 }),
  inSession('params that are a list', { method: 'a/b', params: [1] }, { status: 400, code: -32602 }),
  {
    what: 'an id that a call under way has',
    async send(to) {
      const headers = await openSession(to);
      const call = (name: string, args: object, id = 'same') =>
        to.raw.send({
          headers,
          body: { jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: args } },
        });
      const first = call('old__slow', { ms: 400 });
      const second = await eventually('the refusal', async () => {
        const answer = await call('old__nothing', {});
        return answer.status === 400 ? answer : undefined;
      });
      await first;
      return { status: second.status, ...(second.message.error && { code: second.message.error.code }) };
    },
    answer: { status: 400, code: -32600 },
    besides: { lines: 1, rows: [['tools/call', 'ok']] },
    row: ['tools/call', 'denied'],
  },
];
