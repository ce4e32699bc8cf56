import { randomUUID } from 'node:crypto';

/** As many digits as keep the ids of one process in their order. */
const DIGITS = 9;

let prefix: string | undefined;
let count = 0;

/**
 * An id that no other call of any hub has. In one process later ones sort after earlier ones, so that an index of them grows
 * at its end.
 */
export const createCallId = (): string => {
  prefix ??= randomUUID();
  count += 1;
  return `${prefix}-${count.toString(36).padStart(DIGITS, '0')}`;
};
