import { Catalog } from '../../src/catalog/catalog.ts';
import { compose, type Next } from '../../src/dispatch/interceptor.ts';
import { createEventBus } from '../../src/events/bus.ts';
import type { Implementation } from '../../src/protocol/codec.ts';
import type { LineParts } from '../../src/protocol/framing.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import type { RequestId, RequestMessage } from '../../src/protocol/message.ts';
import type { ClientConnection } from '../../src/relay/client-connection.ts';
import { createLegacySession } from '../../src/relay/legacy-session.ts';
import { createRelay } from '../../src/relay/relay.ts';
import { satisfyInputs } from '../../src/relay/satisfy-inputs.ts';
import { askForUrls } from '../../src/relay/url-elicitations.ts';
import { createView, type View } from '../../src/relay/view.ts';
import { createBreaker } from '../../src/resilience/breaker.ts';
import { createDeadline } from '../../src/resilience/deadline.ts';
import { createFailover } from '../../src/resilience/failover.ts';
import { createPauses } from '../../src/resilience/pause.ts';
import { createRetry } from '../../src/resilience/retry.ts';
import { createBalance } from '../../src/router/balance.ts';
import { createRouter } from '../../src/router/router.ts';
import { Upstream } from '../../src/upstream/upstream.ts';
import { upstreamConfig } from '../../test/support/upstream-config.ts';
import { createInstantTransport } from './instant-transport.ts';

/** The hub between its edges, in front of one upstream that answers at once. */
export interface MicroCore {
  readonly view: View;
  /** The interceptors of a call, in the order of `hub/hub.ts`, around a step of one's own. */
  readonly pipeline: (innermost: Next) => Next;
  /** One call of the client's, from the parsed request to the parts of its answer. */
  call(): Promise<void>;
  /** What is left of a call where the hub does nothing: the wait for an answer in a later turn of the microtasks. */
  wait(): Promise<void>;
}

const INFO: Implementation = { name: 'bench', version: '1.0.0' };

const UPSTREAM = 'alpha';

/** What is configured where nothing is. */
const TIMEOUTS = { startMs: 30_000, callMs: 60_000, maxCallMs: 3_600_000 };

const FIRST_LIST_MS = 10_000;

export const createMicroCore = async (tools: readonly string[]): Promise<MicroCore> => {
  const bus = createEventBus();
  const upstream = new Upstream({
    config: upstreamConfig(UPSTREAM, { protocol: 'legacy', timeouts: TIMEOUTS }),
    bus,
    createTransport: async () => createInstantTransport(tools),
    readEraVerdict: async () => 'legacy',
    clientInfo: INFO,
    capabilities: {},
    answerUnattributed: async () => ({ ok: true, result: {} }),
  });
  const upstreams = { names: [UPSTREAM], get: (name: string) => (name === UPSTREAM ? upstream : undefined) };
  const router = createRouter([]);
  const catalog = new Catalog({
    upstreams,
    rulesOf: (name) => ({ prefix: name, rename: {}, describe: {}, isOffered: () => true }),
    separator: '__',
    maxNameLength: 54,
    preferred: (subject, name) => router.routeOf(subject, name)?.row.to,
    maxDefinitions: 20_000,
    firstListMs: FIRST_LIST_MS,
    onListed: () => {},
    onProblem: () => {},
  });
  const view = createView({ upstreams, catalog, router });
  const interceptors = [
    createFailover({ bus, policyOf: () => ({ retry: 'auto', trusted: false }) }),
    createDeadline(() => TIMEOUTS),
    createRetry({ bus, policyOf: () => ({ retry: 'auto', trusted: false }) }),
    createBreaker({ bus, isOn: () => true }).interceptor,
    createPauses({ bus }).interceptor,
  ];
  const relay = createRelay({
    bus,
    interceptors,
    balance: createBalance({ isOpen: () => false }),
    viewOf: () => view,
    separator: '__',
    firstListMs: FIRST_LIST_MS,
  });
  const answers = createAnswers();
  const session = createLegacySession({
    clientId: 'client',
    relay,
    channel: answers,
    serverInfo: INFO,
    onClientKnown: () => {},
  });
  const request = (method: string, params: JsonObject): Promise<void> => answers.to(session, method, params);
  await request('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { ...INFO } });
  await request('tools/list', {});
  const params: JsonObject = { name: `${UPSTREAM}__${tools[0]}`, arguments: { size: 64, fill: 'x'.repeat(64) } };
  return {
    view,
    pipeline: (innermost) => compose([satisfyInputs, askForUrls, ...interceptors], innermost),
    call: () => request('tools/call', params),
    wait: () => answers.toNothing(),
  };
};

/** A channel to a client that waits for one answer at a time. */
const createAnswers = () => {
  let onAnswer = (_head: string): void => {};
  let lastId = 0;
  return {
    answer: ([head]: LineParts) => onAnswer(String(head)),
    send: () => {},
    toNothing: (): Promise<void> =>
      new Promise((resolve) => {
        onAnswer = () => resolve();
        queueMicrotask(() => onAnswer(''));
      }),
    to: (session: ClientConnection, method: string, params: JsonObject): Promise<void> => {
      lastId += 1;
      const message: RequestMessage = { kind: 'request', id: String(lastId) as RequestId, method, params };
      return new Promise((resolve, reject) => {
        onAnswer = (head) => (head.includes('"result"') ? resolve() : reject(new Error(`${method} was refused`)));
        session.onRequest(message, 200);
      });
    },
  };
};
