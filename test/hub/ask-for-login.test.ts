import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LoginSettings, UpstreamConfig } from '../../src/config/hub-config.ts';
import type { Call, ClientContext } from '../../src/dispatch/call.ts';
import { failureReply } from '../../src/dispatch/failure.ts';
import type { Next } from '../../src/dispatch/interceptor.ts';
import type { Answer, Question } from '../../src/dispatch/question.ts';
import { HubError } from '../../src/errors/hub-error.ts';
import { createEventBus } from '../../src/events/bus.ts';
import type { HubEvent } from '../../src/events/events.ts';
import { type AskForLogin, type AskForLoginOptions, createAskForLogin } from '../../src/hub/ask-for-login.ts';
import { createHub, type Hub } from '../../src/hub/hub.ts';
import { Cancellation } from '../../src/utils/cancellation.ts';
import { type LoginServers, startLoginServers } from '../e2e/support/login-servers.ts';
import { ROOT } from '../e2e/support/paths.ts';
import { createTempHome, type TempHome } from '../e2e/support/temp-home.ts';
import { LOG_CONFIG } from '../store/support/events.ts';
import { query } from '../store/support/log-bench.ts';
import { createCall, createSink, LEGACY_CLIENT, resultReply } from '../support/calls.ts';
import { hubConfig } from '../support/hub-config.ts';
import { upstreamConfig } from '../support/upstream-config.ts';

const BROWSER = join(ROOT, 'test/fixtures/login/browser.mjs');
const CLIENT: ClientContext = { ...LEGACY_CLIENT, capabilities: { elicitation: { url: {} } } };
const DECLINED: Answer = { ok: true, result: { action: 'decline' } };

/** A client whose person goes to the page, and is through with it when the client says so. */
const visit: Call['ask'] = async ({ params }) => {
  await promisify(execFile)(process.execPath, [BROWSER, String(params['url'])]);
  return { ok: true, result: { action: 'accept' } };
};

/** A client whose person does nothing until it is not asked any more. */
const stare: Call['ask'] = (_question, signal) =>
  new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve({ ok: false, error: { code: -1, message: 'withdrawn' } }));
  });

let home: TempHome;
let servers: LoginServers;
let asks: AskForLogin | undefined;
let hub: Hub | undefined;
beforeEach(async () => {
  home = createTempHome();
  servers = await startLoginServers();
});
afterEach(async () => {
  asks?.close();
  await hub?.close();
  asks = hub = undefined;
  await servers[Symbol.asyncDispose]();
  home.remove();
});

const remote = (url: string, auth?: LoginSettings): UpstreamConfig =>
  upstreamConfig('remote', { transport: { type: 'http', url, headers: {} }, ...(auth && { auth }) });

const place = () => ({ stateDir: home.stateDir, env: { ...home.env, MCP_HUB_KEYCHAIN: 'off' } });

const start = (upstream: () => UpstreamConfig, over: Partial<AskForLoginOptions> = {}) => {
  const restarted: string[] = [];
  const events: HubEvent[] = [];
  const bus = createEventBus();
  bus.listen((event) => void events.push(event));
  asks = createAskForLogin({
    bus,
    place: place(),
    upstreamOf: upstream,
    restart: (name) => void restarted.push(name),
    ...over,
  });
  return { asks, bus, events, restarted };
};

const lacking = () => new HubError('LOGIN_REQUIRED', 'remote needs a login', { upstream: 'remote' });

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};

describe('a login that was given up', () => {
  test('is not joined by the next call, which gets a page of its own, also on a port that is configured', async () => {
    const upstream = remote(servers.url, { redirectPort: await freePort() });
    const { asks, restarted } = start(() => upstream);
    const signal = new Cancellation();
    const first = asks.mend({ client: CLIENT, signal, ask: visit }, lacking());
    signal.abort(new HubError('CANCELLED', 'the client gave up'));
    expect(await first).toMatchObject({ code: 'CANCELLED' });
    expect(await asks.mend({ client: CLIENT, signal: new Cancellation(), ask: visit }, lacking())).toBe('mended');
    expect(restarted).toEqual(['remote']);
    expect(servers.grants).toEqual(['authorization_code']);
  }, 60_000);

  test('is the fate of one at an address that is not configured any more', async () => {
    const others = await startLoginServers();
    try {
      let upstream = remote(servers.url);
      const { asks, restarted } = start(() => upstream);
      const isAsked = Promise.withResolvers<Question>();
      const ask: Call['ask'] = (question, signal) => {
        isAsked.resolve(question);
        return stare(question, signal);
      };
      const first = asks.mend({ client: CLIENT, signal: new Cancellation(), ask }, lacking());
      await isAsked.promise;
      upstream = remote(others.url);
      const second = asks.mend({ client: CLIENT, signal: new Cancellation(), ask: visit }, lacking());
      expect(await first).toMatchObject({ code: 'LOGIN_FAILED', message: 'remote is configured otherwise meanwhile' });
      expect(await second).toBe('mended');
      expect([servers.grants, others.grants]).toEqual([[], ['authorization_code']]);
      expect(restarted).toEqual(['remote']);
    } finally {
      await others[Symbol.asyncDispose]();
    }
  }, 60_000);
});

describe('clients that share a login', () => {
  test('are asked under ids of their own, all calls of one under the same, and are done when one of them is', async () => {
    const { asks } = start(() => remote(servers.url));
    const put: Question[] = [];
    const areAsked = Promise.withResolvers<void>();
    const ask =
      (client: number): Call['ask'] =>
      async (question, signal) => {
        put.push(question);
        if (put.length === 3) areAsked.resolve();
        await areAsked.promise;
        return client === 0 ? visit(question, signal) : stare(question, signal);
      };
    const clients = [CLIENT, CLIENT, { ...CLIENT, id: 'another' }];
    const mended = clients.map(async (client, index) =>
      asks.mend({ client, signal: new Cancellation(), ask: ask(index) }, lacking()),
    );
    expect(await Promise.all(mended)).toEqual(['mended', 'mended', 'mended']);
    expect(new Set(put.map(({ params }) => params['url'])).size).toBe(1);
    expect(put[0]).toBe(put[1]);
    expect(put[0]?.params['elicitationId']).not.toBe(put[2]?.params['elicitationId']);
  }, 60_000);
});

test('a client that may be on another machine is not asked', () => {
  const { asks } = start(() => remote(servers.url));
  const client = { ...CLIENT, isElsewhere: true };
  expect(asks.mend({ client, signal: new Cancellation(), ask: visit }, lacking())).toBeUndefined();
});

describe('a call that is repeated after a login', () => {
  const send = async (over: Partial<AskForLoginOptions>, sent: Next) => {
    const { asks, bus, events } = start(() => remote(servers.url), over);
    const target = { upstream: 'remote', qualifiedName: 'remote__whoami', ownName: 'whoami' };
    const call = createCall({ callId: 'c', client: CLIENT, target, ask: visit });
    let times = 0;
    const reply = await asks.interceptor(async (attempt) => {
      times += 1;
      if (times > 1) return sent(attempt);
      // What is behind it has sent the call three times by now.
      const failed = { upstream: 'remote', outcome: 'error', errorCode: -31011, durationMs: 1 } as const;
      for (const number of [2, 3])
        bus.emit({
          type: 'call.repeated',
          callId: 'c',
          ...target,
          attempt: number,
          reason: 'it broke',
          failed,
          at: Date.now(),
        });
      return failureReply(lacking(), { startMs: 3, workMs: 4 });
    })(call);
    return { reply, events, times };
  };

  test('is told as a repetition, with the number of its attempt, before it is waited for the log and sent', async () => {
    const order: unknown[] = [];
    const mayGoOn = async (): Promise<boolean> => order.push('log') > 0;
    const { reply, events } = await send({ mayGoOn }, async ({ attempt }) => {
      order.push(attempt);
      return resultReply({ content: [] });
    });
    expect(order).toEqual(['log', 4]);
    expect(events.at(-1)).toMatchObject({
      type: 'call.repeated',
      callId: 'c',
      upstream: 'remote',
      attempt: 4,
      reason: 'remote needs a login',
      failed: { upstream: 'remote', outcome: 'error', errorCode: -31019, durationMs: 7 },
    });
    expect(reply).toMatchObject({ kind: 'result', time: { startMs: 3, workMs: 5 } });
    expect(reply.time.loginMs).toBeGreaterThan(0);
  }, 60_000);

  test('is not sent where the log must keep it and cannot', async () => {
    const { reply, times } = await send({ mayGoOn: () => false }, async () => resultReply({ content: [] }));
    expect(times).toBe(1);
    expect(reply).toMatchObject({ kind: 'error', failure: { code: 'STORE_UNAVAILABLE', sent: false } });
  }, 60_000);
});

describe('in the log of a hub', () => {
  const startHub = () => {
    const events: HubEvent[] = [];
    hub = createHub({
      config: hubConfig([remote(servers.url)], {
        log: { ...LOG_CONFIG, enabled: true, durability: 'audit', onFailure: 'block' },
      }),
      ...place(),
      log: true,
      stderr: () => {},
    });
    hub.bus.listen((event) => void events.push(event));
    const { relay } = hub;
    const carry = (ask: Call['ask']) =>
      relay.carry({
        method: 'tools/call',
        subject: 'tool',
        params: { name: 'remote__whoami', arguments: {} },
        client: CLIENT,
        logLevel: undefined,
        bytesIn: 10,
        signal: new Cancellation(),
        wantsProgress: false,
        sink: createSink(),
        ask,
      });
    return { carry, events };
  };

  const ofCalls = (events: readonly HubEvent[]) => events.filter(({ type }) => type.startsWith('call.'));

  test('a call is there while its person is asked, and the time of the person is nobody else’s', async () => {
    const { carry, events } = startHub();
    let askedMs = 0;
    for (const round of [1, 2]) {
      events.length = 0;
      const reply = await carry(async (question, signal) => {
        const askedAt = performance.now();
        expect(ofCalls(events)).toMatchObject([
          { type: 'call.started', upstream: 'remote', qualifiedName: 'remote__whoami', ownName: 'whoami' },
        ]);
        const answer = await visit(question, signal);
        askedMs = performance.now() - askedAt;
        return answer;
      });
      expect(reply.kind).toBe('result');
      expect(ofCalls(events).map(({ type }) => type)).toEqual(
        round === 1 ? ['call.started', 'call.finished'] : ['call.started', 'call.repeated', 'call.finished'],
      );
      const finished = events.find((event) => event.type === 'call.finished');
      if (finished?.type !== 'call.finished') throw new Error('there is no end');
      expect(finished.hubMs + finished.upstreamMs).toBeLessThanOrEqual(finished.durationMs - askedMs);
      // From here on the tool is known, and refused.
      servers.refuseOldTokens();
      servers.forgetAll();
    }
    expect(query(home.stateDir, 'SELECT attempt, outcome FROM attempts ORDER BY attempt')).toEqual([
      { attempt: 1, outcome: 'error' },
      { attempt: 2, outcome: 'ok' },
    ]);
  }, 60_000);

  test('a call whose person declines has ended with the refusal, at the server that refused it', async () => {
    const { carry, events } = startHub();
    expect(await carry(async () => DECLINED)).toMatchObject({ kind: 'error', failure: { code: 'LOGIN_REQUIRED' } });
    expect(ofCalls(events)).toMatchObject([
      { type: 'call.started', upstream: 'remote' },
      { type: 'call.finished', outcome: 'error', errorCode: -31019 },
    ]);
  }, 60_000);
});
