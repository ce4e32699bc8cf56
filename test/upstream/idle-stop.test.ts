import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { UpstreamConfig } from '../../src/config/hub-config.ts';
import { createEventBus } from '../../src/events/bus.ts';
import type { UpstreamStateChanged } from '../../src/events/events.ts';
import { Upstream } from '../../src/upstream/upstream.ts';
import { createCall } from '../support/calls.ts';
import { legacyServer, type Serve } from '../support/linked-servers.ts';
import { createLinkedTransport, type LinkedPeer, type Received } from '../support/linked-transport.ts';
import { upstreamConfig } from '../support/upstream-config.ts';

const NEVER = new AbortController().signal;

/** An upstream that is stopped after a second. */
const create = (serve: Serve, config: Partial<UpstreamConfig> = { idleStopMs: 1000 }) => {
  const peers: LinkedPeer[] = [];
  const states: UpstreamStateChanged[] = [];
  const bus = createEventBus();
  bus.listen((event) => void (event.type === 'upstream.state' && states.push(event)));
  const upstream = new Upstream({
    config: upstreamConfig('up', { protocol: 'legacy', ...config }),
    bus,
    createTransport: async () => {
      const { transport, peer } = createLinkedTransport(legacyServer(serve));
      peers.push(peer);
      return transport;
    },
    readEraVerdict: async () => undefined,
    clientInfo: { name: 'hub', version: '0' },
    capabilities: {},
    answerUnattributed: async () => ({ ok: true, result: {} }),
  });
  return { upstream, peers, states };
};

const answering: Serve = (message, peer) => {
  if (message.id !== undefined) peer.answer(message, {});
};

describe('an upstream with idleStopMs', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
  afterEach(() => void vi.useRealTimers());

  test('is stopped when it had nothing to do for that long, and says why', async () => {
    const { upstream, peers, states } = create(answering);
    await upstream.call(createCall());
    vi.advanceTimersByTime(999);
    expect(upstream.isConnected()).toBe(true);
    vi.advanceTimersByTime(2);
    expect(upstream.isConnected()).toBe(false);
    expect(peers[0]?.isClosed).toBe(true);
    expect(states.at(-1)).toMatchObject({ state: 'idle', reason: 'stopped after 1000 ms without a call' });
  });

  test('is started again by its next use, without waiting as after a crash', async () => {
    const { upstream, peers } = create(answering);
    for (let round = 1; round <= 5; round += 1) {
      expect((await upstream.call(createCall())).kind).toBe('result');
      expect(peers).toHaveLength(round);
      vi.advanceTimersByTime(1001);
    }
  });

  test('goes on as long as calls come', async () => {
    const { upstream, peers } = create(answering);
    for (let index = 0; index < 10; index += 1) {
      await upstream.call(createCall());
      vi.advanceTimersByTime(900);
    }
    expect(peers).toHaveLength(1);
    vi.advanceTimersByTime(1001);
    expect(upstream.isConnected()).toBe(false);
  });

  test('goes on while a call is with it', async () => {
    const asked = Promise.withResolvers<Received>();
    const { upstream, peers } = create((message) => {
      if (message.method === 'tools/call') asked.resolve(message);
    });
    const reply = upstream.call(createCall());
    const request = await asked.promise;
    vi.advanceTimersByTime(20_000);
    expect(upstream.isConnected()).toBe(true);
    peers[0]?.answer(request, {});
    expect((await reply).kind).toBe('result');
    vi.advanceTimersByTime(2001);
    expect(upstream.isConnected()).toBe(false);
  });

  test('goes on while a resource is watched', async () => {
    const { upstream } = create(answering);
    await upstream.watchResource('a://b', NEVER);
    vi.advanceTimersByTime(20_000);
    expect(upstream.isConnected()).toBe(true);
    upstream.unwatchResource('a://b');
    vi.advanceTimersByTime(2001);
    expect(upstream.isConnected()).toBe(false);
  });

  test('of 0 is never stopped', async () => {
    const { upstream } = create(answering, { idleStopMs: 0 });
    await upstream.call(createCall());
    vi.advanceTimersByTime(86_400_000);
    expect(upstream.isConnected()).toBe(true);
  });
});
