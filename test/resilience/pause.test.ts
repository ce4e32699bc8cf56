import { describe, expect, test } from 'vitest';
import { failureReply } from '../../src/dispatch/failure.ts';
import { NO_TIME, type Reply } from '../../src/dispatch/reply.ts';
import { HubError } from '../../src/errors/hub-error.ts';
import { createEventBus } from '../../src/events/bus.ts';
import { createErrorBody } from '../../src/protocol/parse.ts';
import { failureOf } from '../../src/resilience/fault.ts';
import { createPauses } from '../../src/resilience/pause.ts';
import { createCall, resultReply } from '../support/calls.ts';

const refused = (status: number, retryAfterMs?: number): Reply =>
  failureReply(
    new HubError('UPSTREAM_CLOSED', `HTTP ${status}`, {
      upstream: 'math',
      sent: true,
      cause: Object.assign(new Error(`HTTP ${status}`), { status }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    }),
  );

const DONE = resultReply({ content: [] });

/** An upstream that answers with the replies in turn, the last for all that follow, on a clock that waiting moves. */
const create = (replies: readonly Reply[], random = 0) => {
  let time = 1000;
  const sentAt: number[] = [];
  const problems: string[] = [];
  const bus = createEventBus();
  bus.listen((event) => event.type === 'problem' && problems.push(event.message));
  const pauses = createPauses({
    bus,
    now: () => time,
    random: () => random,
    wait: async (ms) => {
      time += ms;
    },
  });
  const send = pauses.interceptor(async () => {
    sentAt.push(time);
    return replies[Math.min(sentAt.length, replies.length) - 1] as Reply;
  });
  const pass = (ms: number): void => {
    time += ms;
  };
  return { send, pauses, sentAt, problems, pass };
};

describe('an upstream that asks for fewer requests', () => {
  test('gets none before the time that it names; a call waits for that', async () => {
    const { send, sentAt, problems, pauses } = create([refused(429, 2000), DONE]);
    expect(failureOf(await send(createCall()))?.retryAfterMs).toBe(2000);
    expect(pauses.isPaused('math')).toBe(true);
    expect((await send(createCall())).kind).toBe('result');
    expect(sentAt).toEqual([1000, 3000]);
    expect(pauses.isPaused('math')).toBe(false);
    expect(problems).toEqual(['math asks for fewer requests: nothing is sent to it for 2 s']);
  });

  test('is left alone for up to half as long again', async () => {
    const { send, sentAt } = create([refused(429, 2000), DONE], 1);
    await send(createCall());
    await send(createCall());
    expect(sentAt).toEqual([1000, 4000]);
  });

  test('and names no time is left alone for a second', async () => {
    const { send, sentAt } = create([refused(429), DONE]);
    await send(createCall());
    await send(createCall());
    expect(sentAt).toEqual([1000, 2000]);
  });

  test('for long fails calls at once, with what is left of the time', async () => {
    const { send, sentAt, pass } = create([refused(429, 60_000), DONE]);
    await send(createCall());
    pass(10_000);
    const failure = failureOf(await send(createCall()));
    expect(failure).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryAfterMs: 50_000, sent: false });
    expect(failure?.message).toBe('math has asked for fewer requests; it is left alone for 50 s more');
    expect(sentAt).toEqual([1000]);
    pass(50_000);
    expect((await send(createCall())).kind).toBe('result');
  });

  test('by an error of its own is left alone as well, and its error is passed on as it is', async () => {
    const own: Reply = {
      kind: 'error',
      error: createErrorBody(-32_050, 'slow down'),
      from: 'legacy',
      leaveAlone: { forMs: 2000 },
      time: NO_TIME,
    };
    const { send, sentAt } = create([own, DONE]);
    expect(await send(createCall())).toBe(own);
    expect((await send(createCall())).kind).toBe('result');
    expect(sentAt).toEqual([1000, 3000]);
  });

  test('is not waited for where another server can answer the same', async () => {
    const { send } = create([refused(429, 2000), DONE]);
    await send(createCall());
    const target = { upstream: 'math', qualifiedName: 'add', ownName: 'add', alternatives: [] };
    expect(failureOf(await send(createCall({ target })))?.code).toBe('UPSTREAM_UNAVAILABLE');
  });

  test('leaves others alone, and is left alone by what is no such refusal', async () => {
    const { send, pauses } = create([refused(503, 2000), refused(429, 2000)]);
    await send(createCall());
    expect(pauses.isPaused('math')).toBe(false);
    await send(createCall());
    expect(pauses.isPaused('other')).toBe(false);
  });
});
