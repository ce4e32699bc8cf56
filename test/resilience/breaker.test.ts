import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { failureReply } from '../../src/dispatch/failure.ts';
import type { Reply } from '../../src/dispatch/reply.ts';
import type { HubErrorCode } from '../../src/errors/codes.ts';
import { HubError, type HubErrorOptions } from '../../src/errors/hub-error.ts';
import { createEventBus } from '../../src/events/bus.ts';
import type { UpstreamBreakerChanged } from '../../src/events/events.ts';
import { createBreaker } from '../../src/resilience/breaker.ts';
import { createCall, errorReply, resultReply } from '../support/calls.ts';

const fault = (code: HubErrorCode, more: HubErrorOptions = {}): Reply =>
  failureReply(new HubError(code, 'it broke', { upstream: 'math', ...more }));
const status = (number: number): Reply =>
  fault('UPSTREAM_CLOSED', { sent: true, cause: Object.assign(new Error('HTTP'), { status: number }) });

const BROKEN = fault('UPSTREAM_CLOSED', { sent: true });
const WELL = resultReply({});

/** A breaker before an upstream whose replies, and whose time, are in the hands of the test. */
const create = ({ isOn = true, random = 0.5 } = {}) => {
  const changes: UpstreamBreakerChanged[] = [];
  const bus = createEventBus();
  bus.listen((event) => void (event.type === 'upstream.breaker' && changes.push(event)));
  let nowMs = 0;
  let asked = 0;
  let answer = (): Promise<Reply> | Reply => WELL;
  const breaker = createBreaker({ bus, isOn: () => isOn, now: () => nowMs, random: () => random });
  const send = breaker.interceptor(async () => {
    asked += 1;
    return answer();
  });
  return {
    changes,
    breaker,
    asked: () => asked,
    states: () => changes.map(({ state }) => state),
    pass: (ms: number) => {
      nowMs += ms;
    },
    call: (reply: Promise<Reply> | Reply = WELL): PromiseLike<Reply> => {
      answer = () => reply;
      return send(createCall());
    },
  };
};

type Bench = ReturnType<typeof create>;

const fail = async (bench: Bench, times: number, reply = BROKEN): Promise<void> => {
  for (let index = 0; index < times; index += 1) await bench.call(reply);
};

describe('a breaker', () => {
  test('counts the end of a connection once, however many calls were under way', async () => {
    const bench = create();
    const end = (): Reply => fault('UPSTREAM_CLOSED', { sent: true, cause: ending });
    let ending = new Error('the process ended');
    for (let count = 0; count < 50; count += 1) await bench.call(end());
    expect(bench.breaker.isOpen('math')).toBe(false);
    for (let count = 0; count < 4; count += 1) {
      ending = new Error('it ended again');
      await bench.call(end());
    }
    expect(bench.breaker.isOpen('math')).toBe(true);
  });

  test('opens after five failures in a row, and then answers without asking', async () => {
    const bench = create();
    await fail(bench, 4);
    expect(bench.breaker.isOpen('math')).toBe(false);
    await fail(bench, 1);
    expect(bench.breaker.isOpen('math')).toBe(true);
    expect(bench.changes).toMatchObject([
      {
        upstream: 'math',
        state: 'open',
        reason: 'math is not asked for 5.0 s: 5 calls in a row failed, the last because it broke',
      },
    ]);
    bench.pass(1500);
    const reply = await bench.call();
    expect(bench.asked()).toBe(5);
    expect(reply).toMatchObject({
      kind: 'error',
      failure: {
        code: 'UPSTREAM_UNAVAILABLE',
        upstream: 'math',
        sent: false,
        retryAfterMs: 3500,
        message:
          'math is not asked: it keeps failing for 1.5 s (5 calls in a row failed, the last because it broke); ' +
          'the next call that tries it may go in 3.5 s',
      },
    });
  });

  test('does not open while an answer comes between the failures', async () => {
    const bench = create();
    for (let index = 0; index < 5; index += 1) {
      await fail(bench, 1);
      await bench.call();
      await bench.call();
    }
    expect(bench.states()).toEqual([]);
  });

  test('opens when half of ten calls within a minute have failed, and forgets what is older', async () => {
    const alternating = async (bench: Bench, gapMs: number): Promise<void> => {
      for (let index = 0; index < 10; index += 1) {
        await bench.call(index % 2 === 0 ? WELL : BROKEN);
        bench.pass(gapMs);
      }
    };
    const fast = create();
    await alternating(fast, 100);
    expect(fast.changes).toMatchObject([
      { state: 'open', reason: expect.stringContaining('5 of 10 calls of a minute') },
    ]);
    const slow = create();
    await alternating(slow, 10_000);
    expect(slow.states()).toEqual([]);
  });

  test.each([
    ['a call that is out of time', fault('TIMEOUT', { sent: true })],
    ['a start that fails', fault('UPSTREAM_START_FAILED')],
    ['what is no message', fault('UPSTREAM_INVALID', { sent: true })],
    ['a failure of an HTTP server', status(503)],
  ])('counts %s', async (_what, reply) => {
    const bench = create();
    await fail(bench, 5, reply);
    expect(bench.states()).toEqual(['open']);
  });

  test.each([
    ['an error of a tool', resultReply({ isError: true })],
    ['an error of JSON-RPC', errorReply(-32603, 'no')],
    ['a refusal of an HTTP server', status(404)],
    ['a client that gave up', fault('CANCELLED', { sent: true })],
    ['a call that got no turn', fault('UPSTREAM_UNAVAILABLE')],
    ['a call that waited too long for its turn', fault('TIMEOUT')],
    ['the end of the hub', fault('SHUTTING_DOWN')],
  ])('does not count %s', async (_what, reply) => {
    const bench = create();
    await fail(bench, 50, reply);
    expect(bench.states()).toEqual([]);
  });

  test('lets one call try when its time has come, and closes when that is answered', async () => {
    const bench = create();
    await fail(bench, 5);
    bench.pass(4999);
    await bench.call();
    expect(bench.asked()).toBe(5);
    bench.pass(1);
    const answer = Promise.withResolvers<Reply>();
    const probe = bench.call(answer.promise);
    expect(await bench.call()).toMatchObject({ failure: { code: 'UPSTREAM_UNAVAILABLE' } });
    expect(bench.asked()).toBe(6);
    answer.resolve(errorReply(-32602, 'an error is an answer'));
    await probe;
    expect(await bench.call()).toBe(WELL);
    expect(bench.states()).toEqual(['open', 'half-open', 'closed']);
    await fail(bench, 4);
    expect(bench.states()).toHaveLength(3);
  });

  test('opens for twice as long each time that the try fails, up to five minutes', async () => {
    const bench = create();
    await fail(bench, 5);
    const waits: number[] = [];
    for (let index = 0; index < 8; index += 1) {
      const reply = await bench.call();
      const waitMs = (reply.kind === 'error' && reply.failure?.retryAfterMs) || 0;
      waits.push(waitMs);
      bench.pass(waitMs);
      await fail(bench, 1);
    }
    expect(waits).toEqual([5, 10, 20, 40, 80, 160, 300, 300].map((seconds) => seconds * 1000));
  });

  test('has the next call try where the try was given up', async () => {
    const bench = create();
    await fail(bench, 5);
    bench.pass(5000);
    await fail(bench, 1, fault('CANCELLED', { sent: true }));
    expect(await bench.call()).toBe(WELL);
    expect(bench.states().at(-1)).toBe('closed');
  });

  test('stays open for as long as the upstream is known to be away', async () => {
    const bench = create();
    await fail(bench, 5, fault('UPSTREAM_START_FAILED', { retryAfterMs: 16_000 }));
    bench.pass(15_999);
    expect(bench.breaker.isOpen('math')).toBe(true);
    bench.pass(1);
    expect(bench.breaker.isOpen('math')).toBe(false);
  });

  test('is not the same for each upstream: the time is drawn from a fifth below to a fifth above', async () => {
    const openMs = async (random: number): Promise<unknown> => {
      const bench = create({ random });
      await fail(bench, 5);
      const reply = await bench.call();
      return reply.kind === 'error' && reply.failure?.retryAfterMs;
    };
    expect([await openMs(0), await openMs(1)]).toEqual([4000, 6000]);
  });

  test('that is switched off lets everything through', async () => {
    const bench = create({ isOn: false });
    await fail(bench, 50);
    expect(bench.asked()).toBe(50);
  });

  test('of one upstream is no matter of another', async () => {
    const { breaker, call } = create();
    for (let index = 0; index < 5; index += 1) await call(BROKEN);
    expect([breaker.isOpen('math'), breaker.isOpen('other')]).toEqual([true, false]);
  });

  test('lets no more than one call through for each time that it is open, whatever happens', async () => {
    const steps = fc.array(fc.oneof(fc.constant('fail'), fc.constant('answer'), fc.integer({ min: 1, max: 9000 })));
    await fc.assert(
      fc.asyncProperty(steps, async (script) => {
        const bench = create();
        for (const step of script) {
          if (typeof step === 'number') {
            bench.pass(step);
            continue;
          }
          const before = bench.states().at(-1) ?? 'closed';
          const isOpen = bench.breaker.isOpen('math');
          const askedBefore = bench.asked();
          await bench.call(step === 'fail' ? BROKEN : WELL);
          expect(bench.asked() - askedBefore).toBe(isOpen ? 0 : 1);
          if (before === 'open' && !isOpen) expect(bench.states().at(-1)).toBe(step === 'fail' ? 'open' : 'closed');
        }
      }),
    );
  });
});
