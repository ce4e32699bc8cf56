import type { JsonObject, JsonValue } from '../protocol/json.ts';
import type { CancelSignal } from '../utils/cancellation.ts';

/** What an upstream may ask of a client while it works on a call. */
export const QUESTION_METHODS = ['elicitation/create', 'sampling/createMessage', 'roots/list'] as const;

export type QuestionMethod = (typeof QUESTION_METHODS)[number];

/** A request of an upstream to a client, in the neutral form. */
export interface Question {
  readonly upstream: string;
  /** Names it among the questions of its call: the id that the upstream gave it, or the key in its interim result. */
  readonly key: string;
  readonly method: QuestionMethod;
  readonly params: JsonObject;
}

/** What came back: a result as the client gave it, or an error. */
export type Answer =
  | { readonly ok: true; readonly result: JsonObject }
  | {
      readonly ok: false;
      readonly error: { readonly code: number; readonly message: string; readonly data?: JsonValue };
    };

/**
 * Puts a question to the client of a call. It never rejects; a question that is given up by `signal` has an error as answer.
 * One and the same question that is put by several calls of a session reaches its client once.
 */
export type Ask = (question: Question, signal: CancelSignal) => Promise<Answer>;

/** The client capability without which a question may not be put. */
export const CAPABILITY_OF: Readonly<Record<QuestionMethod, 'elicitation' | 'sampling' | 'roots'>> = {
  'elicitation/create': 'elicitation',
  'sampling/createMessage': 'sampling',
  'roots/list': 'roots',
};

export const isQuestionMethod = (method: unknown): method is QuestionMethod =>
  (QUESTION_METHODS as readonly unknown[]).includes(method);
