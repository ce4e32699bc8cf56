import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Call } from '../../src/dispatch/call.ts';
import type { Answer, Question } from '../../src/dispatch/question.ts';
import type { Reply } from '../../src/dispatch/reply.ts';
import { HubError } from '../../src/errors/hub-error.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import { satisfyInputs } from '../../src/relay/satisfy-inputs.ts';
import { verifies } from '../e2e/requirements/verifies.ts';
import { createCall, LEGACY_CLIENT, MODERN_CLIENT, resultBody, resultReply, untilGivenUp } from '../support/calls.ts';
import { accepted } from '../support/relay-bench.ts';

const elicit = (message: string): JsonObject => ({ method: 'elicitation/create', params: { message } });

const asksFor = (value: JsonObject): Reply => ({
  kind: 'input_required',
  body: resultBody({ resultType: 'input_required', ...value }, 'modern'),
  time: { startMs: 0, workMs: 1 },
});

/** A call of a client with a session at an upstream that gives these replies one after the other, and then the last for ever. */
const run = async (
  replies: readonly Reply[],
  { answer = (): Answer => ({ ok: true, result: accepted('x') }), ...over }: Partial<Call> & AnswerOption = {},
) => {
  const rounds: Call[] = [];
  const asked: Question[] = [];
  const call = createCall({
    client: LEGACY_CLIENT,
    params: { name: 'add', arguments: { a: 1 } },
    ask: async (question) => {
      asked.push(question);
      return answer(question);
    },
    ...over,
  });
  const reply = await satisfyInputs(async (current) => {
    rounds.push(current);
    if (current.signal.aborted) return untilGivenUp(current.signal);
    return replies[Math.min(rounds.length, replies.length) - 1] as Reply;
  })(call);
  return { reply, rounds: rounds.map(({ params }) => params), asked };
};

interface AnswerOption {
  readonly answer?: (question: Question) => Answer;
}

const DONE = resultReply({ resultType: 'complete', content: [] }, 'modern');

describe('for a client with a session, a call at an upstream that asks by interim results', () => {
  test('that is not asked for anything is sent once', async () => {
    const { reply, rounds, asked } = await run([DONE]);
    expect(reply).toBe(DONE);
    expect([rounds.length, asked.length]).toEqual([1, 0]);
  });

  test('is repeated with the answer and the state as they came, and nothing else changed', async () => {
    verifies('mrtr:state:echoed');
    const { reply, rounds, asked } = await run([
      asksFor({ inputRequests: { color: elicit('Which?') }, requestState: 'opaque "state"' }),
      DONE,
    ]);
    expect(reply).toBe(DONE);
    expect(asked).toEqual([
      { upstream: 'math', key: 'color', method: 'elicitation/create', params: { message: 'Which?' } },
    ]);
    expect(rounds).toEqual([
      { name: 'add', arguments: { a: 1 } },
      {
        name: 'add',
        arguments: { a: 1 },
        inputResponses: { color: accepted('x') },
        requestState: 'opaque "state"',
      },
    ]);
  });

  test('puts every question, of every kind, in the order of the upstream', async () => {
    verifies('mrtr:state:absent', 'mrtr:inputs-first');
    const { asked, rounds } = await run(
      [
        asksFor({
          inputRequests: {
            one: { method: 'roots/list' },
            two: { method: 'sampling/createMessage', params: { maxTokens: 5 } },
            three: elicit('3'),
          },
        }),
        DONE,
      ],
      { answer: ({ key }) => ({ ok: true, result: { key } }) },
    );
    expect(asked.map(({ method, params }) => [method, params])).toEqual([
      ['roots/list', {}],
      ['sampling/createMessage', { maxTokens: 5 }],
      ['elicitation/create', { message: '3' }],
    ]);
    expect(rounds[1]?.['inputResponses']).toEqual({
      one: { key: 'one' },
      two: { key: 'two' },
      three: { key: 'three' },
    });
    expect(rounds[1]).not.toHaveProperty('requestState');
  });

  test('hands back only the last state and the last answers', async () => {
    verifies('mrtr:state:absent');
    const { rounds } = await run([
      asksFor({ inputRequests: { a: elicit('1') }, requestState: 's1' }),
      asksFor({ inputRequests: { b: elicit('2') } }),
      DONE,
    ]);
    expect(rounds[2]).toEqual({ name: 'add', arguments: { a: 1 }, inputResponses: { b: accepted('x') } });
  });

  test('passes on that a person declined: that is an answer', async () => {
    verifies('elicitation:answers');
    const { reply, rounds } = await run([asksFor({ inputRequests: { a: elicit('1') } }), DONE], {
      answer: () => ({ ok: true, result: { action: 'decline' } }),
    });
    expect(reply).toBe(DONE);
    expect(rounds[1]?.['inputResponses']).toEqual({ a: { action: 'decline' } });
  });

  test('ends in words where the client refuses to answer, and is not repeated', async () => {
    verifies('elicitation:failure');
    const { reply, rounds } = await run([asksFor({ inputRequests: { a: elicit('1'), b: elicit('2') } }), DONE], {
      answer: () => ({ ok: false, error: { code: -32601, message: 'the client has no capability elicitation' } }),
    });
    expect(reply).toMatchObject({
      kind: 'error',
      failure: {
        code: 'UPSTREAM_INVALID',
        message: 'math__add needs an answer of the client, which failed: the client has no capability elicitation',
      },
    });
    expect(rounds).toHaveLength(1);
  });

  test.each<[string, JsonObject]>([
    ['a request of an unknown method', { inputRequests: { a: { method: 'tools/call', params: {} } } }],
    ['something that is no request', { inputRequests: { a: 5 } }],
    ['a list of requests', { inputRequests: [elicit('1')] }],
    ['null', { inputRequests: null }],
  ])('ends in words where it is asked by %s, and the client is not asked', async (_name, value) => {
    verifies('mrtr:kinds');
    const { reply, asked } = await run([asksFor(value), DONE]);
    expect(reply).toMatchObject({
      kind: 'error',
      failure: { code: 'UPSTREAM_INVALID', upstream: 'math', message: expect.stringContaining('math__add') as string },
    });
    expect(asked).toEqual([]);
  });

  test('ends in words after eight rounds', async () => {
    const { reply, rounds, asked } = await run([asksFor({ inputRequests: { a: elicit('again') } })]);
    expect(reply).toMatchObject({
      failure: { message: expect.stringContaining('it asked for input more than 8 times') as string },
    });
    expect([rounds.length, asked.length]).toEqual([8, 8]);
  });

  test('ends in words where what is asked for nests too deep to be written anew', async () => {
    const deep = `${'{"a":'.repeat(100_000)}1.0${'}'.repeat(100_000)}`;
    const text = `{"resultType":"input_required","inputRequests":{"a":{"method":"elicitation/create","params":${deep}}}}`;
    const body = { era: 'modern', bytes: Buffer.from(text), value: JSON.parse(text) as JsonObject } as const;
    const { reply, asked } = await run([{ kind: 'input_required', body, time: { startMs: 0, workMs: 0 } }]);
    expect(reply).toMatchObject({
      failure: { code: 'UPSTREAM_INVALID', message: expect.stringContaining('nests too deep') as string },
    });
    expect(asked).toEqual([]);
  });

  test('keeps the digits of a long number in a question', async () => {
    const text =
      '{"resultType":"input_required","inputRequests":{"a":{"method":"elicitation/create","params":{"n":9007199254740993}}}}';
    const body = { era: 'modern', bytes: Buffer.from(text), value: JSON.parse(text) as JsonObject } as const;
    const { asked } = await run([{ kind: 'input_required', body, time: { startMs: 0, workMs: 0 } }, DONE]);
    expect(JSON.stringify(asked[0]?.params)).toBe('{"n":9007199254740993}');
  });
});

describe('a round that hands back only a state', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  test('comes after a pause, and asks the client nothing', async () => {
    verifies('mrtr:state-only');
    vi.useRealTimers();
    const startedAt = performance.now();
    const { rounds, asked } = await run([asksFor({ requestState: 's' }), DONE]);
    expect(performance.now() - startedAt).toBeGreaterThan(240);
    expect(rounds[1]).toEqual({ name: 'add', arguments: { a: 1 }, requestState: 's' });
    expect(asked).toEqual([]);
  });

  test('does not hold up a call that its client gives up', async () => {
    vi.useRealTimers();
    const client = new AbortController();
    const startedAt = performance.now();
    const running = run([asksFor({ requestState: 's' })], { signal: client.signal });
    setImmediate(() => client.abort(new HubError('CANCELLED', 'enough')));
    expect((await running).reply).toMatchObject({ failure: { code: 'CANCELLED' } });
    expect(performance.now() - startedAt).toBeLessThan(200);
  });
});

test('for a client without a session the interim result is passed on as it is', async () => {
  const interim = asksFor({ inputRequests: { a: elicit('1') }, requestState: 's' });
  const { reply, rounds, asked } = await run([interim], {
    client: { ...MODERN_CLIENT, capabilities: { elicitation: {} } },
  });
  expect(reply).toBe(interim);
  expect([rounds.length, asked.length]).toEqual([1, 0]);
});
