/**
 * What one pass over a text tells of it: the bits `BEYOND_ASCII` and `BACKSLASH`, and others for characters that what is looked
 * for has. A text without one of the bits of something does not have it.
 */
export type Glance = number;

/** The text has a character that is not ASCII. It makes the number negative. */
export const BEYOND_ASCII: Glance = 1 << 31;
export const BACKSLASH: Glance = 1 << 30;

export interface Glances {
  /** The bits that every text has in which `wanted` stands; they count in glances from now on. */
  neededFor(wanted: string, ignoresCase: boolean): Glance;
  of(text: string): Glance;
}

export const createGlances = (): Glances => {
  const table = new Int32Array(BYTES).fill(BEYOND_ASCII, ASCII);
  table[BACKSLASH_CODE] = BACKSLASH;
  const bitOf = new Map<string, Glance>();
  const bitFor = (characters: string): Glance => {
    const known = bitOf.get(characters);
    if (known !== undefined) return known;
    const bit = 1 << (bitOf.size % CHARACTER_BITS);
    bitOf.set(characters, bit);
    for (const character of characters) {
      const code = character.charCodeAt(0);
      table[code] = (table[code] ?? 0) | bit;
    }
    return bit;
  };
  return {
    neededFor(wanted, ignoresCase) {
      let bits = 0;
      for (const each of tellingCharacters(wanted))
        bits |= bitFor(ignoresCase ? each.toLowerCase() + each.toUpperCase() : each);
      return bits;
    },
    of(text) {
      let glance = 0;
      for (let start = 0; start < text.length; start += PIECE_CHARS) {
        const piece = text.length <= PIECE_CHARS ? text : text.slice(start, start + PIECE_CHARS);
        const { written } = encoder.encodeInto(piece, bytes);
        for (let index = 0; index < written; index += 1) glance |= table[bytes[index] as number] as number;
      }
      return glance;
    },
  };
};

const ASCII = 128;
const BYTES = 256;
const BACKSLASH_CODE = 0x5c;
const CHARACTER_BITS = 30;

const encoder = new TextEncoder();
const PIECE_CHARS = 16_384;
const MOST_BYTES_PER_UNIT = 3;

/** The bytes of a text are looked at several times as fast as its characters. */
const bytes = new Uint8Array(PIECE_CHARS * MOST_BYTES_PER_UNIT);

/** The most frequent characters of JSON in English, which tell the least; digits and the like are in between. */
const FREQUENT = '"etaoinsrhldcumfpgwyb:,{}[]0123456789';

/** The rarest characters of a text; more of them would hardly tell more. */
const MOST_CHARACTERS = 3;

const tellingCharacters = (text: string): string[] =>
  [...new Set(text)]
    .filter((character) => character.charCodeAt(0) < ASCII)
    .sort((one, other) => frequencyOf(one) - frequencyOf(other))
    .slice(0, MOST_CHARACTERS);

const frequencyOf = (character: string): number => {
  const place = FREQUENT.indexOf(character.toLowerCase());
  return place === -1 ? 0 : FREQUENT.length - place;
};
