import { parseLossless } from '../../protocol/json.ts';
import type { RequestId } from '../../protocol/message.ts';
import { toRequestId } from '../../protocol/parse.ts';

const OPEN = /\s*\{/y;
const KEY = /\s*"((?:[^"\\]|\\.)*)"\s*:\s*/y;
const SCALAR = /("(?:[^"\\]|\\.)*"|[-+.\w]+)\s*[,}]/y;
const ID_AT_END = /[,{]\s*"id"\s*:\s*("(?:[^"\\]|\\.)*"|-?\d+)\s*(?:,\s*"jsonrpc"\s*:\s*"2\.0"\s*)?\}\s*$/;

/**
 * The id of an answer that cannot be read, being too long or not JSON throughout, from its first and its last bytes:
 * servers write the id on either side of the result. `undefined` for a request, a notification, and what cannot be told.
 */
export const unreadAnswerId = (head: Buffer, tail: Buffer): RequestId | undefined => {
  const start = readHead(head.toString('utf8'));
  if (!start.isAnswer) return undefined;
  return toId(start.id ?? ID_AT_END.exec(tail.toString('utf8'))?.[1]);
};

/** Walks over the members of the outermost object until it meets one that is no scalar. */
const readHead = (text: string): { isAnswer: boolean; id?: string } => {
  let position = 0;
  const read = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = position;
    const found = pattern.exec(text);
    if (found) position = pattern.lastIndex;
    return found;
  };

  let id: string | undefined;
  read(OPEN);
  for (let key = read(KEY)?.[1]; key !== undefined; key = read(KEY)?.[1]) {
    if (key === 'method') return { isAnswer: false };
    if (key === 'result' || key === 'error') return { isAnswer: true, ...(id !== undefined && { id }) };
    const scalar = read(SCALAR)?.[1];
    if (scalar === undefined) break;
    if (key === 'id') id = scalar;
  }
  return { isAnswer: false };
};

const toId = (json: string | undefined): RequestId | undefined => {
  if (json === undefined) return undefined;
  try {
    return toRequestId(parseLossless(json));
  } catch {
    return undefined;
  }
};
