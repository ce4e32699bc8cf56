import { randomUUID } from 'node:crypto';
import type { ClientContext } from '../dispatch/call.ts';
import { HubError } from '../errors/hub-error.ts';
import type { EventBus } from '../events/bus.ts';
import type { Implementation } from '../protocol/codec.ts';
import { MODERN_VERSIONS } from '../protocol/era.ts';
import type { JsonObject, JsonValue } from '../protocol/json.ts';
import type { ErrorBody } from '../protocol/message.ts';
import { methodEntry } from '../protocol/methods.ts';
import { createErrorBody, METHOD_NOT_FOUND } from '../protocol/parse.ts';
import { modernCodec } from '../protocol/rev-2026-07-28/codec.ts';
import { answerList } from '../relay/lists.ts';
import type { Relay } from '../relay/relay.ts';

export interface LocalRequestOptions {
  /** Gives up after this long; default: only the limits of the configuration. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export type LocalReply =
  | { readonly ok: true; readonly result: JsonObject }
  | {
      readonly ok: false;
      readonly error: { readonly code: number; readonly message: string; readonly data?: JsonValue };
    };

/** A client inside this process. */
export interface LocalClient {
  /** Serves a list or a routed request, with the names that any client uses. Never rejects. */
  request(method: string, params?: JsonObject, options?: LocalRequestOptions): Promise<LocalReply>;
  close(): Promise<void>;
}

export interface LocalClientOptions {
  readonly relay: Relay;
  readonly bus: EventBus;
  readonly serverInfo: Implementation;
  readonly client: Implementation;
}

/** Makes a client whose calls take the way of every other client's, log included. It can be asked for nothing. */
export const createLocalClient = ({ relay, bus, serverInfo, client: info }: LocalClientOptions): LocalClient => {
  const [protocolVersion] = MODERN_VERSIONS;
  const client: ClientContext = {
    id: randomUUID(),
    era: 'modern',
    protocolVersion,
    info,
    hasSession: false,
    capabilities: {},
  };
  bus.emit({
    type: 'client.connected',
    clientId: client.id,
    transport: 'stdio',
    era: 'modern',
    protocolVersion,
    ...info,
    at: Date.now(),
  });

  return {
    async request(method, params = {}, { timeoutMs, signal } = {}) {
      const entry = methodEntry(method, 'modern');
      const limits = [signal, timeoutMs === undefined ? undefined : timeLimit(method, timeoutMs)];
      const until = AbortSignal.any(limits.filter((limit) => limit !== undefined));
      if (entry?.way === 'list') {
        const list = { kind: entry.list, params, codec: modernCodec, serverInfo, signal: until };
        const answer = await answerList(relay.viewOf(client), list);
        return answer.ok ? succeed(answer.bytes) : fail(answer.error);
      }
      if (entry?.way !== 'routed') return fail(createErrorBody(METHOD_NOT_FOUND, `Method not found: ${method}`));
      const reply = await relay.carry({
        method,
        subject: entry.subject,
        params,
        client,
        logLevel: undefined,
        bytesIn: Buffer.byteLength(JSON.stringify(params)),
        signal: until,
        wantsProgress: false,
        sink: { sent: () => {}, progress: () => {}, log: () => {} },
        ask: async () => ({ ok: false, error: { code: METHOD_NOT_FOUND, message: 'this client cannot be asked' } }),
      });
      return reply.kind === 'error' ? fail(reply.error) : { ok: true, result: reply.body.value };
    },
    close: async () => bus.emit({ type: 'client.disconnected', clientId: client.id, at: Date.now() }),
  };
};

const timeLimit = (method: string, timeoutMs: number): AbortSignal => {
  const limit = new AbortController();
  const expire = (): void =>
    limit.abort(new HubError('TIMEOUT', `${method} was not answered within ${timeoutMs} ms`, { sent: true }));
  setTimeout(expire, timeoutMs).unref();
  return limit.signal;
};

const succeed = (bytes: Uint8Array): LocalReply => ({
  ok: true,
  result: JSON.parse(Buffer.from(bytes).toString()) as JsonObject,
});

const fail = ({ bytes }: ErrorBody): LocalReply => ({
  ok: false,
  error: JSON.parse(Buffer.from(bytes).toString()) as { code: number; message: string; data?: JsonValue },
});
