import { randomUUID } from 'node:crypto';
import type { LineParts } from './framing.ts';
import type { JsonValue } from './json.ts';

/**
 * A long string in what a client has sent: its JSON text as it was written, in the pieces in which it came. It has been
 * checked and is nobody's business in the hub, so it is neither decoded nor written anew. `JSON.stringify` writes the string.
 */
export class LongText {
  /** The JSON text, with its quotes. */
  readonly pieces: readonly Buffer[];

  constructor(pieces: readonly Buffer[]) {
    this.pieces = pieces;
  }

  toJSON(): string {
    if (written === undefined) return this.toString();
    written.push(this);
    return MARK;
  }

  /** The string itself. */
  toString(): string {
    return JSON.parse(Buffer.concat(this.pieces).toString('utf8')) as string;
  }
}

/** The value with its long text as a string, where it is one. */
export const plainValue = (value: JsonValue | undefined): JsonValue | undefined =>
  (value as unknown) instanceof LongText ? String(value) : value;

/** What stands for a long text until it is put in its place; nobody outside this process can know it. */
const MARK = randomUUID();
const QUOTED_MARK = JSON.stringify(MARK);

/** The long texts that the present `stringifyInParts` has come by. */
let written: LongText[] | undefined;

/** What `JSON.stringify` writes, but that long texts keep the bytes in which they came. */
export const stringifyInParts = (value: object): LineParts => {
  const texts: LongText[] = [];
  written = texts;
  let text: string;
  try {
    text = JSON.stringify(value);
  } finally {
    written = undefined;
  }
  if (texts.length === 0) return [text];
  const [first = '', ...rest] = text.split(QUOTED_MARK);
  return [first, ...rest.flatMap((part, index) => [...(texts[index]?.pieces ?? []), part])];
};

/** No more than the beginning of what `JSON.stringify` writes; long texts that lie beyond it are not looked at. */
export const beginningOfJson = (value: object, maxChars: number): string => {
  const [first, ...rest] = stringifyInParts(value);
  if (rest.length === 0) return (first as string).slice(0, maxChars);
  const taken: Buffer[] = [];
  let bytes = 0;
  for (const part of [first ?? '', ...rest]) {
    if (bytes >= maxChars * MOST_BYTES) break;
    const piece = typeof part === 'string' ? Buffer.from(part) : Buffer.from(part.buffer, part.byteOffset, part.length);
    taken.push(piece);
    bytes += piece.length;
  }
  return new TextDecoder('utf-8', { ignoreBOM: true })
    .decode(Buffer.concat(taken), { stream: true })
    .slice(0, maxChars);
};

/** A character takes so many bytes at most. */
const MOST_BYTES = 4;

/** The JSON text that stands for a long text of this number until `placeLongTexts` has put that in its place. */
export const standInFor = (index: number): Buffer => Buffer.from(JSON.stringify(`${MARK}${index}`));

/**
 * Puts long texts in the place of the strings that stand for them, at every depth of an object.
 * @returns how many were put in place.
 */
export const placeLongTexts = (holder: object, texts: ReadonlyArray<readonly Buffer[]>): number => {
  let placed = 0;
  for (const [key, value] of Object.entries(holder)) {
    if (typeof value === 'object' && value !== null) placed += placeLongTexts(value as object, texts);
    const pieces =
      typeof value === 'string' && value.startsWith(MARK) ? texts[Number(value.slice(MARK.length))] : undefined;
    if (pieces === undefined) continue;
    const text = new LongText(pieces);
    Object.defineProperty(holder, key, { value: text, enumerable: true, writable: true, configurable: true });
    placed += 1;
  }
  return placed;
};
