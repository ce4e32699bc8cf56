import type { LineParts } from '../protocol/framing.ts';

/** What becomes of a message while too much waits for a client that reads slowly. */
export type Fate = 'send' | 'defer' | 'drop';

/** As the relay writes its notifications: the method before the params. */
const HEAD = /^\{"jsonrpc":"2\.0","method":"notifications\/([a-z_/]+)"/;

/**
 * Answers, questions and cancellations are sent in any case. A report of progress and a log message are worth nothing
 * later. That something has changed is told once when there is room again, however often it did.
 */
export const fateWhenFull = ([head]: LineParts): Fate => {
  const name = typeof head === 'string' ? HEAD.exec(head)?.[1] : undefined;
  if (name === undefined) return 'send';
  if (name === 'progress' || name === 'message') return 'drop';
  return name.endsWith('list_changed') || name === 'resources/updated' ? 'defer' : 'send';
};
