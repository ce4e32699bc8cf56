import { isUtf8 } from 'node:buffer';
import { BACKSLASHES, CONTROL, factsOf, HIGH, QUOTES } from './byte-facts.ts';
import { ESCAPES, HEX_DIGITS, isWholeScalar, openBytes, SCALARS } from './json-scan-tables.ts';

const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const LOWER_U = 0x75;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Deeper texts are left to `JSON.parse`. */
const MAX_DEPTH = 256;

const OBJECT = 1;
const ARRAY = 0;

/** What is being read, or may come next. */
const VALUE = 0;
const VALUE_OR_END = 1;
const KEY = 2;
const KEY_OR_END = 3;
const AFTER_KEY = 4;
const AFTER_VALUE = 5;
const TEXT = 6;
const ESCAPE = 7;
const HEX = 8;
const SCALAR = 9;

/** A place that means that the text cannot be accepted. */
const FAULT = -1;

const NOTHING = Buffer.alloc(0);

/** So many bytes of a string are looked at one by one before its end is searched for: a search has its price. */
const NEAR_BYTES = 48;

/**
 * Checks a JSON text in the pieces in which it comes, without decoding it, so that a long one is checked while its rest is
 * on its way. What it accepts, `JSON.parse` accepts. It knows no control characters, not even as white space, and no great
 * depth: those texts are for `JSON.parse` to judge.
 */
export class JsonScanner {
  /** Where the long string values begin and end, with their quotes: two places for each, in their order. */
  readonly longTexts: number[] = [];
  readonly #longTextBytes: number;
  /** How many bytes the whole long texts have. */
  #wholeLongBytes = 0;
  readonly #containers = new Uint8Array(MAX_DEPTH);
  #depth = 0;
  #state = VALUE;
  #scalar = 0;
  #hexDigits = 0;
  #isKey = false;
  #textStart = 0;
  /** Bytes before the present piece. */
  #before = 0;
  /** The next backslash of the present piece, as far as it has been searched for. */
  #backslash = 0;
  #hasFailed = false;
  /** The beginning of a character in which the last piece ended. */
  #carry: Buffer = NOTHING;

  /** @param longTextBytes a string value of so many bytes or more is told by its place. */
  constructor(longTextBytes: number) {
    this.#longTextBytes = longTextBytes;
  }

  /** Takes the next piece. False once the text cannot be accepted, whatever comes. */
  push(piece: Buffer): boolean {
    if (this.#hasFailed) return false;
    const facts = factsOf(piece);
    this.#hasFailed = (facts & CONTROL) !== 0 || !this.#isUtf8(piece, facts) || !this.#scan(piece, facts);
    this.#before += piece.length;
    return !this.#hasFailed;
  }

  /** Whether all that was pushed is one JSON text. */
  end(): boolean {
    const isEnd = this.#state === AFTER_VALUE || (this.#state === SCALAR && isWholeScalar(this.#scalar));
    return !this.#hasFailed && isEnd && this.#depth === 0 && this.#carry.length === 0;
  }

  /** How many of the bytes so far are in long texts, the one that is being read included. */
  longBytes(): number {
    const openBytes = this.#state === TEXT && !this.#isKey ? this.#before - this.#textStart : 0;
    return this.#wholeLongBytes + openBytes;
  }

  #isUtf8(piece: Buffer, facts: number): boolean {
    if ((facts & HIGH) === 0 && this.#carry.length === 0) return true;
    const text = this.#carry.length === 0 ? piece : Buffer.concat([this.#carry, piece]);
    const open = openBytes(text);
    this.#carry = open === 0 ? NOTHING : Buffer.from(text.subarray(text.length - open));
    return isUtf8(open === 0 ? text : text.subarray(0, text.length - open));
  }

  #scan(piece: Buffer, facts: number): boolean {
    const isText = this.#state === TEXT && (facts & (QUOTES | BACKSLASHES)) === 0;
    if (isText) return true;
    this.#backslash = (facts & BACKSLASHES) === 0 ? piece.length : 0;
    let at = 0;
    while (at < piece.length && at !== FAULT) {
      if (this.#state === TEXT) at = this.#readText(piece, at);
      else if (this.#state === SCALAR) at = this.#readScalar(piece, at);
      else at = this.#readByte(piece[at] as number, at) ? at + 1 : FAULT;
    }
    return at !== FAULT;
  }

  #readText(piece: Buffer, from: number): number {
    let at = this.#endOfRun(piece, from);
    while (piece[at] === BACKSLASH && ESCAPES[piece[at + 1] ?? 0] === 1) at = this.#endOfRun(piece, at + 2);
    if (at >= piece.length) return piece.length;
    if (piece[at] === BACKSLASH) this.#state = ESCAPE;
    else this.#endText(this.#before + at + 1);
    return at + 1;
  }

  /** Where the next quote or backslash stands, from `start` on; the end of the piece where there is none. */
  #endOfRun(piece: Buffer, start: number): number {
    const near = Math.min(piece.length, start + NEAR_BYTES);
    for (let at = start; at < near; at += 1) {
      const byte = piece[at];
      if (byte === QUOTE || byte === BACKSLASH) return at;
    }
    if (near === piece.length) return near;
    if (this.#backslash < near) this.#backslash = placeOf(piece, BACKSLASH, near);
    return Math.min(placeOf(piece, QUOTE, near), this.#backslash);
  }

  #endText(end: number): void {
    this.#state = this.#isKey ? AFTER_KEY : AFTER_VALUE;
    if (this.#isKey || end - this.#textStart < this.#longTextBytes) return;
    this.longTexts.push(this.#textStart, end);
    this.#wholeLongBytes += end - this.#textStart;
  }

  #readScalar(piece: Buffer, from: number): number {
    let at = from;
    let state = this.#scalar;
    for (let next = state; at < piece.length; at += 1) {
      next = SCALARS[state * 256 + (piece[at] as number)] as number;
      if (next === 0) break;
      state = next;
    }
    this.#scalar = state;
    if (at === piece.length) return at;
    this.#state = AFTER_VALUE;
    return isWholeScalar(state) ? at : FAULT;
  }

  #readByte(byte: number, at: number): boolean {
    if (this.#state === ESCAPE) return this.#readEscape(byte);
    if (this.#state === HEX) return this.#readHex(byte);
    if (byte === SPACE) return true;
    switch (this.#state) {
      case AFTER_VALUE:
        return this.#readAfterValue(byte);
      case AFTER_KEY:
        this.#state = VALUE;
        return byte === COLON;
      case KEY_OR_END:
      case KEY:
        return this.#readKey(byte);
      default:
        return this.#readValue(byte, at);
    }
  }

  #readEscape(byte: number): boolean {
    this.#hexDigits = 0;
    this.#state = byte === LOWER_U ? HEX : TEXT;
    return byte === LOWER_U || ESCAPES[byte] === 1;
  }

  #readHex(byte: number): boolean {
    this.#hexDigits += 1;
    if (this.#hexDigits === 4) this.#state = TEXT;
    return HEX_DIGITS[byte] === 1;
  }

  #readAfterValue(byte: number): boolean {
    if (this.#depth === 0) return false;
    const container = this.#containers[this.#depth - 1];
    if (byte === COMMA) {
      this.#state = container === OBJECT ? KEY : VALUE;
      return true;
    }
    return byte === (container === OBJECT ? CLOSE_BRACE : CLOSE_BRACKET) && this.#close();
  }

  #readKey(byte: number): boolean {
    if (byte === CLOSE_BRACE && this.#state === KEY_OR_END) return this.#close();
    this.#isKey = true;
    this.#state = TEXT;
    return byte === QUOTE;
  }

  #readValue(byte: number, at: number): boolean {
    if (byte === QUOTE) {
      this.#isKey = false;
      this.#textStart = this.#before + at;
      this.#state = TEXT;
      return true;
    }
    if (byte === OPEN_BRACE) return this.#open(OBJECT, KEY_OR_END);
    if (byte === OPEN_BRACKET) return this.#open(ARRAY, VALUE_OR_END);
    if (byte === CLOSE_BRACKET && this.#state === VALUE_OR_END) return this.#close();
    this.#scalar = SCALARS[byte] as number;
    this.#state = SCALAR;
    return this.#scalar !== 0;
  }

  #open(container: number, state: number): boolean {
    if (this.#depth === MAX_DEPTH) return false;
    this.#containers[this.#depth] = container;
    this.#depth += 1;
    this.#state = state;
    return true;
  }

  #close(): boolean {
    this.#depth -= 1;
    this.#state = AFTER_VALUE;
    return true;
  }
}

const placeOf = (piece: Buffer, byte: number, from: number): number => {
  const place = piece.indexOf(byte, from);
  return place === -1 ? piece.length : place;
};
