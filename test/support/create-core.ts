import type { CatalogOptions } from '../../src/catalog/catalog.ts';
import { Catalog } from '../../src/catalog/catalog.ts';
import type { ExposureRules } from '../../src/catalog/merge.ts';
import type { UpstreamHandle } from '../../src/dispatch/call.ts';
import type { Interceptor } from '../../src/dispatch/interceptor.ts';
import { createStdioConnection, type StdioConnection } from '../../src/downstream/stdio-connection.ts';
import { createEventBus, type EventBus } from '../../src/events/bus.ts';
import type { CallFinished, HubEvent } from '../../src/events/events.ts';
import type { LineParts } from '../../src/protocol/framing.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import { createInterimCalls } from '../../src/relay/interim-calls.ts';
import { createLegacySession } from '../../src/relay/legacy-session.ts';
import { createModernConnection } from '../../src/relay/modern-connection.ts';
import { createRelay, type Relay } from '../../src/relay/relay.ts';
import { createView, type View } from '../../src/relay/view.ts';
import { createBalance } from '../../src/router/balance.ts';
import { createRouter, type RouteRow } from '../../src/router/router.ts';
import { upstreamSet } from './fake-upstream.ts';

export const HUB_INFO = { name: 'hub', version: '1' };

export interface CoreOptions {
  readonly routes?: readonly RouteRow[];
  readonly rules?: Readonly<Record<string, Partial<ExposureRules>>>;
  readonly interceptors?: readonly Interceptor[];
  readonly catalog?: Partial<CatalogOptions>;
  /** Default: 2 000 ms. */
  readonly firstListMs?: number;
}

export interface Core {
  readonly relay: Relay;
  readonly view: View;
  readonly bus: EventBus;
  readonly events: HubEvent[];
  eventsOf<T extends HubEvent['type']>(type: T): Array<Extract<HubEvent, { type: T }>>;
  /** A new client on a stdio connection of its own. */
  connect(): TestClient;
}

/** Everything between the edges: the relay with its catalog and routes, in front of the upstreams that are given. */
export const createCore = (upstreams: readonly UpstreamHandle[], options: CoreOptions = {}): Core => {
  const { routes = [], rules = {}, interceptors = [], firstListMs = 2000 } = options;
  const bus = createEventBus();
  const events: HubEvent[] = [];
  bus.listen((event) => events.push(event));
  const set = upstreamSet(...upstreams);
  const router = createRouter(routes);
  const catalog = new Catalog({
    upstreams: set,
    rulesOf: (upstream) => ({ prefix: upstream, rename: {}, describe: {}, isOffered: () => true, ...rules[upstream] }),
    separator: '__',
    maxNameLength: 54,
    preferred: (subject, name) => router.routeOf(subject, name)?.row.to,
    maxDefinitions: 1000,
    firstListMs,
    onListed: () => {},
    onProblem: () => {},
    ...options.catalog,
  });
  const view = createView({ upstreams: set, catalog, router });
  const relay = createRelay({
    bus,
    interceptors,
    balance: createBalance({ isOpen: () => false }),
    viewOf: () => view,
    separator: '__',
    firstListMs,
  });
  let clients = 0;
  return {
    relay,
    view,
    bus,
    events,
    eventsOf: (type) => events.filter((event) => event.type === type) as never,
    connect: () => {
      clients += 1;
      return createTestClient(relay, bus, `client-${clients}`);
    },
  };
};

/** A line that the hub wrote. */
export interface Answer {
  readonly id?: number | string | null;
  readonly method?: string;
  readonly params?: JsonObject;
  readonly result?: JsonObject;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: JsonObject };
}

export interface TestClient {
  readonly connection: StdioConnection;
  /** The lines that the hub wrote, as they were written. */
  readonly lines: string[];
  readonly problems: string[];
  /** Sends one line as it is. */
  line(text: string): void;
  notify(method: string, params?: object): void;
  /** Sends a request and waits for the answer with its id. Default id: the next number. */
  request(method: string, params?: object, id?: number | string): Promise<Answer>;
  /** The same in the modern era. */
  modern(method: string, params?: object, id?: number | string): Promise<Answer>;
  /** Opens a legacy session. */
  open(): Promise<Answer>;
  messages(): Answer[];
  /** The answers with an id, in their order. */
  answersTo(id: number | string | null): Answer[];
  /** The notifications of a method. */
  notifications(method: string): Answer[];
}

const META = 'io.modelcontextprotocol';

/** What a modern request carries. */
export const modernMeta = (more: object = {}): JsonObject => ({
  [`${META}/protocolVersion`]: '2026-07-28',
  [`${META}/clientCapabilities`]: {},
  [`${META}/clientInfo`]: { name: 'modern-client', version: '2' },
  ...more,
});

const createTestClient = (relay: Relay, bus: EventBus, clientId: string): TestClient => {
  const lines: string[] = [];
  const problems: string[] = [];
  const waiting = new Set<() => void>();
  let lastId = 0;
  const write = (parts: LineParts): void => {
    lines.push(Buffer.concat(parts.map((part) => Buffer.from(part))).toString());
    for (const check of waiting) check();
  };
  const channel = { answer: write, send: write };
  const edge = {
    clientId,
    relay,
    channel,
    serverInfo: HUB_INFO,
    onClientKnown: ({
      id,
      era,
      protocolVersion,
      info,
    }: {
      id: string;
      era: 'legacy' | 'modern';
      protocolVersion: string;
      info: { name: string; version: string };
    }) =>
      bus.emit({ type: 'client.connected', clientId: id, transport: 'stdio', era, protocolVersion, ...info, at: 0 }),
  };
  const connection = createStdioConnection({
    channel,
    openLegacy: () => createLegacySession(edge),
    openModern: () => createModernConnection({ ...edge, interim: createInterimCalls({ relay }) }),
    onProblem: (problem) => problems.push(problem),
  });
  const client: TestClient = {
    connection,
    lines,
    problems,
    line: (text) => connection.onLine(Buffer.from(text)),
    notify: (method, params) => client.line(JSON.stringify({ jsonrpc: '2.0', method, ...(params && { params }) })),
    request(method, params, id) {
      lastId += 1;
      const usedId = id ?? lastId;
      const before = client.answersTo(usedId).length;
      client.line(JSON.stringify({ jsonrpc: '2.0', id: usedId, method, ...(params && { params }) }));
      return new Promise((resolve) => {
        const check = (): void => {
          const answer = client.answersTo(usedId)[before];
          if (answer === undefined) return;
          waiting.delete(check);
          resolve(answer);
        };
        waiting.add(check);
        check();
      });
    },
    modern: (method, params = {}, id) =>
      client.request(method, { ...params, _meta: modernMeta((params as { _meta?: object })._meta) }, id),
    async open() {
      const clientInfo = { name: 'legacy-client', version: '1' };
      const answer = await client.request('initialize', {
        protocolVersion: '2025-06-18',
        capabilities: {},
        clientInfo,
      });
      client.notify('notifications/initialized');
      return answer;
    },
    messages: () => lines.map((line) => JSON.parse(line) as Answer),
    answersTo: (id) => client.messages().filter((message) => message.method === undefined && message.id === id),
    notifications: (method) => client.messages().filter((message) => message.method === method),
  };
  return client;
};

/** How the calls of a core ended, in order. */
export const outcomesOf = ({ eventsOf }: Core): string[] =>
  eventsOf('call.finished').map(({ outcome }: CallFinished) => outcome);
