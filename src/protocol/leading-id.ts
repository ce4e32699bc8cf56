import type { JsonValue } from './json.ts';
import { parseLossless } from './json.ts';
import type { RequestId } from './message.ts';
import { toRequestId } from './parse.ts';

/** The members before `id` hold plain texts, as `jsonrpc` and `method` do. */
const LEADING_ID = /^\s*\{(?:\s*"[^"\\]*"\s*:\s*"[^"\\]*"\s*,)*?\s*"id"\s*:\s*("(?:[^"\\]|\\.)*"|-?\d+)\s*[,}]/;

/**
 * The id of a message of which only the beginning is known, where it stands before anything large; undefined elsewhere.
 * A later member of the same name is not seen, so this is for refusing a message, never for serving it.
 */
export const readLeadingId = (head: Buffer): RequestId | undefined => {
  const text = LEADING_ID.exec(head.toString('utf8'))?.[1];
  if (text === undefined) return undefined;
  try {
    return toRequestId(parseLossless(text) as JsonValue);
  } catch {
    return undefined;
  }
};
