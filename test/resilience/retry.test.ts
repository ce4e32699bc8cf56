import { describe, expect, test } from 'vitest';
import type { Call } from '../../src/dispatch/call.ts';
import { failureReply } from '../../src/dispatch/failure.ts';
import type { Reply } from '../../src/dispatch/reply.ts';
import type { HubErrorCode } from '../../src/errors/codes.ts';
import { HubError, type HubErrorOptions } from '../../src/errors/hub-error.ts';
import { createEventBus } from '../../src/events/bus.ts';
import type { HubEvent } from '../../src/events/events.ts';
import type { RetryPolicy } from '../../src/resilience/harmless.ts';
import { createRetry } from '../../src/resilience/retry.ts';
import { Cancellation } from '../../src/utils/cancellation.ts';
import { createCall, createSink, errorReply, resultReply } from '../support/calls.ts';

const fault = (code: HubErrorCode, more: HubErrorOptions = {}): Reply =>
  failureReply(new HubError(code, 'it broke', { upstream: 'math', ...more }));

const LOST = fault('UPSTREAM_CLOSED', { sent: true });
const UNSENT = fault('UPSTREAM_CLOSED');
const DONE = resultReply({ content: [] });

type Step = Reply | ((call: Call) => Reply);

/** Retries before an upstream that answers each attempt with the next of the steps, the last for all that follow. */
const create = (steps: readonly Step[], policy: Partial<RetryPolicy> = {}) => {
  const attempts: Call[] = [];
  const waits: number[] = [];
  const events: HubEvent[] = [];
  const bus = createEventBus();
  bus.listen((event) => events.push(event));
  let onWait = (): void => {};
  const send = createRetry({
    bus,
    policyOf: () => ({ retry: 'auto', trusted: false, ...policy }),
    random: () => 0.5,
    wait: async (ms) => {
      waits.push(ms);
      onWait();
    },
  })(async (call) => {
    const step = steps[Math.min(attempts.length, steps.length - 1)] as Step;
    attempts.push(call);
    return typeof step === 'function' ? step(call) : step;
  });
  const whenWaiting = (listener: () => void): void => {
    onWait = listener;
  };
  return { send, attempts, waits, events, whenWaiting };
};

const READ = createCall({ method: 'resources/read', params: { uri: 'a://b' } });
const annotated = (annotations: Record<string, boolean>): Call =>
  createCall({ target: { upstream: 'math', qualifiedName: 'math__add', ownName: 'add', definition: { annotations } } });

/** How often a call is sent that is never answered. */
const attemptsOf = async (call: Call, policy?: Partial<RetryPolicy>, reply: Reply = LOST): Promise<number> => {
  const { send, attempts } = create([reply], policy);
  await send(call);
  return attempts.length;
};

describe('a call that was sent and not answered', () => {
  test('is not sent again where it is a tool, and its error says that its outcome is unknown', async () => {
    const { send, attempts } = create([LOST]);
    const reply = await send(createCall());
    expect(attempts).toHaveLength(1);
    expect(JSON.parse(String(reply.kind === 'error' && reply.error.bytes))).toMatchObject({
      data: { upstream: 'math', outcome: 'unknown' },
    });
  });

  test.each(['prompts/get', 'resources/read', 'completion/complete'])('is sent once more for %s', async (method) => {
    expect(await attemptsOf(createCall({ method }))).toBe(2);
  });

  test.each(['tasks/get', 'tasks/cancel', 'tasks/update', 'tasks/result'])(
    'is not sent again for %s',
    async (method) => {
      expect(await attemptsOf(createCall({ method, params: {} }))).toBe(1);
    },
  );

  test('is sent once more where the operator says that every call is harmless', async () => {
    expect(await attemptsOf(createCall(), { retry: 'safe' })).toBe(2);
  });

  test.each([{ readOnlyHint: true }, { idempotentHint: true }])(
    'is sent once more for a tool of a trusted server with %o, and of no other',
    async (annotations) => {
      expect(await attemptsOf(annotated(annotations), { trusted: true })).toBe(2);
      expect(await attemptsOf(annotated(annotations))).toBe(1);
    },
  );

  test('is not sent again for a trusted tool that does not say that it is harmless', async () => {
    expect(await attemptsOf(annotated({ readOnlyHint: false }), { trusted: true })).toBe(1);
    expect(await attemptsOf(createCall(), { trusted: true })).toBe(1);
  });

  test.each(['requestState', 'inputResponses'])(
    'is not sent again with %s, which carries on an exchange',
    async (key) => {
      expect(await attemptsOf({ ...READ, params: { ...READ.params, [key]: 'x' } })).toBe(1);
    },
  );

  test('is not sent again where it makes a task, whatever the operator says', async () => {
    expect(await attemptsOf(createCall({ params: { name: 'add', task: {} } }), { retry: 'safe' })).toBe(1);
  });

  test('is not sent again once progress was passed on', async () => {
    const told: unknown[] = [];
    const { send, attempts } = create([
      ({ sink }) => {
        sink.progress({ progress: 1 });
        return LOST;
      },
    ]);
    await send({ ...READ, sink: createSink({ progress: (params) => void told.push(params) }) });
    expect(told).toEqual([{ progress: 1 }]);
    expect(attempts).toHaveLength(1);
  });

  test('is not sent again once its client was asked something', async () => {
    const { send, attempts } = create([
      (call) => {
        void call.ask({ upstream: 'math', key: '1', method: 'roots/list', params: {} }, call.signal);
        return LOST;
      },
    ]);
    await send(READ);
    expect(attempts).toHaveLength(1);
  });

  test('stays one that may have been carried out when its repetition does not leave', async () => {
    const { send } = create([LOST, UNSENT]);
    const reply = await send(READ);
    expect(reply).toMatchObject({ kind: 'error', failure: { code: 'UPSTREAM_CLOSED', sent: true } });
  });
});

describe('a call that never left', () => {
  test('is tried twice more, whatever it is', async () => {
    expect(await attemptsOf(createCall(), {}, UNSENT)).toBe(3);
    expect(await attemptsOf(READ, {}, UNSENT)).toBe(3);
    expect(await attemptsOf(createCall(), {}, fault('UPSTREAM_UNAVAILABLE'))).toBe(3);
  });

  test('gives the answer of the attempt that succeeds, after pauses that are drawn from a growing time', async () => {
    const { send, waits, events } = create([UNSENT, UNSENT, DONE]);
    expect(await send(createCall())).toBe(DONE);
    expect(waits).toEqual([50, 100]);
    expect(events).toMatchObject([
      {
        type: 'call.repeated',
        callId: 'call-1',
        upstream: 'math',
        qualifiedName: 'math__add',
        attempt: 2,
        reason: 'it broke',
        failed: { upstream: 'math', outcome: 'error', errorCode: -31011 },
      },
      { type: 'call.repeated', attempt: 3 },
    ]);
  });

  test('is not sent a third time when its second attempt was sent and not answered', async () => {
    const { send, attempts } = create([UNSENT, LOST]);
    expect(await send(createCall())).toBe(LOST);
    expect(attempts).toHaveLength(2);
  });

  test('is not tried again at once where the upstream is away for a known time', async () => {
    expect(await attemptsOf(createCall(), {}, fault('UPSTREAM_START_FAILED', { retryAfterMs: 500 }))).toBe(1);
  });
});

describe('nothing is repeated', () => {
  test('where the operator has switched it off', async () => {
    expect(await attemptsOf(READ, { retry: 'off' })).toBe(1);
    expect(await attemptsOf(createCall(), { retry: 'off' }, UNSENT)).toBe(1);
  });

  test.each(['TIMEOUT', 'CANCELLED', 'SHUTTING_DOWN', 'UPSTREAM_INVALID'] as const)('after %s', async (code) => {
    expect(await attemptsOf(READ, {}, fault(code, { sent: true }))).toBe(1);
    expect(await attemptsOf(READ, {}, fault(code))).toBe(1);
  });

  test('that the upstream has answered, be it with an error', async () => {
    expect(await attemptsOf(READ, {}, errorReply(-32603, 'no'))).toBe(1);
    expect(await attemptsOf(READ, {}, resultReply({ isError: true }))).toBe(1);
  });

  test('that an HTTP server has refused, while its own failure is none', async () => {
    const refusal = (status: number): Reply =>
      fault('UPSTREAM_CLOSED', { sent: true, cause: Object.assign(new Error('HTTP'), { status }) });
    expect(await attemptsOf(READ, {}, refusal(401))).toBe(1);
    expect(await attemptsOf(READ, {}, refusal(503))).toBe(2);
  });

  test('after the client has given up during the pause', async () => {
    const signal = new Cancellation();
    const { send, attempts, whenWaiting } = create([UNSENT, DONE]);
    whenWaiting(() => signal.abort(new HubError('CANCELLED', 'not wanted any more')));
    expect(await send(createCall({ signal }))).toBe(UNSENT);
    expect(attempts).toHaveLength(1);
  });

  test('beyond the budget, which answers fill again slowly', async () => {
    let isWell = false;
    const { send, attempts } = create([() => (isWell ? DONE : LOST)]);
    const attemptsOfNext = async (): Promise<number> => {
      const before = attempts.length;
      await send(READ);
      return attempts.length - before;
    };
    const counts: number[] = [];
    for (let index = 0; index < 8; index += 1) counts.push(await attemptsOfNext());
    expect(counts[0]).toBe(2);
    expect(counts.at(-1)).toBe(1);
    expect(counts.reduce((sum, count) => sum + count)).toBeLessThanOrEqual(8 + 4);
    isWell = true;
    for (let index = 0; index < 70; index += 1) await send(READ);
    isWell = false;
    expect(await attemptsOfNext()).toBe(2);
  });
});

test('the attempts of a call that is itself a repetition are counted on from it', async () => {
  const { send, events } = create([UNSENT, resultReply({})]);
  await send({ ...READ, attempt: 3 });
  expect(events).toMatchObject([{ type: 'call.repeated', attempt: 4 }]);
});
