import { concatOwn } from '../utils/concat-own.ts';
import { JsonScanner } from './json-scanner.ts';
import { type CheckedLine, isMostlyLongTexts, LONG_TEXT_BYTES } from './large-json.ts';

/** How many small chunks are collected before they are joined, so that a byte-wise sender costs no object per byte. */
const JOIN_EVERY_CHUNKS = 1024;

/** From this size on a line is checked while it comes, where somebody asks for such lines. */
export const LARGE_LINE_BYTES = 16 * 1024;

/**
 * The line that is coming, in its pieces. A large one is checked while it comes, each time when all that can be read at the
 * moment is read: a sender whose pipe was full goes on meanwhile.
 */
export class HeldLine {
  /** How long it is so far. */
  bytes = 0;
  readonly #isChecked: boolean;
  #joined: Buffer[] = [];
  #small: Buffer[] = [];
  /** What has not been looked at; nothing where the line is not to be checked, or has not passed. */
  #unchecked: Buffer[] = [];
  /** Undefined until the line is large, null once it has not passed. */
  #scanner: JsonScanner | null | undefined;
  #isCheckDue = false;

  /** @param isChecked whether a large line is to be checked. */
  constructor(isChecked: boolean) {
    this.#isChecked = isChecked;
  }

  add(piece: Buffer): void {
    this.bytes += piece.length;
    this.#small.push(piece);
    if (this.#isChecked && this.#scanner !== null) this.#checkSoon(piece);
    if (this.#small.length >= JOIN_EVERY_CHUNKS) this.#join();
  }

  /** The whole line, which is held no longer. */
  take(): Buffer {
    const [first] = this.#small;
    const isOnePiece = first !== undefined && first.length === this.bytes;
    const line = isOnePiece ? first : Buffer.concat([...this.#joined, ...this.#small], this.bytes);
    this.#clear();
    return line;
  }

  /** The line in its pieces, held no longer, where it is large, JSON, and mostly long texts. Otherwise it is held on. */
  takeChecked(): CheckedLine | undefined {
    this.#check();
    if (this.#scanner == null || !this.#scanner.end()) return undefined;
    const pieces = [...this.#joined, ...this.#small];
    const checked = { pieces, bytes: this.bytes, longTexts: this.#scanner.longTexts };
    this.#clear();
    return checked;
  }

  #clear(): void {
    this.bytes = 0;
    this.#joined = [];
    this.#small = [];
    this.#unchecked = [];
    this.#scanner = undefined;
  }

  #join(): void {
    this.#check();
    this.#joined.push(
      concatOwn(
        this.#small,
        this.#small.reduce((sum, { length }) => sum + length, 0),
      ),
    );
    this.#small = [];
    if (this.#unchecked.length > 0) this.#unchecked = [...this.#joined];
  }

  #checkSoon(piece: Buffer): void {
    this.#unchecked.push(piece);
    if (this.#isCheckDue || this.bytes < LARGE_LINE_BYTES) return;
    this.#isCheckDue = true;
    setImmediate(this.#checkNow);
  }

  readonly #checkNow = (): void => {
    this.#isCheckDue = false;
    this.#check();
  };

  #check(): void {
    if (this.bytes < LARGE_LINE_BYTES || this.#unchecked.length === 0) return;
    const scanner = this.#scanner ?? new JsonScanner(LONG_TEXT_BYTES);
    const isSound = this.#unchecked.every((piece) => scanner.push(piece));
    this.#unchecked = [];
    this.#scanner = isSound && isMostlyLongTexts(scanner, this.bytes) ? scanner : null;
  }
}
