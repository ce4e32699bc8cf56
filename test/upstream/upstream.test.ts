import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { UpstreamConfig } from '../../src/config/hub-config.ts';
import type { UpstreamIdentity } from '../../src/dispatch/call.ts';
import type { Reply } from '../../src/dispatch/reply.ts';
import { HubError } from '../../src/errors/hub-error.ts';
import { createEventBus } from '../../src/events/bus.ts';
import type { HubEvent, UpstreamStateChanged } from '../../src/events/events.ts';
import type { Era } from '../../src/protocol/era.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import { createStdioTransport } from '../../src/upstream/transport/stdio.ts';
import type { Transport } from '../../src/upstream/transport/transport.ts';
import { Upstream } from '../../src/upstream/upstream.ts';
import { verifies } from '../e2e/requirements/verifies.ts';
import { createCall, createSink, LEGACY_CLIENT } from '../support/calls.ts';
import { settle } from '../support/create-catalog.ts';
import { legacyServer, modernServer, type Serve } from '../support/linked-servers.ts';
import { createLinkedTransport, type LinkedPeer, type Received } from '../support/linked-transport.ts';
import { upstreamConfig } from '../support/upstream-config.ts';

const NEVER = new AbortController().signal;

interface Options {
  readonly config?: Partial<UpstreamConfig>;
  readonly verdict?: Era;
  readonly createTransport?: () => Promise<Transport>;
}

/** An upstream whose process, or connection, is served by the next of `servers`; the last serves all that follow. */
const create = (servers: readonly Serve[], { config = {}, verdict, createTransport }: Options = {}) => {
  const peers: LinkedPeer[] = [];
  const events: HubEvent[] = [];
  const bus = createEventBus();
  bus.listen((event) => events.push(event));
  const upstream = new Upstream({
    config: upstreamConfig('up', config),
    bus,
    createTransport:
      createTransport ??
      (async () => {
        const { transport, peer } = createLinkedTransport(servers[Math.min(peers.length, servers.length - 1)]);
        peers.push(peer);
        return transport;
      }),
    readEraVerdict: async () => verdict,
    clientInfo: { name: 'hub', version: '0' },
    capabilities: {},
    answerUnattributed: async () => ({ ok: true, result: {} }),
  });
  const states = (): string[] =>
    events.filter((event): event is UpstreamStateChanged => event.type === 'upstream.state').map(({ state }) => state);
  const methods = (index = 0): Array<string | undefined> => peers[index]?.received.map(({ method }) => method) ?? [];
  return { upstream, peers, events, states, methods };
};

const echo: Serve = (message, peer) => {
  if (message.id !== undefined) peer.answer(message, { method: message.method, params: message.params ?? null });
};

const resultOf = (reply: Reply): JsonObject => {
  if (reply.kind === 'error') throw new Error(reply.error.message);
  return reply.body.value;
};

const failureOf = (reply: Reply): HubError | undefined => (reply.kind === 'error' ? reply.failure : undefined);

describe('an upstream', () => {
  test('is started by its first use, once, and serves from then on', async () => {
    const { upstream, peers, states } = create([legacyServer(echo)]);
    expect(peers).toHaveLength(0);
    const replies = await Promise.all([upstream.call(createCall()), upstream.call(createCall())]);
    expect(replies.map((reply) => resultOf(reply)['method'])).toEqual(['tools/call', 'tools/call']);
    await upstream.connect(NEVER);
    expect(peers).toHaveLength(1);
    expect(states()).toEqual(['starting', 'ready']);
  });

  test('has no more calls at one time than it may, and takes the others in turn', async () => {
    const asked: Received[] = [];
    const { upstream, peers } = create(
      [legacyServer((message) => void (message.id !== undefined && asked.push(message)))],
      {
        config: { maxConcurrent: 2 },
      },
    );
    const waited: Array<number | undefined> = [];
    const sink = createSink({ sent: (waitedMs) => void waited.push(waitedMs) });
    const replies = Promise.all([1, 2, 3, 4].map(() => upstream.call(createCall({ sink }))));
    await vi.waitFor(() => expect(asked).toHaveLength(2));
    await settle();
    expect(asked).toHaveLength(2);
    for (let index = 0; index < 4; index += 1) {
      await vi.waitFor(() => expect(asked.length).toBeGreaterThan(index));
      peers[0]?.answer(asked[index] as Received, { index });
      await settle();
      expect(asked.length).toBe(Math.min(4, index + 3));
    }
    expect((await replies).map((reply) => resultOf(reply)['index'])).toEqual([0, 1, 2, 3]);
    expect(waited.slice(0, 2)).toEqual([0, 0]);
    expect(waited.slice(2).every((waitedMs) => waitedMs !== undefined && waitedMs > 0)).toBe(true);
  });

  test('has room for other calls while one waits for its client', async () => {
    const called: Received[] = [];
    const serve: Serve = (message, peer) => {
      if (message.method !== 'tools/call') return;
      called.push(message);
      if (called.length === 1) peer.send({ id: 'q', method: 'elicitation/create', params: { message: 'which?' } });
      else peer.answer(message, {});
    };
    const { upstream, peers } = create([legacyServer(serve)], { config: { maxConcurrent: 1 } });
    const answer = Promise.withResolvers<{ ok: true; result: JsonObject }>();
    const asked = vi.fn(() => answer.promise);
    const first = upstream.call(createCall({ ask: asked }));
    await vi.waitFor(() => expect(asked).toHaveBeenCalled());
    expect(resultOf(await upstream.call(createCall()))).toEqual({});
    answer.resolve({ ok: true, result: { action: 'accept' } });
    await vi.waitFor(() => expect(peers[0]?.received.some(({ id, result }) => id === 'q' && result)).toBe(true));
    peers[0]?.answer(called[0] as Received, { done: true });
    expect(resultOf(await first)).toEqual({ done: true });
  });

  test('tells who is ready before anybody gets to use it', async () => {
    const { upstream } = create([legacyServer(echo)]);
    const order: string[] = [];
    upstream.onReady(({ serverInfo }: UpstreamIdentity) => order.push(serverInfo.name));
    await upstream.connect(NEVER).then(() => order.push('connected'));
    expect(order).toEqual(['legacy-server', 'connected']);
  });

  test('tells of the lists that change', async () => {
    const { upstream, peers } = create([legacyServer()]);
    const kinds: string[] = [];
    upstream.onListChanged((kind) => kinds.push(kind));
    await upstream.connect(NEVER);
    for (const list of ['tools', 'prompts', 'resources', 'unknown'])
      peers[0]?.notify(`notifications/${list}/list_changed`);
    await settle();
    expect(kinds).toEqual(['tools', 'prompts', 'resources', 'templates']);
  });

  test('tells that its era was found out, and not what was remembered', async () => {
    const first = create([legacyServer()]);
    await first.upstream.connect(NEVER);
    expect(first.events).toContainEqual(
      expect.objectContaining({ type: 'upstream.era', upstream: 'up', configHash: 'hash of up', era: 'legacy' }),
    );
    const second = create([legacyServer()], { verdict: 'legacy' });
    await second.upstream.connect(NEVER);
    expect(second.methods()[0]).toBe('initialize');
    expect(second.events.some(({ type }) => type === 'upstream.era')).toBe(false);
  });

  test('that was remembered as legacy and is modern now is asked anew, on a new connection', async () => {
    verifies('version:era:asked-again');
    const { upstream, events, methods } = create([modernServer()], { verdict: 'legacy' });
    expect(await upstream.connect(NEVER)).toMatchObject({ era: 'modern' });
    expect([methods(0)[0], methods(1)[0]]).toEqual(['initialize', 'server/discover']);
    expect(events).toContainEqual(expect.objectContaining({ type: 'upstream.era', era: 'modern' }));
  });

  test('that was remembered as modern and is legacy now gets `initialize` on the same connection', async () => {
    const { upstream, peers, events } = create([legacyServer()], { verdict: 'modern' });
    expect(await upstream.connect(NEVER)).toMatchObject({ era: 'legacy' });
    expect(peers).toHaveLength(1);
    expect(events).toContainEqual(expect.objectContaining({ type: 'upstream.era', era: 'legacy' }));
  });

  test('whose era is set is taken at the word of the configuration', async () => {
    const { upstream, events, methods } = create([legacyServer()], {
      config: { protocol: 'legacy' },
      verdict: 'modern',
    });
    await upstream.connect(NEVER);
    expect(methods()[0]).toBe('initialize');
    expect(events.some(({ type }) => type === 'upstream.era')).toBe(false);
  });

  test('that says -32022 to a call is connected anew and asked for its era, and its words stay here', async () => {
    verifies('version:era:asked-again');
    const refusing: Serve = (message, peer) => peer.refuse(message, -32022);
    const { upstream, methods } = create([legacyServer(refusing), legacyServer(echo)], { verdict: 'legacy' });
    expect(failureOf(await upstream.call(createCall()))).toMatchObject({ code: 'UPSTREAM_INVALID', sent: false });
    await settle();
    expect((await upstream.call(createCall())).kind).toBe('result');
    expect(methods(1)[0]).toBe('server/discover');
  });
});

describe('a call', () => {
  test('of a legacy upstream has no envelope, of a modern one the capabilities of its client', async () => {
    verifies('base:meta:client-capabilities:own', 'logging:level:sent');
    const call = createCall({
      params: { name: 'add', _meta: { traceparent: '00' } },
      client: { ...createCall().client, capabilities: { sampling: {} } },
      logLevel: 'info',
    });
    const legacy = create([legacyServer(echo)]);
    expect(resultOf(await legacy.upstream.call(call))['params']).toEqual({ name: 'add', _meta: { traceparent: '00' } });
    const modern = create([modernServer(echo)]);
    expect(resultOf(await modern.upstream.call(call))['params']).toEqual({
      name: 'add',
      _meta: {
        traceparent: '00',
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientInfo': { name: 'hub', version: '0' },
        'io.modelcontextprotocol/clientCapabilities': { sampling: {} },
        'io.modelcontextprotocol/logLevel': 'info',
      },
    });
  });

  test('has its result byte for byte, in the era of the upstream', async () => {
    const text = '{"content" : [ ],"n":9007199254740993, "x":1.0}';
    const { upstream } = create([legacyServer((message, peer) => peer.answer(message, text))]);
    const reply = await upstream.call(createCall());
    expect(reply).toMatchObject({ kind: 'result', body: { era: 'legacy' } });
    expect(reply.kind === 'result' && Buffer.from(reply.body.bytes).toString()).toBe(text);
  });

  test('has the token of the hub where its client wants progress, and the progress that comes', async () => {
    verifies('progress:token:unique');
    const seen: JsonObject[] = [];
    const server = legacyServer((message, peer) => {
      const progressToken = (message.params?.['_meta'] as JsonObject | undefined)?.['progressToken'];
      peer.notify('notifications/progress', { progressToken, progress: 1 });
      peer.answer(message, {});
    });
    const { upstream, peers } = create([server]);
    const sink = { sent: () => {}, progress: (params: JsonObject) => void seen.push(params), log: () => {} };
    await upstream.call(createCall({ wantsProgress: true, sink }));
    const [call] = peers[0]?.received.filter(({ method }) => method === 'tools/call') ?? [];
    expect(call?.params?.['_meta']).toEqual({ progressToken: call?.id });
    expect(seen).toEqual([{ progressToken: call?.id, progress: 1 }]);
    await upstream.call(createCall({ sink }));
    expect(peers[0]?.received.at(-1)?.params).toEqual({ name: 'add' });
    expect(seen).toHaveLength(1);
  });

  test('has the log messages that come while only calls of its client are under way, and no others', async () => {
    const server = legacyServer((message, peer) => {
      if (message.id === undefined) return;
      peer.notify('notifications/message', { level: 'info', data: message.id });
      peer.answer(message, {});
    });
    const { upstream } = create([server]);
    const heard: unknown[] = [];
    upstream.onLog((_params, clientId) => heard.push(clientId));
    const sink = (id: string) => createSink({ log: () => void heard.push(`${id} itself`) });
    const callOf = (id: string) => createCall({ client: { ...LEGACY_CLIENT, id }, sink: sink(id) });
    await upstream.call(callOf('a'));
    expect(heard).toEqual(['a itself', 'a']);
    await Promise.all([upstream.call(callOf('b')), upstream.call(callOf('c'))]);
    // While both were under way the message was nobody's; the last had the upstream to itself.
    expect(heard.filter((one) => one === 'b' || one === 'b itself')).toEqual([]);
    await upstream.request({ method: 'ping', params: {}, signal: NEVER });
    expect(heard.at(-1)).toBeUndefined();
  });

  test('may be followed by the end of a URL elicitation', async () => {
    const server = legacyServer((message, peer) => {
      if (message.id === undefined) return;
      peer.notify('notifications/elicitation/complete', { elicitationId: 'e1' });
      peer.notify('notifications/elicitation/complete', { elicitationId: 1 });
      peer.answer(message, {});
    });
    const { upstream } = create([server]);
    const ended: string[] = [];
    upstream.onElicitationComplete((id) => ended.push(id));
    await upstream.call(createCall());
    expect(ended).toEqual(['e1']);
  });

  test('tells that it is sent after the start, and before the upstream has it', async () => {
    const order: string[] = [];
    const server = legacyServer((message, peer) => {
      if (message.id === undefined) return;
      order.push('arrived');
      peer.answer(message, {});
    });
    const { upstream } = create([server]);
    upstream.onReady(() => order.push('ready'));
    await upstream.call(
      createCall({ sink: { sent: () => void order.push('sent'), progress: () => {}, log: () => {} } }),
    );
    expect(order).toEqual(['ready', 'sent', 'arrived']);
  });

  test('with a state that no legacy upstream can have given is refused, and is not sent', async () => {
    const request = { name: 'add', requestState: 'made up', inputResponses: { x: { action: 'accept' } } };
    const old = create([legacyServer(echo)]);
    expect(await old.upstream.call(createCall({ params: request }))).toMatchObject({
      kind: 'error',
      error: { code: -32602, message: 'Invalid requestState: the server of this request gives none' },
    });
    expect(old.methods()).not.toContain('tools/call');
    const { requestState, ...answersOnly } = request;
    await old.upstream.call(createCall({ params: answersOnly }));
    expect(old.peers[0]?.received.at(-1)?.params).toEqual({ name: 'add' });
    const modern = create([modernServer(echo)]);
    await modern.upstream.call(createCall({ params: request }));
    expect(modern.peers[0]?.received.at(-1)?.params).toMatchObject(request);
  });

  test('may be answered with an interim result by a modern upstream only', async () => {
    const server: Serve = (message, peer) => peer.answer(message, { resultType: 'input_required', requestState: 's' });
    expect(await create([modernServer(server)]).upstream.call(createCall())).toMatchObject({ kind: 'input_required' });
    expect(await create([legacyServer(server)]).upstream.call(createCall())).toMatchObject({ kind: 'result' });
  });

  test('fails where a modern upstream answers with a type that nobody knows', async () => {
    verifies('base:result-type:unknown');
    const { upstream } = create([modernServer((message, peer) => peer.answer(message, { resultType: 'task' }))]);
    expect(failureOf(await upstream.call(createCall()))).toMatchObject({ code: 'UPSTREAM_INVALID', sent: true });
  });

  test('that is given up is cancelled at the upstream under its own id', async () => {
    const { upstream, peers } = create([legacyServer()]);
    await upstream.connect(NEVER);
    const giver = new AbortController();
    const reply = upstream.call(createCall({ signal: giver.signal }));
    const arrived = (await peers[0]?.next('tools/call')) as Received;
    giver.abort(new HubError('CANCELLED', 'enough'));
    expect(failureOf(await reply)).toMatchObject({ code: 'CANCELLED' });
    const cancelled = await peers[0]?.next('notifications/cancelled');
    expect(cancelled?.params).toEqual({ requestId: arrived.id, reason: 'enough' });
  });

  test('that is given up during the start ends at once, and the start goes on', async () => {
    const { upstream, peers, states } = create([() => {}]);
    const giver = new AbortController();
    const reply = upstream.call(createCall({ signal: giver.signal }));
    await settle();
    giver.abort(new HubError('CANCELLED', 'enough'));
    expect(failureOf(await reply)).toMatchObject({ code: 'CANCELLED', sent: false });
    expect(states()).toEqual(['starting']);
    expect(peers[0]?.isClosed).toBe(false);
    await upstream.stop();
  });

  test.each([
    ['a lost session', undefined, 0],
    ['a process that has ended', 4711, 60],
  ])('that met %s goes over the next connection, once', async (_what, pid, newsMs) => {
    let made = 0;
    const { upstream } = create([], {
      createTransport: async () => {
        made += 1;
        const { transport, peer } = createLinkedTransport(legacyServer(echo));
        const meetEnd = async (): Promise<void> => {
          const end = (): void => peer.end({ reason: 'it is gone' });
          if (newsMs === 0) setImmediate(end);
          else setTimeout(end, newsMs);
          throw new HubError('UPSTREAM_CLOSED', 'it is gone', { sent: false });
        };
        const isGone = made === 1;
        const send: Transport['send'] = (message, options) =>
          isGone && message.method === 'tools/call' ? meetEnd() : transport.send(message, options);
        return { ...transport, send, pid };
      },
    });
    expect((await upstream.call(createCall())).kind).toBe('result');
    expect(made).toBe(2);
  });

  test('that cannot be sent over a connection that stays fails', async () => {
    const { transport } = createLinkedTransport(legacyServer(echo));
    const send: Transport['send'] = async (message, options) => {
      if (message.method === 'tools/call') throw new HubError('UPSTREAM_CLOSED', 'nothing listens there');
      await transport.send(message, options);
    };
    const { upstream } = create([], { createTransport: async () => ({ ...transport, send }) });
    expect(failureOf(await upstream.call(createCall()))).toMatchObject({ message: 'nothing listens there' });
  });
});

describe('a request of the hub itself', () => {
  afterEach(() => void vi.useRealTimers());

  test('is not waited for longer than a call', async () => {
    verifies('timeout:every-request', 'timeout:cancels');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { upstream, peers } = create([legacyServer()], {
      config: { timeouts: { startMs: 1000, callMs: 500, maxCallMs: 5000 } },
    });
    await upstream.connect(NEVER);
    const reply = upstream.request({ method: 'tools/list', params: {}, signal: NEVER });
    await peers[0]?.next('tools/list');
    vi.advanceTimersByTime(500);
    expect(failureOf(await reply)).toMatchObject({
      code: 'TIMEOUT',
      message: 'up did not answer tools/list within 500 ms',
      hint: 'raise hub.servers.up.timeouts.callMs',
    });
    await settle();
    expect(peers[0]?.received.at(-1)?.method).toBe('notifications/cancelled');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('for changes in a resource is not waited for longer than a call, and the resource is not watched', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { upstream, peers, methods } = create([legacyServer()], {
      config: { timeouts: { startMs: 1000, callMs: 500, maxCallMs: 5000 } },
    });
    await upstream.connect(NEVER);
    const reply = upstream.watchResource('test://a', NEVER);
    await peers[0]?.next('resources/subscribe');
    vi.advanceTimersByTime(500);
    expect(failureOf(await reply)).toMatchObject({
      code: 'TIMEOUT',
      message: 'up did not answer resources/subscribe within 500 ms',
    });
    upstream.unwatchResource('test://a');
    await settle();
    expect(methods().slice(-2)).toEqual(['resources/subscribe', 'notifications/cancelled']);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('an upstream that fails', () => {
  const dying: Serve = (_message, peer) => peer.end({ reason: 'exit code 3', exitCode: 3 });

  test('to start says why, and is not tried again at once', async () => {
    const { upstream, peers, states } = create([dying], { config: { protocol: 'legacy' } });
    for (let count = 0; count < 5; count += 1) {
      expect(failureOf(await upstream.call(createCall()))).toMatchObject({
        code: 'UPSTREAM_START_FAILED',
        message: expect.stringContaining('exit code 3'),
        sent: false,
      });
    }
    expect(peers).toHaveLength(1);
    expect(states()).toEqual(['starting', 'backing_off']);
  });

  test('to start says why to those too who do not wait', async () => {
    const { upstream } = create([dying], { config: { protocol: 'legacy' } });
    await upstream.connect(NEVER).catch(() => {});
    const impatient = AbortSignal.abort(new HubError('TIMEOUT', 'no time'));
    await expect(upstream.connect(impatient)).rejects.toMatchObject({
      message: expect.stringContaining('exit code 3'),
    });
  });

  test('right after the handshake has failed to start, and is not taken for ready', async () => {
    const fleeting: Serve = (message, peer) => {
      legacyServer()(message, peer);
      if (message.method === 'initialize') peer.end({ reason: 'exit code 0' });
    };
    const { upstream, states } = create([fleeting], { config: { protocol: 'legacy' } });
    await expect(upstream.connect(NEVER)).rejects.toMatchObject({
      code: 'UPSTREAM_START_FAILED',
      message: expect.stringContaining('exit code 0'),
    });
    expect(states()).toEqual(['starting', 'backing_off']);
  });

  test('to connect in the time of a start is closed, and says what to raise', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const opening = Promise.withResolvers<void>();
    const isOpening = Promise.withResolvers<void>();
    const { transport } = createLinkedTransport();
    const { upstream } = create([], {
      config: { timeouts: { startMs: 1000, callMs: 1, maxCallMs: 1 } },
      createTransport: async () => ({
        ...transport,
        start: () => {
          isOpening.resolve();
          return opening.promise;
        },
        close: async () => opening.reject(new HubError('UPSTREAM_START_FAILED', 'it was closed')),
      }),
    });
    const failure = upstream.connect(NEVER).catch((error: unknown) => error);
    await isOpening.promise;
    vi.advanceTimersByTime(1000);
    expect(await failure).toMatchObject({ message: expect.stringContaining('within 1000 ms') });
    await expect(opening.promise).rejects.toThrow('it was closed');
    vi.useRealTimers();
  });

  test('is not started where a variable is missing, and says which', async () => {
    const { upstream, peers } = create([legacyServer()], { config: { missingVariables: ['TOKEN', 'KEY'] } });
    await expect(upstream.connect(NEVER)).rejects.toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      message: 'up needs TOKEN, KEY, which is not set',
    });
    expect(peers).toHaveLength(0);
  });

  test('in the middle of a call fails that call, and the next one starts it again', async () => {
    verifies('stdio:crash:restart');
    const crash: Serve = (message, peer) => {
      if (message.method === 'tools/call') peer.end({ reason: 'exit code 1', exitCode: 1 });
    };
    const { upstream, peers, states } = create([legacyServer(crash), legacyServer(echo)]);
    expect(failureOf(await upstream.call(createCall()))).toMatchObject({
      code: 'UPSTREAM_CLOSED',
      sent: true,
      message: 'up did not answer tools/call: exit code 1',
    });
    expect(peers).toHaveLength(1);
    expect((await upstream.call(createCall())).kind).toBe('result');
    expect(peers).toHaveLength(2);
    expect(states()).toEqual(['starting', 'ready', 'idle', 'starting', 'ready']);
  });

  test('again and again is left alone for a while', async () => {
    const crash: Serve = (message, peer) => {
      if (message.method === 'tools/call') peer.end({ reason: 'exit code 1' });
    };
    const { upstream, peers, states } = create([legacyServer(crash)]);
    for (let count = 0; count < 5; count += 1) expect((await upstream.call(createCall())).kind).toBe('error');
    expect(peers).toHaveLength(2);
    expect(states().at(-1)).toBe('backing_off');
    expect(failureOf(await upstream.call(createCall()))).toMatchObject({
      message: 'up ended and is not started again yet: exit code 1',
      sent: false,
    });
  });

  test('to speak in the time of a start is closed, and says what to raise', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { upstream, peers } = create([() => {}], {
      config: { timeouts: { startMs: 1000, callMs: 1, maxCallMs: 1 } },
    });
    const failure = upstream.connect(NEVER).catch((error: unknown) => error);
    while (peers.length === 0) await settle(1);
    await peers[0]?.next('server/discover');
    vi.advanceTimersByTime(1000);
    expect(await failure).toMatchObject({
      code: 'UPSTREAM_START_FAILED',
      message: 'up did not start: no answer to the handshake within 1000 ms',
      hint: expect.stringContaining('timeouts.startMs'),
    });
    expect(peers[0]?.isClosed).toBe(true);
    vi.useRealTimers();
  });

  test('by printing to its standard output is told of twenty times', async () => {
    const { upstream, peers, events } = create([legacyServer()]);
    await upstream.connect(NEVER);
    for (let count = 0; count < 100; count += 1) peers[0]?.sendLine(`noise ${count}`);
    await settle();
    const problems = events.filter(({ type }) => type === 'problem');
    expect(problems).toHaveLength(21);
    expect(problems.at(-1)).toMatchObject({
      message: expect.stringContaining('what else of the kind comes is not told'),
    });
  });
});

describe('an upstream that is stopped', () => {
  test('ends its connection, fails what is under way, and does not start again', async () => {
    const { upstream, peers, states } = create([legacyServer()]);
    await upstream.connect(NEVER);
    const reply = upstream.call(createCall());
    await peers[0]?.next('tools/call');
    await upstream.stop();
    expect(peers[0]?.isClosed).toBe(true);
    expect((await reply).kind).toBe('error');
    expect(failureOf(await upstream.call(createCall()))).toMatchObject({ code: 'SHUTTING_DOWN' });
    await expect(upstream.connect(NEVER)).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    expect(states()).toEqual(['starting', 'ready', 'stopped']);
  });

  test('during its start leaves nothing behind', async () => {
    const { upstream, peers, states } = create([() => {}]);
    const failure = upstream.connect(NEVER).catch((error: unknown) => error);
    while (peers.length === 0) await settle(1);
    await peers[0]?.next('server/discover');
    await upstream.stop();
    expect(peers[0]?.isClosed).toBe(true);
    expect(await failure).toMatchObject({ code: 'SHUTTING_DOWN' });
    expect(states()).toEqual(['starting', 'stopped']);
  });

  test('before its transport is made starts none', async () => {
    const started: string[] = [];
    const made = Promise.withResolvers<void>();
    const { upstream } = create([], {
      createTransport: async () => {
        await made.promise;
        const { transport } = createLinkedTransport();
        return { ...transport, start: async () => void started.push('started') };
      },
    });
    const failure = upstream.connect(NEVER).catch((error: unknown) => error);
    await settle();
    const stopped = upstream.stop();
    made.resolve();
    await stopped;
    expect(await failure).toMatchObject({ code: 'SHUTTING_DOWN' });
    expect(started).toEqual([]);
  });

  test('before it was used says nothing', async () => {
    const { upstream, states } = create([legacyServer()]);
    await upstream.stop();
    expect(states()).toEqual([]);
  });
});

describe('an upstream that is a process', () => {
  const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/servers/${name}`, import.meta.url));

  const createProcess = (server: string, evil: string) =>
    create([], {
      createTransport: async () =>
        createStdioTransport({
          name: 'up',
          settings: { type: 'stdio', command: process.execPath, args: [fixture(server), 'raw'], env: { EVIL: evil } },
          env: process.env,
          maxLineBytes: 1 << 20,
        }),
    });

  test('and ends on an unknown first message is started again and found to be legacy', async () => {
    const { upstream, events } = createProcess('legacy.mjs', 'exit-unknown');
    expect(await upstream.connect(NEVER)).toMatchObject({ era: 'legacy', serverInfo: { name: 'raw' } });
    expect(events.some((event) => event.type === 'upstream.state' && event.pid !== undefined)).toBe(true);
    await upstream.stop();
  });

  test('and cannot start says its last words', async () => {
    const { upstream } = createProcess('legacy.mjs', 'exit-start:3');
    await expect(upstream.connect(NEVER)).rejects.toMatchObject({
      message: expect.stringMatching(/code 3.*; its last words: cannot start: the moon is in the wrong phase$/),
    });
    expect(upstream.stderrTail()).toContain('the moon');
    await upstream.stop();
  });
});
