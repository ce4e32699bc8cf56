/** What one byte of a JSON text can tell about those after it, for `json-scanner.ts`. */

/** The bytes that may follow a backslash, `u` left out. */
export const ESCAPES = tableOf('"\\/bfnrt');

export const HEX_DIGITS = tableOf('0123456789abcdefABCDEF');

/*
 * Numbers and the three words as a machine of states: `SCALARS[state * 256 + byte]` is the state after the byte, 0 where it
 * cannot stand there. State 0 is the beginning.
 */
const MINUS = 1;
const ZERO = 2;
const INTEGER = 3;
const POINT = 4;
const FRACTION = 5;
const EXPONENT = 6;
const EXPONENT_SIGN = 7;
const EXPONENT_DIGITS = 8;
const WORD = 9;
const FIRST_OF_WORDS = 10;
const STATES = 24;

const ACCEPTED = new Uint8Array(STATES);
for (const state of [ZERO, INTEGER, FRACTION, EXPONENT_DIGITS, WORD]) ACCEPTED[state] = 1;

/** Whether a number or word may end in this state. */
export const isWholeScalar = (state: number): boolean => ACCEPTED[state] === 1;

export const SCALARS = makeScalars();

function makeScalars(): Uint8Array {
  const table = new Uint8Array(STATES * 256);
  const add = (states: readonly number[], characters: string, next: number): void => {
    for (const state of states) for (const character of characters) table[state * 256 + character.charCodeAt(0)] = next;
  };
  add([0], '-', MINUS);
  add([0, MINUS], '0', ZERO);
  add([0, MINUS], '123456789', INTEGER);
  add([INTEGER], '0123456789', INTEGER);
  add([ZERO, INTEGER], '.', POINT);
  add([POINT, FRACTION], '0123456789', FRACTION);
  add([ZERO, INTEGER, FRACTION], 'eE', EXPONENT);
  add([EXPONENT], '+-', EXPONENT_SIGN);
  add([EXPONENT, EXPONENT_SIGN, EXPONENT_DIGITS], '0123456789', EXPONENT_DIGITS);
  let free = FIRST_OF_WORDS;
  for (const word of ['true', 'false', 'null']) {
    let state = 0;
    for (const [index, character] of word.split('').entries()) {
      const next = index === word.length - 1 ? WORD : free;
      if (next === free) free += 1;
      add([state], character, next);
      state = next;
    }
  }
  return table;
}

function tableOf(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const character of characters) table[character.charCodeAt(0)] = 1;
  return table;
}

/** How many bytes at the end are the beginning of a character of UTF-8 that is not whole. */
export const openBytes = (piece: Buffer): number => {
  for (let back = 1; back <= Math.min(3, piece.length); back += 1) {
    const byte = piece[piece.length - back] as number;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return back < lengthOf(byte) ? back : 0;
  }
  return 0;
};

const lengthOf = (first: number): number => (first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2);
