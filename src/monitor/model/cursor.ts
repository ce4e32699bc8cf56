import type { Cursor, RowKey } from './state.ts';

/** Where the cursor is among the rows; the first where its row is gone, -1 where there is none. */
export const indexOf = (cursor: Cursor, keys: readonly RowKey[]): number => {
  if (keys.length === 0) return -1;
  const index = cursor.key === undefined ? 0 : keys.indexOf(cursor.key);
  return Math.max(0, index);
};

/** The cursor by so many rows further, within the list. */
export const moved = (cursor: Cursor, keys: readonly RowKey[], by: number): Cursor => {
  const index = Math.min(keys.length - 1, Math.max(0, indexOf(cursor, keys) + by));
  const key = keys[index];
  return key === undefined ? { top: 0 } : { key, top: cursor.top };
};

/** Rows that stay in sight above and below the cursor, so that it can be seen where it goes. */
const MARGIN_ROWS = 3;

/**
 * The cursor with its row in sight: the list scrolls as little as it can. A row that is gone from the list gives its place
 * to the one that has come there.
 */
export const inSight = (cursor: Cursor, keys: readonly RowKey[], rows: number): Cursor => {
  const index = indexOf(cursor, keys);
  if (index < 0) return { top: 0 };
  const most = Math.max(0, keys.length - rows);
  const margin = Math.min(MARGIN_ROWS, Math.floor((rows - 1) / 2));
  const top = Math.min(most, Math.max(index - rows + 1 + margin, Math.min(cursor.top, index - margin)));
  const key = keys[index];
  return { ...(key === undefined ? {} : { key }), top: Math.max(0, top) };
};
