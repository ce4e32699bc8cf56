import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Call, ClientContext } from '../../src/dispatch/call.ts';
import type { Answer, Question } from '../../src/dispatch/question.ts';
import { HubError } from '../../src/errors/hub-error.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import type { RequestId, RequestMessage } from '../../src/protocol/message.ts';
import type { AskedOver } from '../../src/upstream/link.ts';
import { type AskingCall, createQuestions } from '../../src/upstream/questions.ts';
import type { CancelSignal } from '../../src/utils/cancellation.ts';
import { verifies } from '../e2e/requirements/verifies.ts';
import { createCall, LEGACY_CLIENT, MODERN_CLIENT } from '../support/calls.ts';
import { settle } from '../support/create-catalog.ts';

const HOLD_MS = 1000;

/** Over a transport that cannot tell which call it belongs to, by an upstream that wants the answer. */
const UNPLACED: AskedOver = { call: undefined, withdrawn: new AbortController().signal };

/** A client that answers when the test says so. */
const createAsked = (client: ClientContext, signal = new AbortController().signal) => {
  const asked: Question[] = [];
  const answer = Promise.withResolvers<Answer>();
  const signals: CancelSignal[] = [];
  const call = createCall({
    client,
    signal,
    ask: (question, until) => {
      asked.push(question);
      signals.push(until);
      return answer.promise;
    },
  });
  return { call, asked, signals, answer: (value: string) => answer.resolve(accept(value)) };
};

const accept = (value: string): Answer => ({ ok: true, result: { action: 'accept', content: { value } } });

const question = (message: string, method = 'elicitation/create'): RequestMessage => ({
  kind: 'request',
  id: `"${message}"` as RequestId,
  method,
  params: { message } satisfies JsonObject,
});

/** The questions of one upstream, with what came to nobody in particular. */
const create = () => {
  const unattributed: Question[] = [];
  const questions = createQuestions({
    upstream: 'up',
    answerUnattributed: async (asked) => {
      unattributed.push(asked);
      return accept('nobody');
    },
    holdMs: HOLD_MS,
  });
  /** A call that is under way until `leave`; `givenUp` tells whether it was asked to give way. */
  const enter = async (call: Call) => {
    let isGivenUp = false;
    if (questions.isHolding) await questions.wait(call);
    const leave = (): void => questions.leave(entry);
    const entry: AskingCall = {
      call,
      giveUp() {
        isGivenUp = true;
        leave();
      },
      asking: [],
      place: -1,
    };
    questions.enter(entry);
    return { leave, isGivenUp: () => isGivenUp };
  };
  return { questions, unattributed, enter };
};

const other = (id: string, client = MODERN_CLIENT): ClientContext => ({ ...client, id });

const never = (): Promise<never> => new Promise(() => {});

/** What a promise has come to so far. */
const watch = <T>(promise: Promise<T>): { value: T | undefined } => {
  const seen: { value: T | undefined } = { value: undefined };
  void promise.then((value) => {
    seen.value = value;
  });
  return seen;
};

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

describe('a question of an upstream', () => {
  test('with no call under way is answered by the hub', async () => {
    const { questions, unattributed } = create();
    expect(await questions.answer(question('who?', 'roots/list'), UNPLACED)).toEqual(accept('nobody'));
    expect(unattributed).toEqual([{ upstream: 'up', key: 'who?', method: 'roots/list', params: { message: 'who?' } }]);
  });

  test('with one call under way goes to the client of that call, with or without a session', async () => {
    for (const client of [LEGACY_CLIENT, MODERN_CLIENT]) {
      const { questions, unattributed, enter } = create();
      const one = createAsked(client);
      const { leave } = await enter(one.call);
      const answer = questions.answer(question('color?'), UNPLACED);
      await settle();
      expect(one.asked).toMatchObject([{ upstream: 'up', key: 'color?', params: { message: 'color?' } }]);
      one.answer('red');
      expect(await answer).toEqual(accept('red'));
      leave();
      expect(unattributed).toEqual([]);
    }
  });

  describe('with calls under way that are all of one session', () => {
    const enterThree = async () => {
      const { questions, enter } = create();
      const calls = [createAsked(LEGACY_CLIENT), createAsked(LEGACY_CLIENT), createAsked(LEGACY_CLIENT)] as const;
      const entered = [await enter(calls[0].call), await enter(calls[1].call), await enter(calls[2].call)] as const;
      return { questions, calls, leaves: entered.map(({ leave }) => leave) };
    };

    test('is put to that session at once: one question, for each of the calls, whose clocks stand still', async () => {
      const { questions, calls } = await enterThree();
      const answer = questions.answer(question('color?'), UNPLACED);
      await settle();
      const asked = calls.flatMap((call) => call.asked);
      expect(asked).toHaveLength(3);
      expect(new Set(asked).size).toBe(1);
      for (const call of calls) call.answer('red');
      expect(await answer).toEqual(accept('red'));
    });

    test('stays open when some of them end, and is given up with the last', async () => {
      const { questions, calls, leaves } = await enterThree();
      void questions.answer(question('color?'), UNPLACED);
      await settle();
      const states = () => calls.map(({ signals }) => signals[0]?.aborted);
      leaves[0]?.();
      expect(states()).toEqual([true, false, false]);
      leaves[2]?.();
      leaves[1]?.();
      expect(states()).toEqual([true, true, true]);
    });

    test('has the answer of the client, although a call that may have put it ended before', async () => {
      const { questions, calls, leaves } = await enterThree();
      const answer = questions.answer(question('color?'), UNPLACED);
      await settle();
      leaves[0]?.();
      calls[0].answer('what the end of the call came to');
      await settle();
      calls[1].answer('red');
      calls[2].answer('red');
      expect(await answer).toEqual(accept('red'));
    });
  });

  test('that the transport can place goes to its call, whatever else is under way', async () => {
    verifies('elicitation:right-client');
    const { questions, enter } = create();
    const [mine, others] = [createAsked(other('mine')), createAsked(other('others'))];
    await enter(others.call);
    await enter(mine.call);
    const answer = questions.answer(question('color?'), { ...UNPLACED, call: mine.call });
    await settle();
    mine.answer('red');
    expect(await answer).toEqual(accept('red'));
    expect(others.asked).toEqual([]);
  });

  test('ends with its call: the client is not asked any longer for what nobody waits for', async () => {
    const { questions, enter } = create();
    const one = createAsked(LEGACY_CLIENT);
    const { leave } = await enter(one.call);
    void questions.answer(question('color?'), UNPLACED);
    await settle();
    expect(one.signals.map(({ aborted }) => aborted)).toEqual([false]);
    leave();
    expect(one.signals[0]).toMatchObject({ aborted: true, reason: { code: 'CANCELLED' } });
  });

  test('that the upstream withdraws is not put to the client any longer', async () => {
    const { questions, enter } = create();
    const one = createAsked(LEGACY_CLIENT);
    await enter(one.call);
    const withdraw = new AbortController();
    void questions.answer(question('color?'), { call: undefined, withdrawn: withdraw.signal });
    await settle();
    withdraw.abort(new HubError('CANCELLED', 'up does not want the answer any more'));
    expect(one.signals[0]?.aborted).toBe(true);
  });

  test('that nobody knows is refused', async () => {
    const { questions, enter } = create();
    const one = createAsked(LEGACY_CLIENT);
    await enter(one.call);
    expect(await questions.answer(question('x', 'tools/list'), UNPLACED)).toMatchObject({
      ok: false,
      error: { code: -32601, message: 'Method not found: tools/list' },
    });
    expect(one.asked).toEqual([]);
  });

  test('has the id that the upstream gave it as its key, digit for digit', async () => {
    const { questions, unattributed } = create();
    for (const id of ['7', '"7"', '9007199254740993']) {
      await questions.answer({ ...question('x'), id: id as RequestId }, UNPLACED);
    }
    expect(unattributed.map(({ key }) => key)).toEqual(['7', '7', '9007199254740993']);
  });
});

describe.each([
  ['of two clients without a session', () => [createAsked(other('a')), createAsked(other('b'))]],
  ['of one client without a session', () => [createAsked(MODERN_CLIENT), createAsked(MODERN_CLIENT)]],
  ['of two sessions', () => [createAsked(other('a', LEGACY_CLIENT)), createAsked(other('b', LEGACY_CLIENT))]],
  ['of a session and a client without', () => [createAsked(LEGACY_CLIENT), createAsked(other('modern'))]],
] as const)('a question while calls are under way that are %s', (_name, createCalls) => {
  test('is put to nobody until one call is left, whose client is asked', async () => {
    verifies('elicitation:right-client');
    const { questions, unattributed, enter } = create();
    const [first, second] = createCalls() as [ReturnType<typeof createAsked>, ReturnType<typeof createAsked>];
    const entered = await enter(first.call);
    await enter(second.call);
    const answer = questions.answer(question('color?'), UNPLACED);
    await settle();
    expect([first.asked, second.asked, unattributed]).toEqual([[], [], []]);
    entered.leave();
    await settle();
    expect(second.asked).toHaveLength(1);
    second.answer('red');
    expect(await answer).toEqual(accept('red'));
    expect(first.asked).toEqual([]);
  });
});

describe('while a question is held back', () => {
  /** Two calls of two clients, and a question that may belong to either. */
  const hold = async () => {
    const created = create();
    const [first, second] = [createAsked(other('a')), createAsked(other('b'))];
    const [firstEntry, secondEntry] = [await created.enter(first.call), await created.enter(second.call)];
    const answer = created.questions.answer(question('color?'), UNPLACED);
    await settle();
    return { ...created, first, second, firstEntry, secondEntry, answer };
  };

  test('new calls wait, and go on once it is placed', async () => {
    const { enter, firstEntry, second } = await hold();
    const third = watch(enter(createAsked(other('c')).call));
    await settle();
    expect(third.value).toBeUndefined();
    firstEntry.leave();
    await settle();
    expect(second.asked).toHaveLength(1);
    expect(third.value).toBeDefined();
  });

  test('a new call that its client gives up waits no longer', async () => {
    const { enter } = await hold();
    const client = new AbortController();
    const third = watch(enter(createAsked(other('c'), client.signal).call));
    await settle();
    client.abort(new HubError('CANCELLED', 'enough'));
    await settle();
    expect(third.value).toBeDefined();
  });

  test('a call that neither asks nor ends is waited for, however long', async () => {
    const { first, second, firstEntry, secondEntry, answer } = await hold();
    const seen = watch(answer);
    await vi.advanceTimersByTimeAsync(HOLD_MS * 100);
    expect(seen.value).toBeUndefined();
    expect([firstEntry, secondEntry].map((entry) => entry.isGivenUp())).toEqual([false, false]);
    secondEntry.leave();
    await settle();
    first.answer('red');
    expect(await answer).toEqual(accept('red'));
    expect(second.asked).toEqual([]);
  });

  test('the upstream may withdraw it: then new calls go on, and nobody is asked', async () => {
    const { questions, enter } = create();
    const [first, second] = [createAsked(other('a')), createAsked(other('b'))];
    await enter(first.call);
    await enter(second.call);
    const withdraw = new AbortController();
    const answer = questions.answer(question('color?'), { call: undefined, withdrawn: withdraw.signal });
    const third = watch(enter(createAsked(other('c')).call));
    await settle();
    withdraw.abort(new HubError('CANCELLED', 'never mind'));
    expect((await answer).ok).toBe(false);
    await settle();
    expect(third.value).toBeDefined();
    expect([first.asked, second.asked]).toEqual([[], []]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('the end of all calls leaves it to the hub', async () => {
    const { firstEntry, secondEntry, answer } = await hold();
    firstEntry.leave();
    secondEntry.leave();
    expect(await answer).toEqual(expect.objectContaining({ ok: true }));
  });
});

describe('a call that waits for its own client while another has to ask', () => {
  /** The first call's client is being asked when the second call comes and the upstream asks again. */
  const holdBehindAsking = async () => {
    const created = create();
    const [first, second] = [createAsked(other('a')), createAsked(other('b'))];
    const firstEntry = await created.enter(first.call);
    const firstAnswer = created.questions.answer(question('color?'), UNPLACED);
    await settle();
    const secondEntry = await created.enter(second.call);
    const answer = created.questions.answer(question('size?'), UNPLACED);
    await settle();
    return { ...created, first, second, firstEntry, secondEntry, firstAnswer, answer };
  };

  test('is left alone for a moment: its answer ends it, and the other is asked', async () => {
    const { first, second, firstEntry, firstAnswer, answer } = await holdBehindAsking();
    await vi.advanceTimersByTimeAsync(HOLD_MS - 1);
    expect(firstEntry.isGivenUp()).toBe(false);
    first.answer('red');
    expect(await firstAnswer).toEqual(accept('red'));
    firstEntry.leave();
    await settle();
    second.answer('large');
    expect(await answer).toEqual(accept('large'));
    await vi.advanceTimersByTimeAsync(HOLD_MS);
    expect(firstEntry.isGivenUp()).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('for one of two answers still gives way', async () => {
    const { questions, enter } = create();
    const [first, second] = [createAsked(other('a')), createAsked(other('b'))];
    const { isGivenUp } = await enter({ ...first.call, ask: async ({ key }) => (key === 'x' ? accept('x') : never()) });
    const [x] = ['x', 'y'].map((text) => questions.answer(question(text), UNPLACED));
    expect(await x).toEqual(accept('x'));
    await enter(second.call);
    void questions.answer(question('z'), UNPLACED);
    await vi.advanceTimersByTimeAsync(HOLD_MS);
    expect(isGivenUp()).toBe(true);
    expect(second.asked).toHaveLength(1);
  });

  test('then gives way, so that a client that never comes back does not silence the upstream', async () => {
    const { second, firstEntry, secondEntry, answer } = await holdBehindAsking();
    await vi.advanceTimersByTimeAsync(HOLD_MS);
    expect(firstEntry.isGivenUp()).toBe(true);
    expect(secondEntry.isGivenUp()).toBe(false);
    await settle();
    second.answer('large');
    expect(await answer).toEqual(accept('large'));
  });

  test('is not given up where another call of its session may wait instead: the question is refused', async () => {
    const { questions, enter } = create();
    const session = other('a', LEGACY_CLIENT);
    const askUntilGivenUp: Call['ask'] = (_question, until) =>
      new Promise((resolve) => {
        const refused: Answer = { ok: false, error: { code: 1, message: 'not answered' } };
        until.addEventListener('abort', () => resolve(refused), { once: true });
      });
    const entries = [];
    for (let count = 0; count < 2; count += 1) {
      const { call } = createAsked(session);
      entries.push(await enter({ ...call, ask: askUntilGivenUp }));
    }
    const color = questions.answer(question('color?'), UNPLACED);
    await settle();
    const second = createAsked(other('b'));
    await enter(second.call);
    const size = questions.answer(question('size?'), UNPLACED);
    await vi.advanceTimersByTimeAsync(HOLD_MS);
    expect(await color).toMatchObject({ ok: false, error: { message: 'not answered' } });
    expect(entries.map(({ isGivenUp }) => isGivenUp())).toEqual([false, false]);
    expect(second.asked).toEqual([]);
    for (const { leave } of entries) leave();
    await settle();
    second.answer('large');
    expect(await size).toEqual(accept('large'));
  });

  test('once given up stands in the way of nothing, although its client was never heard of again', async () => {
    const { questions, enter, firstEntry, second, secondEntry, answer } = await holdBehindAsking();
    await vi.advanceTimersByTimeAsync(HOLD_MS);
    expect(firstEntry.isGivenUp()).toBe(true);
    await settle();
    second.answer('large');
    await answer;
    secondEntry.leave();
    await enter(createAsked(other('c')).call);
    await enter(createAsked(other('d')).call);
    const stuck = [question('x'), question('y')].map((message) => questions.answer(message, UNPLACED));
    expect(await Promise.race(stuck)).toMatchObject({ ok: false });
  });
});

describe('when every call that is left waits for a held question', () => {
  test('one is refused in words, and the other is put once the refused call has ended', async () => {
    const { questions, enter } = create();
    const [first, second] = [createAsked(other('a')), createAsked(other('b'))];
    await enter(first.call);
    const { leave } = await enter(second.call);
    const [color, size] = ['color?', 'size?'].map((text) => questions.answer(question(text), UNPLACED));
    expect(await Promise.race([color, size])).toEqual({
      ok: false,
      error: { code: -31030, message: 'the hub cannot tell which of the calls under way asks' },
    });
    expect([first.asked, second.asked]).toEqual([[], []]);
    leave();
    await settle();
    first.answer('red');
    expect(await Promise.all([color, size])).toContainEqual(accept('red'));
    expect(vi.getTimerCount()).toBe(0);
  });
});
