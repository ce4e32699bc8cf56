import type { Call } from '../dispatch/call.ts';
import { type Answer, CAPABILITY_OF, isQuestionMethod, type Question } from '../dispatch/question.ts';
import type { JsonObject } from '../protocol/json.ts';
import { METHOD_NOT_FOUND } from '../protocol/parse.ts';

/** The client cannot be asked, in words of the hub; outside the range of the specification. */
const CANNOT_ASK = -31030;

export interface QuestionsOptions {
  readonly upstream: string;
  /** Answers a question that belongs to no call. */
  readonly answerUnattributed: (question: Question) => Promise<Answer>;
}

export interface Questions {
  /** Waits while a question is held back, then counts the call as under way until the returned function is called. */
  enter(call: Call): Promise<() => void>;
  /** The calls that are under way. */
  calls(): Iterable<Call>;
  /** Finds the client that a request of the upstream is for, and its answer. */
  answer(method: string, params: JsonObject | undefined): Promise<Answer>;
}

/**
 * Finds out which call a legacy upstream's question belongs to; the protocol does not say. It is never guessed:
 * - with no call under way, the hub answers;
 * - when all calls under way are of one client that has a session, that client is asked, as it would be directly;
 * - when one call is under way, its client is asked;
 * - else the question is held back, and so are new calls, until one call is left. When as many questions are held as
 *   calls are under way, none of them can end, and the questions are refused.
 */
export const createQuestions = ({ upstream, answerUnattributed }: QuestionsOptions): Questions => {
  const underWay = new Set<Call>();
  const asking = new Map<Call, number>();
  const waiting = new Set<() => void>();
  let heldBack = 0;

  const wakeAll = (): void => {
    const woken = [...waiting];
    waiting.clear();
    for (const wake of woken) wake();
  };
  const changed = (): Promise<void> => new Promise((resolve) => void waiting.add(resolve));

  const ask = async (call: Call, question: Question): Promise<Answer> => {
    const capability = CAPABILITY_OF[question.method];
    if (call.client.capabilities[capability] === undefined) {
      return refuse(METHOD_NOT_FOUND, `the client has no capability ${capability}`);
    }
    asking.set(call, (asking.get(call) ?? 0) + 1);
    try {
      return await call.ask(question, call.signal);
    } finally {
      const left = (asking.get(call) ?? 1) - 1;
      if (left === 0) asking.delete(call);
      else asking.set(call, left);
    }
  };

  const findCall = async (): Promise<Call | 'none' | 'ambiguous'> => {
    heldBack += 1;
    try {
      for (;;) {
        const decided = decide(underWay);
        if (decided !== 'ambiguous') return decided;
        if (asking.size === 0 && heldBack >= underWay.size) return 'ambiguous';
        await changed();
      }
    } finally {
      heldBack -= 1;
      wakeAll();
    }
  };

  return {
    async enter(call) {
      while (heldBack > 0 && !call.signal.aborted) await changed();
      underWay.add(call);
      return () => {
        underWay.delete(call);
        wakeAll();
      };
    },
    calls: () => underWay,
    async answer(method, params = {}) {
      if (!isQuestionMethod(method)) return refuse(METHOD_NOT_FOUND, `Method not found: ${method}`);
      const question: Question = { upstream, method, params };
      const call = await findCall();
      if (call === 'none') return answerUnattributed(question);
      if (call === 'ambiguous') return refuse(CANNOT_ASK, 'the hub cannot tell which of the calls under way asks');
      return ask(call, question);
    },
  };
};

const decide = (underWay: ReadonlySet<Call>): Call | 'none' | 'ambiguous' => {
  const [first, ...others] = underWay;
  if (first === undefined) return 'none';
  const isOneSession = first.client.hasSession && others.every(({ client }) => client.id === first.client.id);
  return others.length === 0 || isOneSession ? first : 'ambiguous';
};

const refuse = (code: number, message: string): Answer => ({ ok: false, error: { code, message } });
