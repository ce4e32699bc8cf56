import type { Reply } from '../dispatch/reply.ts';
import { type AttemptOptions, attempt } from './attempt.ts';
import { newsOfEnd, type State } from './state.ts';

/** Sends a request; one that met the end of its connection before it was processed is sent once more, over the next one. */
export const sendOrAgain = (stateOf: () => State, options: AttemptOptions): PromiseLike<Reply> => {
  const before = stateOf();
  return attempt(options).then((reply) => (isUnsentEnd(reply) ? sendAgain(stateOf, options, before, reply) : reply));
};

const sendAgain = async (
  stateOf: () => State,
  options: AttemptOptions,
  before: State,
  reply: Reply,
): Promise<Reply> => {
  // The connection is known to have ended a moment after the request that met its end has failed.
  await newsOfEnd(stateOf());
  const state = stateOf();
  const hasNext = state !== before && state.kind !== 'backing_off' && state.kind !== 'stopped';
  return hasNext ? attempt(options) : reply;
};

const isUnsentEnd = (reply: Reply): boolean =>
  reply.kind === 'error' && reply.failure?.code === 'UPSTREAM_CLOSED' && !reply.failure.sent;
