import type { JsonScanner } from './json-scanner.ts';

/** A string value of so many bytes, with its quotes, is a long text. */
export const LONG_TEXT_BYTES = 1024;

/** A large line that has been checked: it is one JSON text without control characters, in UTF-8. */
export interface CheckedLine {
  /** Its bytes in the pieces in which they came. */
  readonly pieces: readonly Buffer[];
  readonly bytes: number;
  /** Where its long string values begin and end, with their quotes: two places for each, in their order. */
  readonly longTexts: readonly number[];
}

/** Whether it is worth while to check on: a text of many small values has to be decoded anyway. */
export const isMostlyLongTexts = (scanner: JsonScanner, bytes: number): boolean => scanner.longBytes() * 2 >= bytes;

/** Reads pieces from their beginning to their end, in steps. */
export class PieceReader {
  readonly #pieces: readonly Buffer[];
  #index = 0;
  /** Where the present piece begins, and how much of it has been read. */
  #start = 0;
  #read = 0;

  constructor(pieces: readonly Buffer[]) {
    this.#pieces = pieces;
  }

  /** What stands before `end` and has not been read yet, without a copy. */
  upTo(end: number): Buffer[] {
    const taken: Buffer[] = [];
    for (let piece = this.#pieces[this.#index]; piece !== undefined; piece = this.#pieces[this.#index]) {
      const until = Math.min(piece.length, end - this.#start);
      if (until > this.#read) taken.push(piece.subarray(this.#read, until));
      this.#read = Math.max(this.#read, until);
      if (until < piece.length) break;
      this.#start += piece.length;
      this.#index += 1;
      this.#read = 0;
    }
    return taken;
  }
}

/** The bytes from `start` to before `end`. */
export const piecesBetween = (pieces: readonly Buffer[], start: number, end: number): Buffer[] => {
  const reader = new PieceReader(pieces);
  reader.upTo(start);
  return reader.upTo(end);
};

/** A line in which other texts stand in the place of some long ones. */
export interface Outline {
  readonly bytes: Buffer;
  /** The long texts that were replaced, each in pieces, with its quotes. */
  readonly texts: ReadonlyArray<readonly Buffer[]>;
  /** Where a byte of the outline stands in the line. */
  placeInLine(place: number): number;
}

/**
 * Makes the outline of a line.
 * @param replacementOf the JSON text that stands for the long text of this number, of whose surroundings the last bytes
 *   before it are known; undefined where the long text is to stay.
 */
export const outlineOf = (
  { pieces, bytes, longTexts }: CheckedLine,
  replacementOf: (index: number, before: Buffer) => Buffer | undefined,
): Outline => {
  const reader = new PieceReader(pieces);
  const parts: Buffer[] = [];
  const texts: Buffer[][] = [];
  /** The place behind each replacement in the outline, and by how much it is further back in the line. */
  const shifts: Array<readonly [place: number, shift: number]> = [];
  let length = 0;
  let shift = 0;
  const add = (part: Buffer): void => {
    parts.push(part);
    length += part.length;
  };
  for (let index = 0; index < longTexts.length; index += 2) {
    for (const part of reader.upTo(longTexts[index] as number)) add(part);
    const replacement = replacementOf(texts.length, parts.at(-1) ?? NOTHING);
    const text = reader.upTo(longTexts[index + 1] as number);
    if (replacement === undefined) {
      for (const part of text) add(part);
      continue;
    }
    add(replacement);
    texts.push(text);
    shift += (longTexts[index + 1] as number) - (longTexts[index] as number) - replacement.length;
    shifts.push([length, shift]);
  }
  for (const part of reader.upTo(bytes)) add(part);
  return {
    bytes: Buffer.concat(parts, length),
    texts,
    placeInLine: (place) => place + (shifts.findLast(([from]) => from <= place)?.[1] ?? 0),
  };
};

const NOTHING = Buffer.alloc(0);
