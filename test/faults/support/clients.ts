import { createRawClient, postHeaders, type RawClient } from '../../downstream/http/support/raw-client.ts';
import { modernMeta } from '../../e2e/support/conversation.ts';
import type { HubProcess } from '../../e2e/support/hub-process.ts';
import type { WireMessage } from '../../e2e/support/received.ts';

/** The ways in which a client can talk to a hub. */
export type Way = 'legacy on stdio' | 'modern on stdio' | 'legacy on HTTP' | 'modern on HTTP';

export const WAYS: readonly Way[] = ['legacy on stdio', 'modern on stdio', 'legacy on HTTP', 'modern on HTTP'];

/** A client that says what it is told to, one way or another. */
export interface FaultClient {
  readonly way: Way;
  /** Sends a request and gives its answer, whatever it is. */
  request(method: string, params?: object, options?: AskOptions): Promise<WireMessage>;
  /** Calls a tool. */
  call(name: string, args?: object, options?: AskOptions): Promise<WireMessage>;
}

export interface AskOptions {
  readonly timeoutMs?: number;
  /** Default: one that no other request has. */
  readonly id?: string | number;
}

/** How many calls of tools were sent; each is to be one row of the log. */
export interface CallCount {
  sent: number;
}

const SESSION = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'faults', version: '1' } };

let lastId = 0;
const nextId = (): string => {
  lastId += 1;
  return `f${lastId}`;
};

const withCall = (way: Way, count: CallCount, request: FaultClient['request']): FaultClient => {
  const counted: FaultClient['request'] = (method, params, options) => {
    if (method === 'tools/call') count.sent += 1;
    return request(method, params, options);
  };
  return {
    way,
    request: counted,
    call: (name, args = {}, options) => counted('tools/call', { name, arguments: args }, options),
  };
};

/** The client on the pipes of a hub; a legacy one opens its session. */
export const stdioClient = async (
  hub: HubProcess,
  era: 'legacy' | 'modern',
  count: CallCount,
): Promise<FaultClient> => {
  if (era === 'legacy') {
    await hub.request('initialize', SESSION);
    hub.notify('notifications/initialized');
  }
  return withCall(`${era} on stdio`, count, async (method, params = {}, { timeoutMs, id = nextId() } = {}) => {
    const dressed = era === 'modern' ? { ...params, _meta: modernMeta() } : params;
    const answer = await hub.request(method, dressed, { id, ...(timeoutMs !== undefined && { timeoutMs }) });
    return answer.message;
  });
};

export interface HttpPlace {
  readonly url: string;
  readonly token: string;
}

/** The headers of a modern request, which repeat its body. */
export const modernHeaders = (token: string, method: string, params: object): Record<string, string> => {
  const { name, uri } = params as { readonly name?: string; readonly uri?: string };
  const named = name ?? uri;
  return {
    ...postHeaders(token),
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': method,
    ...(named !== undefined && { 'mcp-name': named }),
  };
};

export const modernHttpClient = (raw: RawClient, { token }: HttpPlace, count: CallCount): FaultClient =>
  withCall('modern on HTTP', count, async (method, params = {}, { id = nextId() } = {}) => {
    const body = { jsonrpc: '2.0', id, method, params: { ...params, _meta: modernMeta() } };
    return (await raw.send({ headers: modernHeaders(token, method, params), body })).message;
  });

/** The headers of a session that is opened here. */
export const openLegacySession = async (raw: RawClient, token: string): Promise<Record<string, string>> => {
  const headers = postHeaders(token);
  const opened = await raw.send({
    headers,
    body: { jsonrpc: '2.0', id: 'open', method: 'initialize', params: SESSION },
  });
  const inSession = {
    ...headers,
    'mcp-session-id': String(opened.headers['mcp-session-id']),
    'mcp-protocol-version': '2025-11-25',
  };
  await raw.send({ headers: inSession, body: { jsonrpc: '2.0', method: 'notifications/initialized' } });
  return inSession;
};

export const legacyHttpClient = async (
  raw: RawClient,
  { token }: HttpPlace,
  count: CallCount,
): Promise<FaultClient> => {
  const headers = await openLegacySession(raw, token);
  return withCall('legacy on HTTP', count, async (method, params = {}, { id = nextId() } = {}) => {
    const answer = await raw.send({ headers, body: { jsonrpc: '2.0', id, method, params } });
    const own = answer.messages.find((message) => message.id === id && message.method === undefined);
    if (own === undefined) throw new Error(`no answer in ${answer.status} ${answer.text.slice(0, 300)}`);
    return own;
  });
};

export { createRawClient };
