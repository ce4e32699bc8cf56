import type { Answer, Question } from '../dispatch/question.ts';
import { HubError } from '../errors/hub-error.ts';
import { type JsonObject, parseLossless } from '../protocol/json.ts';
import type { ErrorMessage, RequestId, ResultMessage } from '../protocol/message.ts';
import { legacyCodec } from '../protocol/rev-2025-11-25/codec.ts';
import type { CancelSignal } from '../utils/cancellation.ts';
import { attributeQuestion } from './attribute-question.ts';
import type { ClientChannel } from './client-peer.ts';

/** The client was asked and went away, or the call was given up. */
const NOT_ANSWERED = -31031;

export interface SessionQuestions {
  /** Asks the client; the request `about` is the one that the question belongs to, where there is one. Never rejects. */
  ask(question: Question, signal: CancelSignal, about?: RequestId): Promise<Answer>;
  /** Takes an answer of the client; false where nobody waits for it. */
  take(message: ResultMessage | ErrorMessage): boolean;
  /** Gives up all questions. */
  close(): void;
}

/** The hub's own requests to one client with a session, by ids of the hub's own. */
export const createSessionQuestions = (channel: ClientChannel): SessionQuestions => {
  const open = new Map<RequestId, (answer: Answer) => void>();
  let lastId = 0;

  const giveUp = (id: RequestId, reason: unknown, about?: RequestId): void => {
    const message = HubError.from(reason, 'CANCELLED').message;
    open.get(id)?.({ ok: false, error: { code: NOT_ANSWERED, message } });
    const params = { requestId: JSON.parse(id) as string, reason: message };
    channel.send([JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params })], about);
  };

  return {
    ask(question, signal, about) {
      lastId += 1;
      const id = JSON.stringify(`hub-${lastId}`) as RequestId;
      return new Promise((resolve) => {
        const onAbort = (): void => giveUp(id, signal.reason, about);
        open.set(id, (answer) => {
          open.delete(id);
          signal.removeEventListener('abort', onAbort);
          resolve(answer);
        });
        const params = legacyCodec.encodeQuestion(attributeQuestion(question).params);
        channel.send(
          [JSON.stringify({ jsonrpc: '2.0', id: JSON.parse(id) as string, method: question.method, params })],
          about,
        );
        if (signal.aborted) onAbort();
        else signal.addEventListener('abort', onAbort, { once: true });
      });
    },
    take(message) {
      const settle = message.id === undefined ? undefined : open.get(message.id);
      settle?.(toAnswer(message));
      return settle !== undefined;
    },
    close() {
      const error = { code: NOT_ANSWERED, message: 'the client is gone' };
      for (const settle of [...open.values()]) settle({ ok: false, error });
    },
  };
};

const toAnswer = (message: ResultMessage | ErrorMessage): Answer => {
  if (message.kind === 'result') {
    return { ok: true, result: parseLossless(Buffer.from(message.bytes).toString()) as JsonObject };
  }
  const error = parseLossless(Buffer.from(message.error.bytes).toString()) as JsonObject;
  return { ok: false, error: { ...error, code: message.error.code, message: message.error.message } };
};
