import type { LogConfig } from '../config/hub-config.ts';
import type { Call } from '../dispatch/call.ts';
import { failureReply } from '../dispatch/failure.ts';
import type { Interceptor } from '../dispatch/interceptor.ts';
import type { Reply } from '../dispatch/reply.ts';
import { HubError } from '../errors/hub-error.ts';
import type { CallLog } from '../store/call-log.ts';

/** What holds calls to their log. In `batched` mode that serves on there is nothing, and no call passes through anything. */
export interface Audit {
  /** To be put around everything that reaches an upstream. */
  readonly interceptors: readonly Interceptor[];
  /** Waits until the end of a call is kept; undefined where nobody waits. */
  readonly confirm: ((reply: Reply) => Promise<Reply>) | undefined;
  /** Waits until what was told of a repetition is kept; false where it may not be sent. Undefined where nobody waits. */
  readonly mayRepeat?: () => boolean | Promise<boolean>;
}

/**
 * With `durability: "audit"` the beginning of a call is committed before it goes to its upstream, and its end before it is
 * answered. With `onFailure: "block"` no call goes to an upstream while the log cannot be written, and in `audit` no result
 * is given whose end is not kept; with `"serve"` calls go on, and the log's own problem tells of it.
 */
export const createAudit = (log: CallLog, { enabled, durability, onFailure }: LogConfig): Audit => {
  if (!enabled) return { interceptors: [], confirm: undefined };
  const isBlocking = onFailure === 'block';
  if (durability === 'audit')
    return {
      interceptors: [commitFirst(log, isBlocking)],
      mayRepeat: async () => (isBlocking ? await log.commit() : void (await commitIfPossible(log))) === undefined,
      confirm: isBlocking ? (reply) => confirmOrWithhold(log, reply) : (reply) => confirmIfPossible(log, reply),
    };
  if (!isBlocking) return { interceptors: [], confirm: undefined };
  return {
    interceptors: [blockWhileBroken(log)],
    mayRepeat: () => log.problem() === undefined || log.commit().then((problem) => problem === undefined),
    confirm: undefined,
  };
};

const commitFirst =
  (log: CallLog, isBlocking: boolean): Interceptor =>
  (next) =>
    async function audit(call) {
      const problem = isBlocking ? await log.commit() : await commitIfPossible(log);
      return isBlocking && problem !== undefined ? failureReply(notSent(problem)) : next(call);
    };

/** Nothing is waited for while all is well. */
const blockWhileBroken =
  (log: CallLog): Interceptor =>
  (next) => {
    return (call) => (log.problem() === undefined ? next(call) : block(call));

    async function block(call: Call): Promise<Reply> {
      const problem = await log.commit();
      return problem === undefined ? next(call) : failureReply(notSent(problem));
    }
  };

/** While a log is known to be broken, calls that are served all the same do not wait for another attempt. */
const commitIfPossible = async (log: CallLog): Promise<string | undefined> => log.problem() ?? (await log.commit());

const confirmIfPossible = async (log: CallLog, reply: Reply): Promise<Reply> => {
  await commitIfPossible(log);
  return reply;
};

const confirmOrWithhold = async (log: CallLog, reply: Reply): Promise<Reply> => {
  const problem = await log.commit();
  // What already says that nothing was done is as good without a log.
  if (problem === undefined || (reply.kind === 'error' && reply.failure !== undefined)) return reply;
  const message = `the server has answered, and its answer is withheld because the log cannot keep it: ${problem}`;
  return failureReply(new HubError('STORE_UNAVAILABLE', message, { sent: true, hint: HINT }), reply.time);
};

const notSent = (problem: string): HubError =>
  new HubError('STORE_UNAVAILABLE', `the call was not sent, because the log cannot be written: ${problem}`, {
    hint: HINT,
  });

const HINT = 'make the log writable, or set hub.log.onFailure to "serve"';
