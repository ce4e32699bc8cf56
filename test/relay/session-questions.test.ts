import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Question } from '../../src/dispatch/question.ts';
import { HubError } from '../../src/errors/hub-error.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import type { ErrorMessage, ResultMessage } from '../../src/protocol/message.ts';
import { parseMessage } from '../../src/protocol/parse.ts';
import { createSessionQuestions } from '../../src/relay/session-questions.ts';

const WINDOW_MS = 5_000;

const create = () => {
  const sent: JsonObject[] = [];
  const send = (parts: ReadonlyArray<Uint8Array | string>): void => void sent.push(JSON.parse(parts.join('')));
  const questions = createSessionQuestions({ answer: send, send }, WINDOW_MS);
  return { questions, sent, methods: () => sent.map(({ method }) => method) };
};

const question = (key: string): Question => ({
  upstream: 'up',
  key,
  method: 'elicitation/create',
  params: { message: 'Which color?' },
});

const answerLine = (line: string): ResultMessage | ErrorMessage => {
  const parsed = parseMessage(Buffer.from(line));
  if (!parsed.ok || (parsed.message.kind !== 'result' && parsed.message.kind !== 'error'))
    throw new Error('no answer in the test');
  return parsed.message;
};

const red = (id: string) => answerLine(`{"jsonrpc":"2.0","id":"${id}","result":{"action":"accept","n":1.0}}`);
const gaveUp = new HubError('CANCELLED', 'the call has ended');

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

describe('a question to a session', () => {
  test('is a request of the hub, and its answer is found by the id', async () => {
    const { questions, sent } = create();
    const answer = questions.ask(question('a'), new AbortController().signal);
    expect(sent).toEqual([
      { jsonrpc: '2.0', id: 'hub-1', method: 'elicitation/create', params: { message: 'up: Which color?' } },
    ]);
    expect(questions.take(red('hub-2'))).toBe(false);
    expect(questions.take(red('hub-1'))).toBe(true);
    expect(JSON.stringify(await answer)).toBe('{"ok":true,"result":{"action":"accept","n":1.0}}');
    expect(questions.take(red('hub-1'))).toBe(false);
  });

  test('put by two calls reaches the client once, and answers both', async () => {
    const { questions, sent } = create();
    const asked = question('a');
    const answers = [asked, asked].map((one) => questions.ask(one, new AbortController().signal));
    expect(sent).toHaveLength(1);
    questions.take(red('hub-1'));
    expect(await Promise.all(answers)).toMatchObject([{ ok: true }, { ok: true }]);
  });

  test('of two calls stays with the client when one ends, and is withdrawn when both have', async () => {
    const { questions, methods } = create();
    const asked = question('a');
    const [first, second] = [new AbortController(), new AbortController()];
    const answers = [first, second].map(({ signal }) => questions.ask(asked, signal));
    first.abort(gaveUp);
    expect(await answers[0]).toMatchObject({ ok: false, error: { message: 'the call has ended' } });
    expect(methods()).toEqual(['elicitation/create']);
    second.abort(gaveUp);
    expect(await answers[1]).toMatchObject({ ok: false, error: { message: 'the call has ended' } });
    expect(methods()).toEqual(['elicitation/create', 'notifications/cancelled']);
  });

  test('that is given up already is not put', async () => {
    const { questions, sent } = create();
    expect(await questions.ask(question('a'), AbortSignal.abort(gaveUp))).toMatchObject({ ok: false });
    expect(sent).toEqual([]);
  });

  test('is withdrawn when no answer comes within the window', async () => {
    const { questions, sent, methods } = create();
    const answer = questions.ask(question('a'), new AbortController().signal);
    vi.advanceTimersByTime(WINDOW_MS - 1);
    expect(methods()).toEqual(['elicitation/create']);
    vi.advanceTimersByTime(1);
    expect(await answer).toEqual({
      ok: false,
      error: { code: -31031, message: 'the client did not answer within 5000 ms' },
    });
    expect(sent.at(-1)).toMatchObject({ method: 'notifications/cancelled', params: { requestId: 'hub-1' } });
    expect(vi.getTimerCount()).toBe(0);
  });

  test('whose answer nests deeper than can be written anew is answered with an error', async () => {
    const { questions } = create();
    const answer = questions.ask(question('a'), new AbortController().signal);
    const deep = `${'['.repeat(50_000)}1.5${']'.repeat(50_000)}`;
    expect(questions.take(answerLine(`{"jsonrpc":"2.0","id":"hub-1","result":{"content":${deep}}}`))).toBe(true);
    expect(await answer).toMatchObject({ ok: false, error: { message: 'the answer of the client nests too deep' } });
  });

  test('ends with the client', async () => {
    const { questions, sent } = create();
    const answers = ['a', 'b'].map((key) => questions.ask(question(key), new AbortController().signal));
    questions.close();
    expect(await Promise.all(answers)).toMatchObject([{ ok: false }, { ok: false }]);
    expect(sent).toHaveLength(2);
    expect(vi.getTimerCount()).toBe(0);
  });
});
