import type { Call } from '../dispatch/call.ts';
import { type Answer, isQuestionMethod, type Question } from '../dispatch/question.ts';
import { HubError } from '../errors/hub-error.ts';
import type { RequestId, RequestMessage } from '../protocol/message.ts';
import { METHOD_NOT_FOUND } from '../protocol/parse.ts';
import { whenAborted } from '../utils/when-aborted.ts';
import type { AskedOver } from './link.ts';

/** The client cannot be asked, in words of the hub; outside the range of the specification. */
const CANNOT_ASK = -31030;

export interface QuestionsOptions {
  readonly upstream: string;
  /** Answers a question that belongs to no call. */
  readonly answerUnattributed: (question: Question, withdrawn: AbortSignal) => Promise<Answer>;
  /** How long a held question leaves the other calls to their clients; default 2 000 ms. */
  readonly holdMs?: number;
}

export interface Questions {
  /**
   * Waits while a question is held back, then counts the call as under way until the returned function is called.
   * @param giveUp ends the call, which waits for its client while another has to ask.
   */
  enter(call: Call, giveUp: () => void): Promise<() => void>;
  /** The calls that are under way. */
  calls(): Iterable<Call>;
  /**
   * Finds the client that a request of the upstream is for, and its answer. A request that is withdrawn is put to nobody
   * any longer.
   */
  answer(message: RequestMessage, asked: AskedOver): Promise<Answer>;
}

const HOLD_MS = 2_000;

interface UnderWay {
  readonly giveUp: () => void;
  /** Ends its questions with it. */
  readonly ended: AbortController;
  /** How many questions its client has not answered yet. */
  asking: number;
}

/**
 * Finds out which call a legacy upstream's question belongs to. Over HTTP the stream tells; over stdio the protocol does
 * not, and then it is never guessed:
 * - with no call under way, the hub answers;
 * - when all calls under way are of one client that has a session, that client is asked, as it would be directly, and the
 *   question stays open as long as any of the calls that may have put it;
 * - when one call is under way, its client is asked;
 * - else the question is held back, and so are new calls, until one call is left. Calls that wait for their own client's
 *   answer give way after `holdMs`: a client that never comes back must not silence the upstream. When the calls that are
 *   left all wait for the answer to a held question, none of them can end, and the questions are refused.
 */
export const createQuestions = ({ upstream, answerUnattributed, holdMs = HOLD_MS }: QuestionsOptions): Questions => {
  const underWay = new Map<Call, UnderWay>();
  const waiting = new Set<() => void>();
  let heldBack = 0;

  const wakeAll = (): void => {
    const woken = [...waiting];
    waiting.clear();
    for (const wake of woken) wake();
  };
  const changed = (): Promise<void> => new Promise((resolve) => void waiting.add(resolve));

  const ask = async (call: Call, question: Question, withdrawn: AbortSignal): Promise<Answer> => {
    const entry = underWay.get(call);
    if (entry === undefined) return refuse(CANNOT_ASK, 'the call that asks has ended');
    entry.asking += 1;
    try {
      return await call.ask(question, AbortSignal.any([call.signal, entry.ended.signal, withdrawn]));
    } finally {
      entry.asking -= 1;
      wakeAll();
    }
  };

  /** The calls that wait for their clients end now. */
  const giveWay = (): void => {
    for (const { asking, giveUp } of [...underWay.values()]) if (asking > 0) giveUp();
  };

  /**
   * Asks the one client of these calls, of which one has put the question. It is put for each, so that no clock runs; the
   * last to be settled has the client's answer, as those that end before it are settled by their end.
   */
  const askFor = async (calls: readonly Call[], question: Question, withdrawn: AbortSignal): Promise<Answer> => {
    let last = refuse(CANNOT_ASK, 'the call that asks has ended');
    await Promise.all(
      calls.map(async (call) => {
        last = await ask(call, question, withdrawn);
      }),
    );
    return last;
  };

  const findCalls = async (withdrawn: AbortSignal): Promise<readonly Call[] | 'ambiguous'> => {
    let decided = decide([...underWay.keys()]);
    if (decided !== 'ambiguous') return decided;
    heldBack += 1;
    const timer = setTimeout(giveWay, holdMs);
    try {
      for (; decided === 'ambiguous'; decided = decide([...underWay.keys()])) {
        const isAnyAsking = [...underWay.values()].some(({ asking }) => asking > 0);
        if (withdrawn.aborted || (!isAnyAsking && heldBack >= underWay.size)) return decided;
        await whenAborted(changed(), withdrawn).catch(() => {});
      }
      return decided;
    } finally {
      clearTimeout(timer);
      heldBack -= 1;
      wakeAll();
    }
  };

  return {
    async enter(call, giveUp) {
      while (heldBack > 0 && !call.signal.aborted) await whenAborted(changed(), call.signal).catch(() => {});
      const ended = new AbortController();
      underWay.set(call, { giveUp, ended, asking: 0 });
      return () => {
        underWay.delete(call);
        ended.abort(new HubError('CANCELLED', 'the call has ended'));
        wakeAll();
      };
    },
    calls: () => underWay.keys(),
    async answer({ id, method, params = {} }, { call: known, withdrawn }) {
      if (!isQuestionMethod(method)) return refuse(METHOD_NOT_FOUND, `Method not found: ${method}`);
      const question: Question = { upstream, key: keyOf(id), method, params };
      const calls = known === undefined ? await findCalls(withdrawn) : [known];
      if (calls === 'ambiguous') return refuse(CANNOT_ASK, 'the hub cannot tell which of the calls under way asks');
      return calls.length === 0 ? answerUnattributed(question, withdrawn) : askFor(calls, question, withdrawn);
    },
  };
};

/** The id as plain text; a long integer keeps its digits. */
const keyOf = (id: RequestId): string => (id.startsWith('"') ? (JSON.parse(id) as string) : id);

/** The calls that may have put a question: none, one, or all those of the one session that has calls under way. */
const decide = (underWay: readonly Call[]): readonly Call[] | 'ambiguous' => {
  const [first, ...others] = underWay;
  const isOneSession = first?.client.hasSession && others.every(({ client }) => client.id === first.client.id);
  return underWay.length < 2 || isOneSession ? underWay : 'ambiguous';
};

const refuse = (code: number, message: string): Answer => ({ ok: false, error: { code, message } });
