import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { UpstreamIdentity } from '../../src/dispatch/call.ts';
import { HubError } from '../../src/errors/hub-error.ts';
import { createEventBus } from '../../src/events/bus.ts';
import type { Era } from '../../src/protocol/era.ts';
import { Upstream } from '../../src/upstream/upstream.ts';
import { createCall } from '../support/calls.ts';
import { legacyServer, modernServer, type Serve } from '../support/linked-servers.ts';
import { createLinkedTransport } from '../support/linked-transport.ts';
import { upstreamConfig } from '../support/upstream-config.ts';

const dies: Serve = (_message, peer) => peer.end({ reason: 'exit code 3' });

/** Dies on the messages of these methods, and otherwise serves. */
const diesOn =
  (method: string, serve: Serve): Serve =>
  (message, peer) => {
    if (message.method === method) peer.end({ reason: 'exit code 3' });
    else serve(message, peer);
  };

/** An upstream whose every process is served by `serve`, called every 100 ms. */
const create = (serve: Serve, verdict?: Era) => {
  let nowServing = serve;
  let processes = 0;
  const upstream = new Upstream({
    config: upstreamConfig('up'),
    bus: createEventBus(),
    createTransport: async () => {
      processes += 1;
      return createLinkedTransport((message, peer) => nowServing(message, peer)).transport;
    },
    readEraVerdict: async () => verdict,
    clientInfo: { name: 'hub', version: '0' },
    capabilities: {},
    answerUnattributed: async () => ({ ok: true, result: {} }),
  });
  return {
    upstream,
    processes: () => processes,
    serveWith: (serveNow: Serve) => {
      nowServing = serveNow;
    },
    callFor: async (ms: number): Promise<void> => {
      for (let passedMs = 0; passedMs < ms; passedMs += 100) {
        await upstream.call(createCall());
        vi.advanceTimersByTime(100);
      }
    },
  };
};

const connect = (upstream: Upstream): Promise<UpstreamIdentity> => upstream.connect(new AbortController().signal);

describe('an upstream whose process ends on its first message', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
  afterEach(() => void vi.useRealTimers());

  test.each([undefined, 'legacy', 'modern'] as const)(
    'is started at most five times in half a minute of calls, with %s as its remembered era',
    async (verdict) => {
      const { callFor, processes } = create(dies, verdict);
      await callFor(30_000);
      expect(processes()).toBeGreaterThanOrEqual(4);
      expect(processes()).toBeLessThanOrEqual(5);
    },
  );

  test('says to those who come in between when it may be started again', async () => {
    const { upstream } = create(dies);
    await upstream.call(createCall());
    vi.advanceTimersByTime(100);
    const failure = await connect(upstream).catch((error: unknown) => HubError.from(error));
    expect(failure).toMatchObject({ code: 'UPSTREAM_START_FAILED', retryAfterMs: 400, sent: false });
  });

  test.each([
    ['a legacy server', 'legacy', legacyServer()],
    ['a modern server', 'modern', modernServer()],
    ['a legacy server that ends on an unknown first message', 'legacy', diesOn('server/discover', legacyServer())],
    ['a modern server that ends on initialize', 'modern', diesOn('initialize', modernServer())],
  ])('is found again as %s within two more starts, whatever it was asked in vain before', async (_what, era, well) => {
    for (const failures of [1, 2, 3]) {
      const { upstream, processes, serveWith } = create(dies);
      for (let index = 0; index < failures; index += 1) {
        await upstream.call(createCall());
        vi.advanceTimersByTime(60_000);
      }
      const before = processes();
      serveWith(well);
      await connect(upstream).catch(() => {});
      vi.advanceTimersByTime(60_000);
      expect((await connect(upstream)).era).toBe(era);
      expect(processes() - before).toBeLessThanOrEqual(2);
    }
  });
});
