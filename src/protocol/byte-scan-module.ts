/**
 * A function of WebAssembly that looks at sixteen bytes at a time, written out here by its instructions: no compiler is needed
 * for one loop, and what runs can be read. https://webassembly.github.io/spec/core/binary/
 */

/** So many bytes are looked at in one go: the one page of memory that the module has. */
export const WINDOW_BYTES = 64 * 1024;

/** So many bytes are looked at in one turn of the loop. */
const TURN_BYTES = 64;

const SPACE = 0x20;

/**
 * Makes the function. It takes at most `WINDOW_BYTES`, and tells what is among them: 1 a byte below 0x20, 2 one from 0x80 on,
 * 4 a quote, 8 a backslash, joined by `|`. Undefined where this engine cannot run it.
 */
export const createScanModule = (): ((piece: Uint8Array) => number) | undefined => {
  try {
    const { memory, scan } = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes())).exports;
    const page = new Uint8Array(memory.buffer);
    return (piece) => {
      const end = (piece.length + TURN_BYTES - 1) & -TURN_BYTES;
      page.set(piece);
      if (end > piece.length) page.fill(SPACE, piece.length, end);
      return end === 0 ? 0 : scan(end);
    };
  } catch {
    return undefined;
  }
};

/** What is used of it; its types belong to the browser's. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: ScanExports };
};

interface ScanExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly scan: (end: number) => number;
}

type Code = readonly number[];

const I32 = 0x7f;
const V128 = 0x7b;

/** The variables of the function: its parameter first. */
const END = 0;
const AT = 1;
const LEAST = 2;
const ANY = 3;
const QUOTES = 4;
const BACKSLASHES = 5;
const BYTES = 6;

const get = (local: number): Code => [0x20, local];
const set = (local: number): Code => [0x21, local];
const constant = (value: number): Code => [0x41, ...signed(value)];
const vector = (byte: number): Code => [0xfd, 12, ...Array<number>(16).fill(byte)];
const load = (offset: number): Code => [0xfd, 0, 4, offset];
const EQUAL: Code = [0xfd, 35];
const LESS: Code = [0xfd, 38];
const OR: Code = [0xfd, 80];
const ANY_TRUE: Code = [0xfd, 83];
const TOP_BITS: Code = [0xfd, 100];
const LEAST_OF: Code = [0xfd, ...unsigned(119)];
const IS_ZERO: Code = [0x45];
const ADD: Code = [0x6a];
const SHIFT: Code = [0x74];
const JOIN: Code = [0x72];
const IS_BELOW: Code = [0x49];
const LOOP: Code = [0x03, 0x40];
const AGAIN_IF: Code = [0x0d, 0];
const DONE: Code = [0x0b];

/** Adds what is to be known of sixteen bytes to what is known. */
const lookAt = (offset: number): Code => [
  ...[...get(AT), ...load(offset), ...set(BYTES)],
  ...[...get(LEAST), ...get(BYTES), ...LEAST_OF, ...set(LEAST)],
  ...[...get(ANY), ...get(BYTES), ...OR, ...set(ANY)],
  ...[...get(QUOTES), ...get(BYTES), ...vector(0x22), ...EQUAL, ...OR, ...set(QUOTES)],
  ...[...get(BACKSLASHES), ...get(BYTES), ...vector(0x5c), ...EQUAL, ...OR, ...set(BACKSLASHES)],
];

/** Puts a truth in its place among the facts. */
const asBit = (place: number): Code => [...constant(place), ...SHIFT];

const scanCode = (): Code => [
  ...[...vector(0xff), ...set(LEAST)],
  ...LOOP,
  ...[0, 16, 32, 48].flatMap(lookAt),
  ...[...get(AT), ...constant(TURN_BYTES), ...ADD, ...set(AT)],
  ...[...get(AT), ...get(END), ...IS_BELOW, ...AGAIN_IF],
  ...DONE,
  ...[...get(LEAST), ...vector(SPACE), ...LESS, ...ANY_TRUE],
  ...[...get(ANY), ...TOP_BITS, ...IS_ZERO, ...IS_ZERO, ...asBit(1), ...JOIN],
  ...[...get(QUOTES), ...ANY_TRUE, ...asBit(2), ...JOIN],
  ...[...get(BACKSLASHES), ...ANY_TRUE, ...asBit(3), ...JOIN],
  ...DONE,
];

const MAGIC_AND_VERSION: Code = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

const moduleBytes = (): Uint8Array => {
  const variables = [2, 1, I32, 5, V128];
  const code = [...variables, ...scanCode()];
  return Uint8Array.from([
    ...MAGIC_AND_VERSION,
    ...section(1, [1, 0x60, 1, I32, 1, I32]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0x01, 1, 1]),
    ...section(7, [2, ...name('memory'), 2, 0, ...name('scan'), 0, 0]),
    ...section(10, [1, ...unsigned(code.length), ...code]),
  ]);
};

const section = (id: number, content: Code): Code => [id, ...unsigned(content.length), ...content];

const name = (text: string): Code => [text.length, ...Buffer.from(text)];

/** A number in groups of seven bits, the lowest first. */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

/** Likewise, with its sign in the last group. Only what fits in two groups is needed here. */
function signed(value: number): number[] {
  return value < 0x40 ? [value] : [(value & 0x7f) | 0x80, value >> 7];
}
