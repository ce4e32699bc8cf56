import { randomUUID } from 'node:crypto';

/** Counts in so many digits that all ids of a prefix have the same number of them. */
const FIRST = 100_000_000;
const LAST = 999_999_999;

let prefix: string | undefined;
let count = FIRST;

/**
 * An id that no other call of any hub has. In one process later ones sort after earlier ones, so that an index of them grows
 * at its end.
 */
export const createCallId = (): string => {
  prefix ??= `${randomUUID()}-`;
  if (count === LAST) {
    prefix += LAST;
    count = FIRST;
  }
  count += 1;
  return prefix + count;
};
