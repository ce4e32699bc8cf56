import { createScanModule, WINDOW_BYTES } from './byte-scan-module.ts';

/** There is a byte below 0x20. */
export const CONTROL = 1;
/** There may be a byte from 0x80 on. */
export const HIGH = 2;
/** There may be a quote. */
export const QUOTES = 4;
/** There may be a backslash. */
export const BACKSLASHES = 8;

const MAY_BE_THERE = HIGH | QUOTES | BACKSLASHES;

/** A shorter piece is looked at in less time than it takes to hand it over. */
const SHORT_BYTES = 512;

/** What bytes there are in a piece: the facts above, joined by `|`. Each of them that is absent holds for sure. */
export const factsOf = (piece: Uint8Array): number => {
  if (piece.length < SHORT_BYTES) return plainFactsOf(piece);
  module ??= createScanModule() ?? null;
  if (module === null) return plainFactsOf(piece);
  let facts = 0;
  for (let at = 0; at < piece.length; at += WINDOW_BYTES) facts |= module(piece.subarray(at, at + WINDOW_BYTES));
  return facts;
};

/** Null where this engine has none: without WebAssembly or its vectors, or without the memory. */
let module: ((piece: Uint8Array) => number) | null | undefined;

/** What `factsOf` does without the module. */
export const plainFactsOf = (piece: Uint8Array): number =>
  hasControlCharacter(piece) ? MAY_BE_THERE | CONTROL : MAY_BE_THERE;

const FOUR_SPACES = 0x20202020;
const FOUR_TOP_BITS = 0x80808080 | 0;

/** Four bytes are looked at as one number; https://graphics.stanford.edu/~seander/bithacks.html#HasLessInWord */
const hasControlCharacter = (piece: Uint8Array): boolean => {
  const lead = -piece.byteOffset & 3;
  if (piece.length < lead + 4) return hasLow(piece, 0, piece.length);
  const words = new Int32Array(piece.buffer, piece.byteOffset + lead, (piece.length - lead) >> 2);
  let low = 0;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] as number;
    low |= (word - FOUR_SPACES) & ~word;
  }
  const end = lead + words.length * 4;
  return (low & FOUR_TOP_BITS) !== 0 || hasLow(piece, 0, lead) || hasLow(piece, end, piece.length);
};

const hasLow = (piece: Uint8Array, start: number, end: number): boolean => {
  for (let at = start; at < end; at += 1) if ((piece[at] as number) < 0x20) return true;
  return false;
};
