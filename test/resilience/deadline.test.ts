import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Call } from '../../src/dispatch/call.ts';
import type { Answer } from '../../src/dispatch/question.ts';
import type { Reply } from '../../src/dispatch/reply.ts';
import { HubError } from '../../src/errors/hub-error.ts';
import { createDeadline } from '../../src/resilience/deadline.ts';
import { verifies } from '../e2e/requirements/verifies.ts';
import { createCall, createSink, resultReply, untilGivenUp } from '../support/calls.ts';

const LIMITS = { callMs: 1000, maxCallMs: 5000 };

/** A call behind the deadline, with the innermost side of it in the hands of the test. */
const startCall = (over: Partial<Call> = {}) => {
  const inner = Promise.withResolvers<Call>();
  const answer = Promise.withResolvers<Reply>();
  const deadline = createDeadline(() => LIMITS);
  const reply = deadline((call) => {
    inner.resolve(call);
    return Promise.race([answer.promise, untilGivenUp(call.signal)]);
  })(createCall(over));
  return { reply, inner: inner.promise, answer };
};

const failureOf = async (reply: PromiseLike<Reply>): Promise<HubError | undefined> => {
  const settled = await reply;
  return settled.kind === 'error' ? settled.failure : undefined;
};

/** All calls share a timer, which may run on once; no call hears of it after its end. */
const expectNoClock = (signal: Call['signal']): void => {
  vi.advanceTimersByTime(LIMITS.maxCallMs);
  expect(signal.aborted).toBe(false);
  expect(vi.getTimerCount()).toBe(0);
};

describe('a deadline', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('ends a call that is not answered in time, and says how long it had and what to raise', async () => {
    verifies('timeout:every-request');
    const { reply, inner } = startCall();
    const call = await inner;
    call.sink.sent();
    vi.advanceTimersByTime(999);
    expect(call.signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(await failureOf(reply)).toMatchObject({
      code: 'TIMEOUT',
      message: 'math__add did not answer within 1000 ms',
      hint: 'raise hub.servers.math.timeouts.callMs',
      upstream: 'math',
      sent: true,
    });
  });

  test('counts the time that the call has waited for its turn', async () => {
    const { reply, inner } = startCall();
    const call = await inner;
    call.sink.sent(600);
    vi.advanceTimersByTime(399);
    expect(call.signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(await failureOf(reply)).toMatchObject({ message: 'math__add did not answer within 1000 ms' });
  });

  test('begins when the request is sent, not while the upstream starts', async () => {
    const { reply, inner, answer } = startCall();
    const call = await inner;
    vi.advanceTimersByTime(60_000);
    expect(call.signal.aborted).toBe(false);
    call.sink.sent();
    vi.advanceTimersByTime(900);
    answer.resolve(resultReply({}));
    expect((await reply).kind).toBe('result');
  });

  test('begins again with each progress', async () => {
    verifies('timeout:progress');
    const seen: unknown[] = [];
    const { reply, inner, answer } = startCall({ sink: createSink({ progress: (params) => void seen.push(params) }) });
    const call = await inner;
    call.sink.sent();
    for (let step = 0; step < 4; step += 1) {
      vi.advanceTimersByTime(999);
      call.sink.progress({ progress: step });
    }
    expect(call.signal.aborted).toBe(false);
    expect(seen).toHaveLength(4);
    answer.resolve(resultReply({}));
    await reply;
  });

  test('is stretched by progress to `maxCallMs` and no further', async () => {
    verifies('timeout:maximum');
    const { reply, inner } = startCall();
    const call = await inner;
    call.sink.sent();
    for (let passed = 0; passed < 5000; passed += 500) {
      expect(call.signal.aborted).toBe(false);
      call.sink.progress({});
      vi.advanceTimersByTime(500);
    }
    expect(await failureOf(reply)).toMatchObject({
      message: 'math__add did not answer within 5000 ms',
      hint: 'raise hub.servers.math.timeouts.maxCallMs',
    });
  });

  test('begins again with a second attempt, within the same `maxCallMs`', async () => {
    const { reply, inner } = startCall();
    const call = await inner;
    for (let attempt = 0; attempt < 6; attempt += 1) {
      call.sink.sent();
      vi.advanceTimersByTime(900);
    }
    expect((await failureOf(reply))?.hint).toContain('maxCallMs');
  });

  test('leaves no clock running after the reply', async () => {
    const { reply, inner, answer } = startCall();
    (await inner).sink.sent();
    answer.resolve(resultReply({}));
    await reply;
    expectNoClock((await inner).signal);
  });

  test('leaves no clock running after a failure further in', async () => {
    const deadline = createDeadline(() => LIMITS);
    const inner: Call[] = [];
    const failing = deadline(async (call) => {
      inner.push(call);
      call.sink.sent();
      throw new Error('further in');
    });
    await expect(failing(createCall())).rejects.toThrow('further in');
    expectNoClock((inner[0] as Call).signal);
  });

  test('hands on that the client gave up, with its reason', async () => {
    const client = new AbortController();
    const { reply, inner } = startCall({ signal: client.signal });
    (await inner).sink.sent();
    client.abort(new HubError('CANCELLED', 'enough'));
    expect(await failureOf(reply)).toMatchObject({ code: 'CANCELLED', message: 'enough' });
    vi.advanceTimersByTime(LIMITS.maxCallMs);
    expect((await inner).signal.reason).toMatchObject({ code: 'CANCELLED' });
    expect(vi.getTimerCount()).toBe(0);
  });

  test('takes its limits from the upstream that is called', async () => {
    verifies('timeout:configured');
    const asked: string[] = [];
    const deadline = createDeadline((upstream) => {
      asked.push(upstream);
      return LIMITS;
    });
    await deadline(async () => resultReply({}))(createCall());
    expect(asked).toEqual(['math']);
  });
});

describe('the deadline of a call whose client is asked', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const QUESTION = { upstream: 'math', key: '1', method: 'elicitation/create', params: {} } as const;
  const ANSWER: Answer = { ok: true, result: {} };

  /** A call under way, and the answers of its client in the hands of the test. */
  const askTwice = async () => {
    const answers = [Promise.withResolvers<Answer>(), Promise.withResolvers<Answer>()] as const;
    let asked = 0;
    const started = startCall({
      ask: () => {
        asked += 1;
        return (answers[asked - 1] ?? answers[0]).promise;
      },
    });
    const call = await started.inner;
    call.sink.sent();
    const ask = () => call.ask(QUESTION, call.signal);
    return { ...started, call, answers, ask };
  };

  test('does not count the time that the client takes', async () => {
    const { call, answers, ask, answer, reply } = await askTwice();
    const asked = ask();
    vi.advanceTimersByTime(4900);
    expect(call.signal.aborted).toBe(false);
    answers[0].resolve(ANSWER);
    expect(await asked).toEqual(ANSWER);
    answer.resolve(resultReply({}));
    expect((await reply).kind).toBe('result');
  });

  test('begins again with the answer', async () => {
    const { answers, ask, reply } = await askTwice();
    const asked = ask();
    answers[0].resolve(ANSWER);
    await asked;
    vi.advanceTimersByTime(1000);
    expect((await failureOf(reply))?.hint).toContain('callMs');
  });

  test('waits until the last of several questions is answered', async () => {
    const { call, answers, ask, reply } = await askTwice();
    const [first, second] = [ask(), ask()];
    answers[0].resolve(ANSWER);
    await first;
    vi.advanceTimersByTime(2000);
    expect(call.signal.aborted).toBe(false);
    answers[1].resolve(ANSWER);
    await second;
    vi.advanceTimersByTime(1000);
    expect((await failureOf(reply))?.code).toBe('TIMEOUT');
  });

  test('is not begun by progress in the meantime', async () => {
    const { call, ask } = await askTwice();
    void ask();
    call.sink.progress({});
    vi.advanceTimersByTime(2000);
    expect(call.signal.aborted).toBe(false);
  });

  test('ends at `maxCallMs` all the same', async () => {
    const { ask, reply } = await askTwice();
    void ask();
    vi.advanceTimersByTime(5000);
    expect((await failureOf(reply))?.hint).toContain('maxCallMs');
  });

  test('leaves no clock running when the answer comes after the reply', async () => {
    const { answers, ask, answer, reply } = await askTwice();
    const asked = ask();
    answer.resolve(resultReply({}));
    await reply;
    answers[0].resolve(ANSWER);
    await asked;
    vi.advanceTimersByTime(LIMITS.maxCallMs);
    expect(vi.getTimerCount()).toBe(0);
  });
});
