import type { Call } from '../dispatch/call.ts';
import type { Interceptor, Next } from '../dispatch/interceptor.ts';
import { NO_TIME, type Reply } from '../dispatch/reply.ts';
import type { Era } from '../protocol/era.ts';
import { isJsonObject } from '../protocol/json.ts';
import { createErrorBody, METHOD_NOT_FOUND } from '../protocol/parse.ts';
import { taskIdIn } from './task-owners.ts';

/** So many times the deadline of a call a task may take. */
const MAX_WAITS = 60;

/** How long an upstream is waited for that is told to cancel a task. Milliseconds. */
const CANCEL_WITHIN_MS = 5_000;

/**
 * Tasks between the eras. A task of one era cannot be told to a client of the other, so none is made for it:
 * - A modern client calls a tool of a legacy upstream that must be called as a task: the hub makes the task, waits for its
 *   result and answers the call with it; a call that is given up cancels the task.
 * - A legacy client wants a task of a modern upstream, which alone decides what becomes a task: the call is refused, as one
 *   of a tool that has no tasks.
 * https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/tasks#tool-level-negotiation
 * @param eraOf the era of the upstream that a call goes to, once it is known.
 */
export const createTaskBridge =
  (eraOf: (call: Call) => Era | undefined): Interceptor =>
  (next) =>
    function bridgeTasks(call) {
      const era = eraOf(call);
      if (call.method !== 'tools/call' || era === undefined || era === call.client.era) return next(call);
      if (call.client.era === 'legacy')
        return call.params['task'] === undefined ? next(call) : Promise.resolve(refuse(call));
      const { task: _ofTheOtherEra, ...params } = call.params;
      return mustBeTask(call) ? runAsTask(next, { ...call, params }) : next({ ...call, params });
    };

const mustBeTask = ({ target: { definition } }: Call): boolean => {
  const execution = definition?.['execution'];
  return isJsonObject(execution) && execution['taskSupport'] === 'required';
};

const runAsTask = async (next: Next, call: Call): Promise<Reply> => {
  const made = await next({ ...call, params: { ...call.params, task: {} } });
  const taskId = made.kind === 'result' ? taskIdIn(made.body.value) : undefined;
  if (taskId === undefined) return made;
  const about = { ...call, params: { taskId } };
  const reply = await waitFor(next, { ...about, method: 'tasks/result' });
  const isLeft = reply.kind === 'error' && reply.failure !== undefined;
  if (isLeft)
    void next({
      ...about,
      method: 'tasks/cancel',
      signal: AbortSignal.timeout(CANCEL_WITHIN_MS),
      wantsProgress: false,
    });
  return reply;
};

/** A task may take longer than a call: what runs out of time is asked for again. */
const waitFor = async (next: Next, call: Call): Promise<Reply> => {
  let reply = await next(call);
  for (let wait = 1; wait < MAX_WAITS && isTimeout(reply) && !call.signal.aborted; wait += 1) reply = await next(call);
  return reply;
};

const isTimeout = (reply: Reply): boolean => reply.kind === 'error' && reply.failure?.code === 'TIMEOUT';

const refuse = ({ target: { qualifiedName, upstream } }: Call): Reply => ({
  kind: 'error',
  error: createErrorBody(
    METHOD_NOT_FOUND,
    `${qualifiedName} cannot be called as a task: ${upstream} speaks a revision with other tasks. Call it without one`,
  ),
  time: NO_TIME,
});
