import type { Call, ClientContext, UpstreamHandle } from '../../src/dispatch/call.ts';
import type { Interceptor } from '../../src/dispatch/interceptor.ts';
import type { Question } from '../../src/dispatch/question.ts';
import type { Reply } from '../../src/dispatch/reply.ts';
import { createEventBus } from '../../src/events/bus.ts';
import type { HubEvent } from '../../src/events/events.ts';
import type { JsonObject, JsonValue } from '../../src/protocol/json.ts';
import type { RequestId } from '../../src/protocol/message.ts';
import { parseMessage } from '../../src/protocol/parse.ts';
import type { ClientConnection } from '../../src/relay/client-connection.ts';
import type { ClientChannel } from '../../src/relay/client-peer.ts';
import { createInterimCalls, type InterimCalls } from '../../src/relay/interim-calls.ts';
import { createLegacySession } from '../../src/relay/legacy-session.ts';
import { createModernConnection } from '../../src/relay/modern-connection.ts';
import { createRelay, type Relay } from '../../src/relay/relay.ts';
import { createView, type View } from '../../src/relay/view.ts';
import { createRouter } from '../../src/router/router.ts';
import { resultReply } from './calls.ts';
import { createCatalog } from './create-catalog.ts';
import { upstreamSet } from './fake-upstream.ts';

/** A message that came to a client. */
export interface Told {
  readonly id?: JsonValue;
  readonly method?: string;
  readonly params?: JsonObject;
  readonly result?: JsonObject;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: JsonObject };
  /** The request of the client that it belongs to. */
  readonly about: RequestId | undefined;
}

export interface BenchClient {
  readonly connection: ClientConnection;
  /** Everything that came, in its order. */
  readonly told: Told[];
  notify(method: string, params?: JsonObject): void;
  /** Sends a request and gives its answer. */
  request(method: string, params?: JsonObject, id?: number | string): Promise<Told>;
  /** Answers a question of the hub. */
  answer(question: Told, result: JsonObject): void;
  refuse(question: Told, code: number, message: string): void;
  /** The first message of a method that was not taken before, had or to come. */
  next(method: string): Promise<Told>;
  /** The messages of a method. */
  of(method: string): Told[];
}

export interface BenchOptions {
  readonly interceptors?: readonly Interceptor[];
  readonly answerWindowMs?: number;
  /** The upstreams of clients that declare no capabilities; default: those of all. */
  readonly plainUpstreams?: readonly UpstreamHandle[];
}

export interface Bench {
  readonly relay: Relay;
  readonly view: View;
  readonly interim: InterimCalls;
  readonly events: HubEvent[];
  /** How the calls ended, in their order. */
  outcomes(): string[];
  /** A legacy client that has said who it is and, where it is not told otherwise, has opened its session. */
  openLegacy(capabilities?: JsonObject, options?: LegacyOptions): Promise<BenchClient>;
  /** A modern client; `meta` is added to the envelope of its requests. */
  openModern(capabilities?: JsonObject, options?: ModernOptions): BenchClient;
}

export interface LegacyOptions {
  readonly isOpened?: boolean;
  /** What it does before it says who it is. */
  readonly before?: (client: BenchClient) => Promise<unknown> | undefined;
}

export interface ModernOptions {
  readonly meta?: JsonObject;
  readonly clientId?: string;
  /** Default: those of the bench. */
  readonly interim?: InterimCalls;
}

const SERVER_INFO = { name: 'hub', version: '0' };
const META = 'io.modelcontextprotocol';

/** The core of the hub in front of upstreams that are given, and clients of both eras on channels of their own. */
export const createBench = (
  upstreams: readonly UpstreamHandle[],
  { interceptors = [], answerWindowMs, plainUpstreams = upstreams }: BenchOptions = {},
): Bench => {
  const bus = createEventBus(() => {});
  const events: HubEvent[] = [];
  bus.listen((event) => events.push(event));
  const viewOn = (handles: readonly UpstreamHandle[]): View => {
    const { catalog } = createCatalog(handles);
    return createView({ upstreams: upstreamSet(...handles), catalog, router: createRouter([]) });
  };
  const view = viewOn(upstreams);
  const plainView = plainUpstreams === upstreams ? view : viewOn(plainUpstreams);
  const viewOf = ({ capabilities }: ClientContext): View => (Object.keys(capabilities).length === 0 ? plainView : view);
  const relay = createRelay({ bus, interceptors, viewOf, separator: '__', firstListMs: 1000 });
  const interim = createInterimCalls({ relay, ...(answerWindowMs !== undefined && { answerWindowMs }) });
  const edge = { relay, serverInfo: SERVER_INFO, onClientKnown: () => {} };
  let clients = 0;
  const nextId = (): string => {
    clients += 1;
    return `client-${clients}`;
  };

  return {
    relay,
    view,
    interim,
    events,
    outcomes: () => events.flatMap((event) => (event.type === 'call.finished' ? [event.outcome] : [])),
    async openLegacy(capabilities = {}, { isOpened = true, before = () => {} } = {}) {
      const clientId = nextId();
      const client = createBenchClient((channel) => createLegacySession({ ...edge, clientId, channel }));
      await before(client);
      const clientInfo = { name: 'legacy', version: '1' };
      await client.request('initialize', { protocolVersion: '2025-11-25', capabilities, clientInfo });
      if (isOpened) client.notify('notifications/initialized');
      return client;
    },
    openModern(clientCapabilities = {}, { meta = {}, clientId = nextId(), interim: own = interim } = {}) {
      const envelope = {
        [`${META}/protocolVersion`]: '2026-07-28',
        [`${META}/clientCapabilities`]: clientCapabilities,
        ...meta,
      };
      const open = (channel: ClientChannel) => createModernConnection({ ...edge, clientId, channel, interim: own });
      return createBenchClient(open, envelope);
    },
  };
};

const createBenchClient = (open: (channel: ClientChannel) => ClientConnection, envelope?: JsonObject): BenchClient => {
  const told: Told[] = [];
  const taken = new Set<Told>();
  const waiting = new Set<() => void>();
  let lastId = 0;

  const push = (parts: readonly (Uint8Array | string)[], about: RequestId | undefined): void => {
    const line = Buffer.concat(parts.map((part) => Buffer.from(part))).toString();
    told.push({ ...(JSON.parse(line) as object), about });
    for (const check of [...waiting]) check();
  };
  const connection = open({
    answer: (parts) => push(parts, undefined),
    send: (parts, about) => push(parts, about),
  });

  const take = (fits: (message: Told) => boolean): Promise<Told> =>
    new Promise((resolve) => {
      const check = (): void => {
        const found = told.find((message) => !taken.has(message) && fits(message));
        if (found === undefined) return;
        waiting.delete(check);
        taken.add(found);
        resolve(found);
      };
      waiting.add(check);
      check();
    });

  const receive = (message: object): void => {
    const line = Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }));
    const parsed = parseMessage(line);
    if (!parsed.ok) throw new Error(parsed.reason);
    if (parsed.message.kind === 'request') connection.onRequest(parsed.message, line.length);
    else if (parsed.message.kind === 'notification') connection.onNotification(parsed.message);
    else connection.onAnswer(parsed.message);
  };
  const dress = (params: JsonObject): JsonObject =>
    envelope === undefined ? params : { ...params, _meta: { ...envelope, ...(params['_meta'] as object) } };

  return {
    connection,
    told,
    notify: (method, params) => receive({ method, ...(params && { params }) }),
    request(method, params = {}, id) {
      lastId += 1;
      const usedId = id ?? lastId;
      receive({ id: usedId, method, params: dress(params) });
      return take((message) => message.method === undefined && message.id === usedId);
    },
    answer: ({ id }, result) => receive({ id, result }),
    refuse: ({ id }, code, message) => receive({ id, error: { code, message } }),
    next: (method) => take((message) => message.method === method),
    of: (method) => told.filter((message) => message.method === method),
  };
};

/** What a legacy upstream does with a call that asks its client: it puts the questions, and tells the answers. */
export const askAll =
  (...questions: ReadonlyArray<Partial<Question>>) =>
  async (call: Call): Promise<Reply> => {
    const answers = await Promise.all(
      questions.map((question, index) => call.ask(elicitation(call, `q${index + 1}`, question), call.signal)),
    );
    return resultReply({ answers: answers.map((answer) => (answer.ok ? answer.result : { error: answer.error })) });
  };

const elicitation = ({ target }: Call, key: string, over: Partial<Question>): Question => ({
  upstream: target.upstream,
  key,
  method: 'elicitation/create',
  params: { message: `${key}?`, requestedSchema: { type: 'object', properties: {} } },
  ...over,
});

export const accepted = (value: string): JsonObject => ({ action: 'accept', content: { value } });
