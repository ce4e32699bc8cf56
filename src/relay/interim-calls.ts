import { createHash, randomUUID } from 'node:crypto';
import type { CallSink } from '../dispatch/call.ts';
import type { Answer, Ask, Question } from '../dispatch/question.ts';
import { NO_TIME, type Reply } from '../dispatch/reply.ts';
import { HubError } from '../errors/hub-error.ts';
import { isJsonObject, type JsonObject } from '../protocol/json.ts';
import { createErrorBody, INVALID_PARAMS, METHOD_NOT_FOUND } from '../protocol/parse.ts';
import { modernCodec } from '../protocol/rev-2026-07-28/codec.ts';
import { Cancellation } from '../utils/cancellation.ts';
import { attributeQuestion } from './attribute-question.ts';
import { findLack, refuseForLack } from './missing-capability.ts';
import type { Relay, RoutedRequest } from './relay.ts';
import { HANDLE_PREFIX, isHandle, passState, withOwnState } from './request-states.ts';

/** How long a call waits for its client to come back with answers. Milliseconds. */
const ANSWER_WINDOW_MS = 10 * 60 * 1000;

/** More calls of one client that wait for answers are given up, the oldest first. */
const MAX_HELD = 64;

/** A routed request of a client that is asked by interim results. */
export type InterimRequest = Omit<RoutedRequest, 'ask'>;

export interface InterimCalls {
  /** Carries a request, or goes on with the call that its `requestState` names. Never rejects. */
  carry(request: InterimRequest): Promise<Reply>;
  /** Gives up every call that waits for answers. */
  abandonAll(reason: HubError): void;
}

export interface InterimCallsOptions {
  readonly relay: Relay;
  /** Default: ten minutes. */
  readonly answerWindowMs?: number;
}

interface Held {
  readonly conversation: Conversation;
  /** What a retry has to have in common with the first request. */
  readonly binding: string;
  readonly timer: NodeJS.Timeout;
}

/**
 * Lets a client without a session use an upstream that asks by requests of its own: the call is held open at the upstream,
 * the client's request ends with what is asked for and a `requestState` that names the call, and the client's retry
 * goes on with it. A retry has to come from the same client, with the same method, name and arguments.
 * https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/mrtr
 */
export const createInterimCalls = ({ relay, answerWindowMs = ANSWER_WINDOW_MS }: InterimCallsOptions): InterimCalls => {
  const held = new Map<string, Held>();

  const release = (handle: string): Held | undefined => {
    const entry = held.get(handle);
    clearTimeout(entry?.timer);
    held.delete(handle);
    return entry;
  };

  const giveUp = (handle: string, reason: HubError): void => release(handle)?.conversation.abandon(reason);

  const hold = (conversation: Conversation, binding: string): string => {
    const handle = `${HANDLE_PREFIX}${randomUUID()}`;
    const expired = new HubError('CANCELLED', 'the client did not come back with answers in time');
    const timer = setTimeout(giveUp, answerWindowMs, handle, expired).unref();
    held.set(handle, { conversation, binding, timer });
    const [oldest] = held.keys();
    if (held.size > MAX_HELD && oldest !== undefined)
      giveUp(oldest, new HubError('CANCELLED', 'too many calls wait for answers'));
    return handle;
  };

  const follow = async (conversation: Conversation, request: InterimRequest, binding?: string): Promise<Reply> => {
    const event = await conversation.follow(request);
    return 'kind' in event
      ? passState(event)
      : toInterimReply(event, hold(conversation, binding ?? bindingOf(request)));
  };

  return {
    carry(request) {
      const { requestState, inputResponses } = request.params;
      if (!isHandle(requestState)) {
        const own = { ...request, params: withOwnState(request.params) };
        return follow(new Conversation(relay, own), request);
      }
      const binding = bindingOf(request);
      if (held.get(requestState)?.binding !== binding) {
        return Promise.resolve(relay.refuse({ ...request, clientId: request.client.id }, INVALID_STATE, 'denied'));
      }
      const conversation = release(requestState)?.conversation as Conversation;
      conversation.answer(isJsonObject(inputResponses) ? inputResponses : {});
      return follow(conversation, request, binding);
    },
    abandonAll(reason) {
      for (const handle of [...held.keys()]) giveUp(handle, reason);
    },
  };
};

const INVALID_STATE = createErrorBody(
  INVALID_PARAMS,
  'Invalid requestState: it is unknown, expired, or belongs to another call',
);

interface OpenQuestion {
  readonly question: Question;
  readonly resolve: (answer: Answer) => void;
}

/** One call at an upstream, followed by one or more requests of its client. */
class Conversation {
  readonly #cancel = new Cancellation();
  readonly #reply: PromiseLike<Reply>;
  readonly #questions = new Map<string, OpenQuestion>();
  #onQuestion = (): void => {};
  #sink: CallSink;
  /** What the call came to when it asked for what its client cannot give. */
  #refusal: Reply | undefined;
  readonly #capabilities: JsonObject;

  constructor(relay: Relay, request: InterimRequest) {
    this.#sink = request.sink;
    this.#capabilities = request.client.capabilities;
    this.#reply = relay.carry({
      ...request,
      signal: this.#cancel,
      ask: (question, signal) => this.#ask(question, signal),
      sink: {
        sent: () => this.#sink.sent(),
        progress: (params) => this.#sink.progress(params),
        log: (params) => this.#sink.log(params),
      },
    });
  }

  /** Waits, on behalf of one request, for the reply or for questions. The request's end by its client ends the call. */
  async follow({ sink, signal }: InterimRequest): Promise<Reply | ReadonlyMap<string, OpenQuestion>> {
    this.#sink = sink;
    const onAbort = (): void => this.#cancel.abort(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    const asked = new Promise<ReadonlyMap<string, OpenQuestion>>((resolve) => {
      // Questions that are put at about the same time go out together.
      this.#onQuestion = () => void setTimeout(() => this.#questions.size > 0 && resolve(this.#questions), GATHER_MS);
      if (this.#questions.size > 0) this.#onQuestion();
    });
    try {
      const ended = await Promise.race([this.#reply, asked]);
      return this.#refusal ?? ended;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Takes the client's answers; a question without one is put again. */
  answer(responses: JsonObject): void {
    for (const [key, { resolve }] of [...this.#questions]) {
      const result = responses[key];
      if (!isJsonObject(result)) continue;
      this.#questions.delete(key);
      resolve({ ok: true, result });
    }
  }

  abandon(reason: HubError): void {
    this.#cancel.abort(reason);
  }

  #ask: Ask = (question, signal) => {
    const lack = findLack(question, this.#capabilities);
    if (lack !== undefined) {
      this.#refusal = refuseForLack(lack);
      this.abandon(new HubError('CANCELLED', `the client has no capability ${lack.capability}`));
      return Promise.resolve(GIVEN_UP);
    }
    if (signal.aborted) return Promise.resolve(GIVEN_UP);
    const key = this.#freeKey(question.key);
    return new Promise((resolve) => {
      const onAbort = (): void => {
        this.#questions.delete(key);
        resolve(GIVEN_UP);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#questions.set(key, { question, resolve });
      this.#onQuestion();
    });
  };

  #freeKey(wanted: string): string {
    let key = wanted;
    while (this.#questions.has(key)) key = `${key}_`;
    return key;
  }
}

const GIVEN_UP: Answer = { ok: false, error: { code: METHOD_NOT_FOUND, message: 'the call was given up' } };

/** How long further questions are waited for when one was put. Milliseconds. */
const GATHER_MS = 10;

const toInterimReply = (questions: ReadonlyMap<string, OpenQuestion>, requestState: string): Reply => {
  const inputRequests = Object.fromEntries([...questions].map(([key, { question }]) => [key, encodeInput(question)]));
  const value: JsonObject = { resultType: 'input_required', inputRequests, requestState };
  return {
    kind: 'input_required',
    body: { era: 'modern', bytes: Buffer.from(JSON.stringify(value)), value },
    time: NO_TIME,
  };
};

const encodeInput = (question: Question): JsonObject => ({
  method: question.method,
  params: modernCodec.encodeQuestion(attributeQuestion(question).params),
});

const bindingOf = ({ client, method, params }: InterimRequest): string => {
  const { _meta, inputResponses, requestState, ...judged } = params;
  return createHash('sha256')
    .update(JSON.stringify([client.id, method, judged]))
    .digest('base64');
};
