const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Where the string whose quote stands at `start` ends: after its closing quote, or at the end of a text that was cut off. */
export const endOfString = (text: string, start: number): number => {
  for (let quote = text.indexOf('"', start + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let first = quote;
    while (first > start + 1 && text.charCodeAt(first - 1) === BACKSLASH) first -= 1;
    if ((quote - first) % 2 === 0) return quote + 1;
  }
  return text.length;
};

/** Whether a string that reaches from `start` to `end` has its closing quote. */
export const isClosed = (text: string, start: number, end: number): boolean => {
  if (end - start < 2 || text.charCodeAt(end - 1) !== QUOTE) return false;
  if (end < text.length) return true;
  let backslashes = 0;
  while (text.charCodeAt(end - 2 - backslashes) === BACKSLASH) backslashes += 1;
  return backslashes % 2 === 0;
};

/** Where the object or array that opens at `start` ends; the end of the text where it never closes. */
export const endOfGroup = (text: string, start: number): number => {
  let depth = 0;
  for (let position = start; position < text.length; position += 1) {
    const character = text[position];
    if (character === '"') position = endOfString(text, position) - 1;
    else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') {
      depth -= 1;
      if (depth === 0) return position + 1;
    }
  }
  return text.length;
};

/** Where the value of a key begins whose string ended at `end`; undefined where no colon follows, so that it is no key. */
export const startOfValue = (text: string, end: number): number | undefined => {
  const colon = skipSpace(text, end);
  return text[colon] === ':' ? skipSpace(text, colon + 1) : undefined;
};

const skipSpace = (text: string, start: number): number => {
  let position = start;
  while (isSpace(text.charCodeAt(position))) position += 1;
  return position;
};

/** Space, tab, line feed, carriage return. At the end of a text there is no code. */
const isSpace = (code: number): boolean => code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;

/** A text, and where each of its characters stands in the text that it was taken from. */
export interface Excerpt {
  readonly text: string;
  /** Where `text` starts in the source; the characters follow one by one, unless there are `offsets`. */
  readonly base: number;
  /** Place in the source of each character, and of the end. */
  readonly offsets?: Uint32Array;
  /** How many layers of escapes have been taken off. */
  readonly layer: number;
}

/** Place in the source of a position of the excerpt. */
export const placeOf = (excerpt: Excerpt, position: number): number =>
  excerpt.offsets === undefined ? excerpt.base + position : (excerpt.offsets[position] as number);

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** Takes one layer of JSON escapes off a part of an excerpt. What is no escape, or was cut off, stays as it is. */
export const unescaped = (excerpt: Excerpt, start: number, end: number): Excerpt => {
  const layer = excerpt.layer + 1;
  const source = excerpt.text.slice(start, end);
  if (!source.includes('\\')) {
    if (excerpt.offsets === undefined) return { text: source, base: excerpt.base + start, layer };
    return { text: source, base: 0, offsets: excerpt.offsets.subarray(start, end + 1), layer };
  }
  const offsets = new Uint32Array(source.length + 1);
  const parts: string[] = [];
  let length = 0;
  const append = (part: string, from: number): void => {
    parts.push(part);
    for (let index = 0; index < part.length; index += 1)
      offsets[length + index] = placeOf(excerpt, start + from + index);
    length += part.length;
  };
  for (let position = 0; position < source.length; ) {
    const found = source.indexOf('\\', position);
    const backslash = found < 0 ? source.length : found;
    append(source.slice(position, backslash), position);
    if (found < 0) break;
    const [character, taken] = readEscape(source, backslash);
    append(character, backslash);
    position = backslash + taken;
  }
  offsets[length] = placeOf(excerpt, end);
  return { text: parts.join(''), base: 0, offsets: offsets.subarray(0, length + 1), layer };
};

/** The character that the escape at `position` stands for, and how many characters the escape takes. */
const readEscape = (source: string, position: number): [character: string, taken: number] => {
  const next = source[position + 1] ?? '';
  const short = SHORT_ESCAPES[next];
  if (short !== undefined) return [short, 2];
  const digits = source.slice(position + 2, position + 6);
  if (next === 'u' && /^[\da-f]{4}$/i.test(digits)) return [String.fromCharCode(Number.parseInt(digits, 16)), 6];
  return ['\\', 1];
};
