import { describe, expect, test } from 'vitest';
import type { Call, Target } from '../../src/dispatch/call.ts';
import { failureReply } from '../../src/dispatch/failure.ts';
import type { Reply } from '../../src/dispatch/reply.ts';
import { HubError, type HubErrorOptions } from '../../src/errors/hub-error.ts';
import { createEventBus } from '../../src/events/bus.ts';
import type { HubEvent } from '../../src/events/events.ts';
import { createFailover } from '../../src/resilience/failover.ts';
import type { RetryPolicy } from '../../src/resilience/harmless.ts';
import { createCall, errorReply, resultReply } from '../support/calls.ts';

const targetOf = (upstream: string): Target => ({ upstream, qualifiedName: 'add', ownName: 'add' });
const REPLICATED: Target = { ...targetOf('a'), alternatives: ['b', 'c', 'd'].map(targetOf) };

const closed = (more: HubErrorOptions = {}): Reply => failureReply(new HubError('UPSTREAM_CLOSED', 'it broke', more));
const UNSENT = closed();
const LOST = closed({ sent: true });
const OPEN = failureReply(new HubError('UPSTREAM_UNAVAILABLE', 'not asked', { retryAfterMs: 4000 }));
const WELL = resultReply({ content: [] });

/** A call to servers that answer so; those that are not named are well. */
const send = async (
  replies: Readonly<Record<string, Reply | ((call: Call) => Reply)>>,
  over: Partial<Call> = {},
  policy: Partial<RetryPolicy> = {},
) => {
  const asked: string[] = [];
  const events: HubEvent[] = [];
  const bus = createEventBus();
  bus.listen((event) => events.push(event));
  const failover = createFailover({ bus, policyOf: () => ({ retry: 'auto', trusted: false, ...policy }) });
  const reply = await failover(async (call) => {
    const { upstream } = call.target;
    asked.push(upstream);
    const answer = replies[upstream] ?? WELL;
    return typeof answer === 'function' ? answer(call) : answer;
  })(createCall({ target: REPLICATED, ...over }));
  return { reply, asked: asked.join(''), events };
};

const READ: Partial<Call> = { method: 'resources/read', params: { uri: 'a://b' } };

describe('a call that several servers can answer', () => {
  test('stays with the one that answers, be it with an error', async () => {
    expect((await send({})).reply).toBe(WELL);
    expect((await send({ a: errorReply(-32603, 'no') })).asked).toBe('a');
  });

  test('goes to the next one where it never left, and its reply says who has answered', async () => {
    const { reply, asked, events } = await send({ a: UNSENT });
    expect(asked).toBe('ab');
    expect(reply).toMatchObject({ kind: 'result', answeredBy: { upstream: 'b' } });
    expect(events).toMatchObject([{ type: 'call.repeated', upstream: 'b', attempt: 2, reason: 'it broke' }]);
  });

  test('goes to the next one where its server is not asked for now', async () => {
    expect((await send({ a: OPEN, b: OPEN })).asked).toBe('abc');
  });

  test('is tried on three servers and no more', async () => {
    const { reply, asked } = await send({ a: UNSENT, b: UNSENT, c: UNSENT });
    expect([asked, reply]).toEqual(['abc', UNSENT]);
  });

  test('is not sent elsewhere where it is a tool that may have done its work', async () => {
    const { reply, asked } = await send({ a: LOST });
    expect([asked, reply]).toEqual(['a', LOST]);
    expect((await send({ a: UNSENT, b: LOST })).asked).toBe('ab');
  });

  test('is sent elsewhere once where it may be sent twice', async () => {
    expect((await send({ a: LOST, b: LOST }, READ)).asked).toBe('ab');
    expect((await send({ a: LOST }, {}, { retry: 'safe' })).asked).toBe('ab');
    expect((await send({ a: LOST }, READ, { retry: 'off' })).asked).toBe('a');
  });

  test('stays one that may have been carried out when its second attempt does not leave', async () => {
    expect((await send({ a: LOST, b: UNSENT }, READ)).reply).toMatchObject({ failure: { sent: true } });
  });

  test('is not sent elsewhere once progress was passed on', async () => {
    const a = ({ sink }: Call): Reply => {
      sink.progress({ progress: 1 });
      return LOST;
    };
    expect((await send({ a }, READ)).asked).toBe('a');
  });

  test.each(['requestState', 'task'])('stays with its server with %s, even if that cannot be asked', async (key) => {
    expect((await send({ a: UNSENT }, { params: { name: 'add', [key]: 'x' } })).asked).toBe('a');
  });

  test('is over when its time is', async () => {
    const late = failureReply(new HubError('TIMEOUT', 'too late', { sent: true }));
    expect((await send({ a: late }, READ)).asked).toBe('a');
  });
});

test('the attempts of a call that is itself a repetition are counted on from it', async () => {
  const { events } = await send({ a: UNSENT }, { attempt: 3 });
  expect(events).toMatchObject([{ type: 'call.repeated', upstream: 'b', attempt: 4 }]);
});
