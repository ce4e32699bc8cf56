import { afterEach, describe, expect, test } from 'vitest';
import { HubError } from '../../src/errors/hub-error.ts';
import { createEventBus } from '../../src/events/bus.ts';
import type { UpstreamStateChanged } from '../../src/events/events.ts';
import type { Transport } from '../../src/upstream/transport/transport.ts';
import { Upstream } from '../../src/upstream/upstream.ts';
import { eventually } from '../e2e/support/processes.ts';
import { isRunning } from '../fixtures/transport/processes.ts';
import { createStdioPeer, fixture } from '../fixtures/transport/stdio-peer.ts';
import { createCall } from '../support/calls.ts';
import { legacyServer, modernServer, type Serve } from '../support/linked-servers.ts';
import { createLinkedTransport, type LinkedPeer } from '../support/linked-transport.ts';
import { upstreamConfig } from '../support/upstream-config.ts';

const NEVER = new AbortController().signal;

let upstream: Upstream;
afterEach(() => upstream.stop());

/** An upstream that is asked for a sign of life for a tenth of a second. */
const create = (createTransport: () => Promise<Transport>) => {
  const states: UpstreamStateChanged[] = [];
  const problems: string[] = [];
  const bus = createEventBus();
  bus.listen((event) => {
    if (event.type === 'upstream.state') states.push(event);
    else if (event.type === 'problem') problems.push(event.message);
  });
  upstream = new Upstream({
    config: upstreamConfig('up'),
    bus,
    createTransport,
    readEraVerdict: async () => undefined,
    clientInfo: { name: 'hub', version: '0' },
    capabilities: {},
    answerUnattributed: async () => ({ ok: true, result: {} }),
    answerWithinMs: 100,
  });
  return { names: () => states.map(({ state }) => state), states, problems };
};

const createLinked = (serve: Serve) => {
  const peers: LinkedPeer[] = [];
  const world = create(async () => {
    const { transport, peer } = createLinkedTransport(serve);
    peers.push(peer);
    return transport;
  });
  const methods = (): Array<string | undefined> =>
    peers.flatMap(({ received }) => received.map(({ method }) => method));
  return { ...world, methods };
};

/** A call that is out of time before it is answered. */
const callLate = async (): Promise<void> => {
  const late = new AbortController();
  const sink = {
    sent: () => setTimeout(() => late.abort(new HubError('TIMEOUT', 'it took too long', { sent: true })), 10),
    progress: () => {},
    log: () => {},
  };
  const reply = await upstream.call(createCall({ signal: late.signal, sink, params: { name: 'hang', arguments: {} } }));
  expect(reply).toMatchObject({ kind: 'error', failure: { code: 'TIMEOUT' } });
};

/** Answers all but calls of the tool `hang`. */
const answeringAll: Serve = (message, peer) => {
  if (message.id !== undefined && message.params?.['name'] !== 'hang') peer.answer(message, {});
};

describe('an upstream', () => {
  test('is not asked how it is while its calls are answered', async () => {
    const { methods } = createLinked(legacyServer(answeringAll));
    for (let count = 0; count < 5; count += 1) await upstream.call(createCall());
    expect(methods()).not.toContain('ping');
  });

  test.each([
    ['legacy', legacyServer(answeringAll), 'ping'],
    ['modern', modernServer(answeringAll), 'server/discover'],
  ] as const)(
    'of the %s era is asked after a call that was out of time, and is well where it answers',
    async (_era, serve, method) => {
      const { names, methods } = createLinked(serve);
      await upstream.connect(NEVER);
      const before = methods().filter((each) => each === method).length;
      await callLate();
      await eventually('the question', () => methods().filter((each) => each === method).length === before + 1);
      await upstream.call(createCall());
      expect(names()).toEqual(['starting', 'ready']);
    },
  );

  test('that does not answer is degraded, and well again with its next answer, though it never answers ping', async () => {
    const noPing: Serve = (message, peer) => {
      if (message.method !== 'ping') answeringAll(message, peer);
    };
    const { names, states } = createLinked(legacyServer(noPing));
    await callLate();
    await eventually('the doubt', () => names().at(-1) === 'degraded');
    expect(states.at(-1)?.reason).toBe('a call was not answered in time, and neither was ping within 100 ms');
    expect(upstream.isConnected()).toBe(true);
    expect((await upstream.call(createCall())).kind).toBe('result');
    expect(names()).toEqual(['starting', 'ready', 'degraded', 'ready']);
  });

  test('that refuses to say how it is, is well: a refusal is a sign of life', async () => {
    const { names, methods } = createLinked(
      legacyServer((message, peer) => {
        if (message.method === 'ping') peer.refuse(message, -32601, 'Method not found');
        else answeringAll(message, peer);
      }),
    );
    await callLate();
    await eventually('the question', () => methods().includes('ping'));
    await upstream.call(createCall());
    expect(names()).toEqual(['starting', 'ready']);
  });

  test('stays degraded while its breaker is open, whatever it answers', async () => {
    const { names } = createLinked(legacyServer(answeringAll));
    await upstream.call(createCall());
    upstream.doubt('breaker', 'its calls fail');
    await callLate();
    await upstream.call(createCall());
    expect(names().at(-1)).toBe('degraded');
    upstream.trust('breaker', 'a call was answered');
    expect(names().at(-1)).toBe('ready');
  });
});

describe.skipIf(process.platform === 'win32')('a process', () => {
  test('that says nothing any more, to three calls and three questions, is ended; the next call starts another', async () => {
    const { names, states, problems } = create(async () =>
      createStdioPeer({ args: [fixture('servers/legacy.mjs'), 'up'], graceMs: 100 }),
    );
    await upstream.connect(NEVER);
    const pid = states.at(-1)?.pid as number;
    process.kill(pid, 'SIGSTOP');
    await eventually('its end', async () => {
      await callLate();
      // Until the question that follows has had its time; meanwhile no call is with it.
      await new Promise((resolve) => setTimeout(resolve, 150));
      return names().at(-1) === 'idle';
    });
    expect(names()).toEqual(['starting', 'ready', 'degraded', 'idle']);
    expect(states.at(-1)?.reason).toContain('it said nothing to 3 calls');
    expect(problems).toEqual([expect.stringContaining('up is ended, and started again when it is needed')]);
    const reply = await upstream.call(createCall({ params: { name: 'echo', arguments: { m: 'back' } } }));
    expect(reply.kind).toBe('result');
    expect(states.at(-1)?.pid).not.toBe(pid);
    expect(isRunning(pid)).toBe(false);
  });
});
