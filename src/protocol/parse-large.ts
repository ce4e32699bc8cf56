import { isJsonObject, type JsonValue } from './json.ts';
import { scanMembers } from './json-bytes.ts';
import { type CheckedLine, outlineOf, piecesBetween } from './large-json.ts';
import { LargeResult, largeResultMessage } from './large-result.ts';
import { placeLongTexts, standInFor } from './long-text.ts';
import type { ResultMessage } from './message.ts';
import { type ParseOutcome, parseMessage, readResponse } from './parse.ts';

/**
 * Reads a large line of a client. The long texts among the arguments of a tool keep the bytes in which they came; everything
 * else is read as `parseMessage` reads it.
 */
export const parseLargeRequest = (line: CheckedLine): ParseOutcome =>
  readToolCall(line) ?? parseMessage(Buffer.concat(line.pieces, line.bytes));

/** Reads a large line of an upstream. A result stays in its pieces; everything else is read as `parseMessage` reads it. */
export const parseLargeAnswer = (line: CheckedLine): ParseOutcome => {
  const message = readResult(line);
  return message === undefined ? parseMessage(Buffer.concat(line.pieces, line.bytes)) : { ok: true, message };
};

const readToolCall = (line: CheckedLine): ParseOutcome | undefined => {
  const outline = outlineOf(line, standInFor);
  const outcome = parseMessage(outline.bytes);
  if (!outcome.ok || outcome.message.kind !== 'request' || outcome.message.method !== 'tools/call') return undefined;
  const args = outcome.message.params?.['arguments'];
  // One that stands elsewhere, or under a key that comes again, is not put in place.
  return isJsonObject(args) && placeLongTexts(args, outline.texts) === outline.texts.length ? outcome : undefined;
};

const readResult = (line: CheckedLine): ResultMessage | undefined => {
  const outline = outlineOf(line, (_index, before) => (isLookedAt(before) ? undefined : EMPTY_TEXT));
  const value = JSON.parse(outline.bytes.toString('utf8')) as JsonValue;
  if (!isJsonObject(value) || Object.hasOwn(value, 'method')) return undefined;
  const outcome = readResponse(value, outline.bytes);
  if (!outcome.ok || outcome.message.kind !== 'result') return undefined;
  const member = scanMembers(outline.bytes).findLast(({ key }) => key === 'result');
  if (member === undefined) return undefined;
  const [start, end] = [outline.placeInLine(member.value.start), outline.placeInLine(member.value.end)];
  return largeResultMessage(
    outcome.message.id,
    new LargeResult(piecesBetween(line.pieces, start, end), outcome.message.value),
  );
};

const EMPTY_TEXT = Buffer.from('""');

/** What the hub reads of an answer stands under these keys; a key with an escape may be one of them. */
const LOOKED_AT: ReadonlySet<string> = new Set([
  'id',
  'resultType',
  'uri',
  'resourceUri',
  'ui/resourceUri',
  'type',
  'taskId',
  'requestState',
]);

const LONGEST_KEY_BYTES = 64;
const KEY_BEFORE = /"([^"\\]*)" *: *$/;
const IN_ARRAY = /[[,] *$/;

/** Whether the hub may have to know the string that follows. */
const isLookedAt = (before: Buffer): boolean => {
  const text = before.toString('latin1', Math.max(0, before.length - LONGEST_KEY_BYTES));
  const key = KEY_BEFORE.exec(text)?.[1];
  return key === undefined ? !IN_ARRAY.test(text) : LOOKED_AT.has(key);
};
