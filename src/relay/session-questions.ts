import type { Answer, Question } from '../dispatch/question.ts';
import { HubError } from '../errors/hub-error.ts';
import { type JsonObject, parseLossless } from '../protocol/json.ts';
import type { ErrorMessage, RequestId, ResultMessage } from '../protocol/message.ts';
import { isTooDeep } from '../protocol/parse.ts';
import { legacyCodec } from '../protocol/rev-2025-11-25/codec.ts';
import type { CancelSignal } from '../utils/cancellation.ts';
import { attributeQuestion } from './attribute-question.ts';
import type { ClientChannel } from './client-peer.ts';

/** The client was asked and went away, or the call was given up. */
const NOT_ANSWERED = -31031;

/** How long a client may take for an answer; a client that has left without a word never gives one. Milliseconds. */
const ANSWER_WINDOW_MS = 10 * 60 * 1000;

export interface SessionQuestions {
  /**
   * Asks the client; the request `about` is the one that the question belongs to, where there is one. A question that is put
   * again while it is open, for another call that may be the one that asks, is not repeated: it is open until it is answered,
   * or until every signal has given it up. Never rejects.
   */
  ask(question: Question, signal: CancelSignal, about?: RequestId): Promise<Answer>;
  /** Takes an answer of the client; false where nobody waits for it. */
  take(message: ResultMessage | ErrorMessage): boolean;
  /** Gives up all questions. */
  close(): void;
}

/** A question that the client has and has not answered. */
interface Open {
  readonly id: RequestId;
  readonly about: RequestId | undefined;
  readonly timer: NodeJS.Timeout;
  /** Those that wait for the answer. */
  readonly waiting: Set<(answer: Answer) => void>;
}

/** The hub's own requests to one client with a session, by ids of the hub's own. */
export const createSessionQuestions = (
  channel: ClientChannel,
  answerWindowMs: number = ANSWER_WINDOW_MS,
): SessionQuestions => {
  const open = new Map<Question, Open>();
  let lastId = 0;

  const settle = (question: Question, answer: Answer): void => {
    const entry = open.get(question);
    open.delete(question);
    clearTimeout(entry?.timer);
    for (const tell of entry?.waiting ?? []) tell(answer);
  };

  /** Tells the client that its answer is not wanted any more. */
  const withdraw = (question: Question, reason: unknown): void => {
    const entry = open.get(question);
    if (entry === undefined) return;
    const answer = notAnswered(HubError.from(reason, 'CANCELLED').message);
    settle(question, answer);
    const params = { requestId: JSON.parse(entry.id) as string, reason: answer.error.message };
    channel.send([JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params })], entry.about);
  };

  const put = (question: Question, about: RequestId | undefined): Open => {
    lastId += 1;
    const late = new HubError('CANCELLED', `the client did not answer within ${answerWindowMs} ms`);
    const entry: Open = {
      id: JSON.stringify(`hub-${lastId}`) as RequestId,
      about,
      timer: setTimeout(withdraw, answerWindowMs, question, late).unref(),
      waiting: new Set(),
    };
    open.set(question, entry);
    const id = JSON.parse(entry.id) as string;
    const params = legacyCodec.encodeQuestion(attributeQuestion(question).params);
    channel.send([JSON.stringify({ jsonrpc: '2.0', id, method: question.method, params })], about);
    return entry;
  };

  return {
    ask(question, signal, about) {
      if (signal.aborted) return Promise.resolve(notAnswered(HubError.from(signal.reason, 'CANCELLED').message));
      const { waiting } = open.get(question) ?? put(question, about);
      return new Promise((resolve) => {
        const tell = (answer: Answer): void => {
          signal.removeEventListener('abort', onAbort);
          resolve(answer);
        };
        const onAbort = (): void => {
          if (waiting.size === 1) withdraw(question, signal.reason);
          else if (waiting.delete(tell)) tell(notAnswered(HubError.from(signal.reason, 'CANCELLED').message));
        };
        waiting.add(tell);
        signal.addEventListener('abort', onAbort, { once: true });
      });
    },
    take({ id: answered, ...message }) {
      const [question] = [...open].find(([, { id }]) => id === answered) ?? [];
      if (question !== undefined) settle(question, toAnswer(message));
      return question !== undefined;
    },
    close() {
      for (const question of [...open.keys()]) settle(question, notAnswered('the client is gone'));
    },
  };
};

const notAnswered = (message: string) => ({ ok: false, error: { code: NOT_ANSWERED, message } }) as const;

/** What is read here is written anew for the upstream: its depth is bounded, as that of a request. */
const toAnswer = (message: Omit<ResultMessage, 'id'> | Omit<ErrorMessage, 'id'>): Answer => {
  const text = Buffer.from(message.kind === 'result' ? message.bytes : message.error.bytes).toString();
  if (isTooDeep(text)) return notAnswered('the answer of the client nests too deep');
  const value = parseLossless(text) as JsonObject;
  if (message.kind === 'result') return { ok: true, result: value };
  return { ok: false, error: { ...value, code: message.error.code, message: message.error.message } };
};
