import type { Call } from '../dispatch/call.ts';
import { type Answer, isQuestionMethod, type Question } from '../dispatch/question.ts';
import { HubError } from '../errors/hub-error.ts';
import type { RequestId, RequestMessage } from '../protocol/message.ts';
import { METHOD_NOT_FOUND } from '../protocol/parse.ts';
import { Cancellation, type CancelSignal } from '../utils/cancellation.ts';
import { type Placed, Roster } from '../utils/roster.ts';
import { shortened } from '../utils/shortened.ts';
import { whenAborted } from '../utils/when-aborted.ts';
import type { AskedOver } from './link.ts';
import type { Turns } from './turns.ts';

/** The client cannot be asked, in words of the hub; outside the range of the specification. */
const CANNOT_ASK = -31030;

export interface QuestionsOptions {
  readonly upstream: string;
  /** Answers a question that belongs to no call. */
  readonly answerUnattributed: (question: Question, withdrawn: CancelSignal) => Promise<Answer>;
  /** The turns of the calls: one that is known to wait for its client has none. */
  readonly turns?: Pick<Turns, 'stepAside' | 'comeBack'>;
  /** How long a held question leaves the other calls to their clients; default 2 000 ms. */
  readonly holdMs?: number;
}

export interface Questions {
  /** Whether a question is held back; new calls wait for it. */
  readonly isHolding: boolean;
  /** Waits while a question is held back, or until the call is given up. */
  wait(call: Call): Promise<void>;
  /** Counts the call as under way until it leaves. */
  enter(entry: AskingCall): void;
  leave(entry: AskingCall): void;
  /** The calls that are under way. */
  calls(): Iterable<Call>;
  /**
   * Finds the client that a request of the upstream is for, and its answer. A request that is withdrawn is put to nobody
   * any longer.
   */
  answer(message: RequestMessage, asked: AskedOver): Promise<Answer>;
}

const HOLD_MS = 2_000;

/** A question that its client has not answered yet. */
export interface OpenQuestion {
  readonly open: Cancellation;
  /** Whether the call waits for the answer: no other may have put the question. */
  readonly isCertain: boolean;
}

/** A call under way, which may ask its client. */
export interface AskingCall extends Placed {
  readonly call: Call;
  /** Ends it: it waits for its client while another has to ask. */
  giveUp(): void;
  /** They end with it. */
  readonly asking: OpenQuestion[];
}

/**
 * Finds out which call a legacy upstream's question belongs to. Over HTTP the stream tells; over stdio the protocol does
 * not, and then it is never guessed:
 * - with no call under way, the hub answers;
 * - when all calls under way are of one client that has a session, that client is asked, as it would be directly, and the
 *   question stays open as long as any of the calls that may have put it;
 * - when one call is under way, its client is asked;
 * - else the question is held back, and so are new calls, until one call is left. Calls that wait for their own client's
 *   answer give way after `holdMs`: a client that never comes back must not silence the upstream. Of several calls that may
 *   have put a question none is given up; the question is refused instead. When the calls that are left all wait for the
 *   answer to a held question, none of them can end, and the questions are refused.
 */
export const createQuestions = ({
  upstream,
  answerUnattributed,
  turns,
  holdMs = HOLD_MS,
}: QuestionsOptions): Questions => {
  const underWay = new Roster<AskingCall>();
  const waiting = new Set<() => void>();
  let heldBack = 0;

  const wakeAll = (): void => {
    if (waiting.size === 0) return;
    const woken = [...waiting];
    waiting.clear();
    for (const wake of woken) wake();
  };
  const changed = (): Promise<void> => new Promise((resolve) => void waiting.add(resolve));

  const ask = async (call: Call, question: Question, withdrawn: CancelSignal, isCertain: boolean): Promise<Answer> => {
    const entry = underWay.entries.find((candidate) => candidate.call === call);
    if (entry === undefined) return refuse(CANNOT_ASK, 'the call that asks has ended');
    const open = new Cancellation(call.signal, withdrawn);
    const asking = { open, isCertain };
    if (isCertain && !isWaiting(entry)) turns?.stepAside();
    entry.asking.push(asking);
    try {
      return await call.ask(question, open);
    } finally {
      open.release();
      entry.asking.splice(entry.asking.indexOf(asking), 1);
      if (isCertain && !isWaiting(entry)) turns?.comeBack();
      wakeAll();
    }
  };

  /** The calls that wait for their clients end now; where it is not known which one of several waits, its question does. */
  const giveWay = (): void => {
    for (const entry of [...underWay.entries]) {
      if (isWaiting(entry)) entry.giveUp();
      else for (const { open } of [...entry.asking]) open.abort(new HubError('CANCELLED', OTHERS_ASK));
    }
  };

  /**
   * Asks the one client of these calls, of which one has put the question. It is put for each, so that no clock runs; the
   * last to be settled has the client's answer, as those that end before it are settled by their end.
   */
  const askFor = async (calls: readonly Call[], question: Question, withdrawn: CancelSignal): Promise<Answer> => {
    let last = refuse(CANNOT_ASK, 'the call that asks has ended');
    await Promise.all(
      calls.map(async (call) => {
        last = await ask(call, question, withdrawn, calls.length === 1);
      }),
    );
    return last;
  };

  const findCalls = async (withdrawn: CancelSignal): Promise<readonly Call[] | 'ambiguous'> => {
    let decided = decide(underWay.entries);
    if (decided !== 'ambiguous') return decided;
    heldBack += 1;
    const timer = setTimeout(giveWay, holdMs);
    try {
      for (; decided === 'ambiguous'; decided = decide(underWay.entries)) {
        const isAnyAsking = underWay.entries.some(({ asking }) => asking.length > 0);
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
    get isHolding() {
      return heldBack > 0;
    },
    async wait({ signal }) {
      while (heldBack > 0 && !signal.aborted) await whenAborted(changed(), signal).catch(() => {});
    },
    enter: (entry) => underWay.add(entry),
    leave(entry) {
      underWay.remove(entry);
      if (entry.asking.length > 0)
        for (const { open } of [...entry.asking]) open.abort(new HubError('CANCELLED', 'the call has ended'));
      wakeAll();
    },
    calls: () => underWay.entries.map(({ call }) => call),
    async answer({ id, method, params = {} }, { call: known, withdrawn }) {
      if (!isQuestionMethod(method)) return refuse(METHOD_NOT_FOUND, `Method not found: ${shortened(method)}`);
      const question: Question = { upstream, key: keyOf(id), method, params };
      const calls = known === undefined ? await findCalls(withdrawn) : [known];
      if (calls === 'ambiguous') return refuse(CANNOT_ASK, 'the hub cannot tell which of the calls under way asks');
      return calls.length === 0 ? answerUnattributed(question, withdrawn) : askFor(calls, question, withdrawn);
    },
  };
};

const OTHERS_ASK = 'the client has not answered, and a call of another client has to ask';

/** Whether it is known that the call waits for its client. */
const isWaiting = ({ asking }: AskingCall): boolean => asking.some(({ isCertain }) => isCertain);

/** Why a call is given up that waits for its client while another has to ask. */
export const gaveWay = ({ target: { upstream, qualifiedName } }: Call): HubError => {
  const message = `${qualifiedName} was given up: it waited for its client while another call of ${upstream} had to ask`;
  return new HubError('CANCELLED', message, { upstream, sent: true, hint: 'call it again' });
};

/** The id as plain text; a long integer keeps its digits. */
const keyOf = (id: RequestId): string => (id.startsWith('"') ? (JSON.parse(id) as string) : id);

/** The calls that may have put a question: none, one, or all those of the one session that has calls under way. */
const decide = (underWay: readonly AskingCall[]): readonly Call[] | 'ambiguous' => {
  const calls = underWay.map(({ call }) => call);
  const [first, ...others] = calls;
  const isOneSession = first?.client.hasSession && others.every(({ client }) => client.id === first.client.id);
  return calls.length < 2 || isOneSession ? calls : 'ambiguous';
};

const refuse = (code: number, message: string): Answer => ({ ok: false, error: { code, message } });
