/**
 * Finds and replaces members of a JSON object in its bytes, so that everything else stays as it was written. The bytes
 * given here must be valid JSON: they have been through `JSON.parse`.
 */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Where a value stands: from `start` up to, not including, `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** A member of an object: its key, where the key begins, and where its value stands. */
export interface Member {
  readonly key: string;
  readonly keyStart: number;
  readonly value: ByteRange;
}

/** The members of the object that begins at or after `offset`, in their order, equal keys included. */
export const scanMembers = (bytes: Buffer, offset = 0): Member[] => {
  const members: Member[] = [];
  let position = skipSpace(bytes, skipSpace(bytes, offset) + 1);
  while (bytes[position] !== CLOSE_BRACE) {
    const keyStart = position;
    const keyEnd = skipString(bytes, keyStart);
    const start = skipSpace(bytes, skipSpace(bytes, keyEnd) + 1);
    const end = skipValue(bytes, start);
    members.push({ key: decodeKey(bytes, keyStart, keyEnd), keyStart, value: { start, end } });
    position = skipSpace(bytes, end);
    if (bytes[position] === COMMA) position = skipSpace(bytes, position + 1);
  }
  return members;
};

/** The elements of the array that begins at or after `offset`. */
export const scanElements = (bytes: Buffer, offset = 0): ByteRange[] => {
  const elements: ByteRange[] = [];
  let position = skipSpace(bytes, skipSpace(bytes, offset) + 1);
  while (bytes[position] !== CLOSE_BRACKET) {
    const end = skipValue(bytes, position);
    elements.push({ start: position, end });
    position = skipSpace(bytes, end);
    if (bytes[position] === COMMA) position = skipSpace(bytes, position + 1);
  }
  return elements;
};

/**
 * The bytes of the value of `key`; of equal keys the last counts, as in `JSON.parse`.
 * @throws RangeError when there is no such key: the caller has seen it in the parsed object.
 */
export const memberBytes = (bytes: Buffer, key: string): Buffer => {
  let position = skipSpace(bytes, skipSpace(bytes, 0) + 1);
  let found: [start: number, end: number] | undefined;
  while (bytes[position] !== CLOSE_BRACE) {
    const keyStart = position;
    const keyEnd = skipString(bytes, keyStart);
    const start = skipSpace(bytes, skipSpace(bytes, keyEnd) + 1);
    const end = skipValue(bytes, start);
    if (isKey(bytes, keyStart, keyEnd, key)) found = [start, end];
    position = skipSpace(bytes, end);
    if (bytes[position] === COMMA) position = skipSpace(bytes, position + 1);
  }
  if (found === undefined) throw new RangeError(`no member ${key}`);
  return bytes.subarray(...found);
};

/** New JSON text of a member, or `undefined` to take it away. */
export type MemberChanges = Readonly<Record<string, Uint8Array | string | undefined>>;

/**
 * The object with some members replaced, added at the end, or taken away. The rest keeps its bytes and its order; of
 * equal keys that are changed one is left.
 */
export const spliceMembers = (bytes: Buffer, changes: MemberChanges): Buffer => {
  const members = scanMembers(bytes);
  const last = new Map(members.map((member) => [member.key, member]));
  const kept = members.flatMap((member) => {
    if (!Object.hasOwn(changes, member.key)) return [bytes.subarray(member.keyStart, member.value.end)];
    const text = changes[member.key];
    if (text === undefined || last.get(member.key) !== member) return [];
    return [Buffer.concat([bytes.subarray(member.keyStart, member.value.start), toBuffer(text)])];
  });
  const added = Object.entries(changes).flatMap(([key, text]) =>
    text === undefined || last.has(key) ? [] : [Buffer.concat([toBuffer(`${JSON.stringify(key)}:`), toBuffer(text)])],
  );
  return Buffer.concat([OPEN_BYTES, ...separate([...kept, ...added]), CLOSE_BYTES]);
};

/** The array with the elements replaced that `change` gives new bytes for; undefined where it gives none. */
export const spliceElements = (
  bytes: Buffer,
  change: (element: Buffer, index: number) => Uint8Array | undefined,
): Buffer | undefined => {
  const pieces: Uint8Array[] = [];
  let position = 0;
  for (const [index, { start, end }] of scanElements(bytes).entries()) {
    const changed = change(bytes.subarray(start, end), index);
    if (changed === undefined) continue;
    pieces.push(bytes.subarray(position, start), changed);
    position = end;
  }
  return position === 0 ? undefined : Buffer.concat([...pieces, bytes.subarray(position)]);
};

const OPEN_BYTES = Buffer.from('{');
const CLOSE_BYTES = Buffer.from('}');
const COMMA_BYTES = Buffer.from(',');

const separate = (pieces: readonly Buffer[]): Buffer[] =>
  pieces.flatMap((piece, index) => (index === 0 ? [piece] : [COMMA_BYTES, piece]));

const toBuffer = (text: Uint8Array | string): Uint8Array => (typeof text === 'string' ? Buffer.from(text) : text);

const decodeKey = (bytes: Buffer, start: number, end: number): string => {
  const text = bytes.toString('utf8', start, end);
  return text.includes('\\') ? (JSON.parse(text) as string) : text.slice(1, -1);
};

/** Whether the string between the places is this key. One of ASCII letters is compared as it is, others are decoded. */
const isKey = (bytes: Buffer, start: number, end: number, key: string): boolean => {
  if (end - start - 2 < key.length) return false;
  let index = 0;
  while (index < key.length && isSame(bytes[start + 1 + index], key.charCodeAt(index))) index += 1;
  if (index === key.length && end - start - 2 === index) return true;
  const needsDecoding = bytes[start + 1 + index] === BACKSLASH || (bytes[start + 1 + index] as number) >= 0x80;
  return needsDecoding && decodeKey(bytes, start, end) === key;
};

const isSame = (byte: number | undefined, code: number): boolean => byte === code && code < 0x80;

const skipSpace = (bytes: Buffer, from: number): number => {
  let position = from;
  while (isSpace(bytes[position])) position += 1;
  return position;
};

const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** So many bytes of a string are looked at one by one before its end is searched for. */
const NEAR_BYTES = 32;

/** The position after the string whose opening quote stands at `from`. */
const skipString = (bytes: Buffer, from: number): number => {
  for (let at = from + 1; at < from + NEAR_BYTES && bytes[at] !== BACKSLASH; at += 1)
    if (bytes[at] === QUOTE) return at + 1;
  for (let quote = bytes.indexOf(QUOTE, from + 1); ; quote = bytes.indexOf(QUOTE, quote + 1)) {
    let backslashes = 0;
    while (bytes[quote - 1 - backslashes] === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return quote + 1;
  }
};

/** The position after the value that begins at `from`. */
const skipValue = (bytes: Buffer, from: number): number => {
  const first = bytes[from];
  if (first === QUOTE) return skipString(bytes, from);
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return skipNested(bytes, from);
  let position = from;
  while (!endsScalar(bytes[position])) position += 1;
  return position;
};

const endsScalar = (byte: number | undefined): boolean =>
  byte === undefined ||
  byte === COMMA ||
  byte === CLOSE_BRACE ||
  byte === CLOSE_BRACKET ||
  byte === COLON ||
  isSpace(byte);

const skipNested = (bytes: Buffer, from: number): number => {
  let depth = 0;
  let position = from;
  for (;;) {
    const byte = bytes[position];
    if (byte === QUOTE) {
      position = skipString(bytes, position);
      continue;
    }
    position += 1;
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth -= 1;
      if (depth === 0) return position;
    }
  }
};
