import { type Excerpt, endOfGroup, endOfString, isClosed, placeOf, startOfValue, unescaped } from './json-scan.ts';
import { createKeyTest } from './key-glob.ts';

/** Takes secrets out of what is about to be stored. */
export interface Redactor {
  /**
   * The beginning of a JSON text, with secrets replaced by `***`. Strings, objects and arrays go when their key matches a
   * glob; numbers, booleans and null stay. Text that matches a pattern goes wherever it stands. JSON inside strings is
   * looked into as well, however deep.
   * @param bytes the text or its beginning in UTF-8; what lies beyond `maxBytes` helps to recognise a secret at the cut
   * @param maxBytes longest result, in UTF-8; it ends between two characters
   */
  json(bytes: Uint8Array, maxBytes: number): string;
  /** The first `maxChars` characters of a text for people, redacted likewise. */
  text(text: string, maxChars: number): string;
}

/**
 * Makes a redactor of the entries of `hub.log.redact`: `/regex/flags` is a pattern of text, everything else a glob of
 * keys, and `!glob` takes back what the globs before it have matched.
 * @throws SyntaxError when a pattern is no regular expression
 */
export const createRedactor = (entries: readonly string[]): Redactor => {
  const patterns = entries.flatMap((entry) => parsePattern(entry) ?? []);
  const isSecretKey = createKeyTest(entries.filter((entry) => parsePattern(entry) === undefined));
  const rules: Rules = { patterns, isSecretKey };
  return {
    json: (bytes, maxBytes) => {
      const text = decode(bytes);
      const limit = bytes.length > maxBytes ? decode(bytes.subarray(0, maxBytes)).length : text.length;
      return cutToBytes(withoutSecrets(text, limit, rules, true), maxBytes);
    },
    text: (text, maxChars) => withoutSecrets(text, Math.min(text.length, maxChars), rules, false).slice(0, maxChars),
  };
};

/** What stands in the place of a secret. */
const MASK = '***';

interface Rules {
  readonly patterns: readonly RegExp[];
  readonly isSecretKey: (key: string) => boolean;
}

/** What stands in the source from `start` to before `end` gives way to `text`. */
interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const parsePattern = (entry: string): RegExp | undefined => {
  const [, source, flags] = /^\/(.+)\/([a-z]*)$/s.exec(entry) ?? [];
  return source === undefined ? undefined : new RegExp(source, `${flags?.replace(/[gy]/g, '')}g`);
};

/** Gives the source up to `limit`; a secret that reaches across the limit is replaced whole. */
const withoutSecrets = (source: string, limit: number, rules: Rules, isJson: boolean): string => {
  const found: Replacement[] = [];
  const excerpt: Excerpt = { text: source, base: 0, layer: 0 };
  if (isJson) searchJson(excerpt, rules, found);
  else searchText(excerpt, rules, found);
  found.sort((one, other) => one.start - other.start || other.end - one.end);
  let result = '';
  let position = 0;
  for (const { start, end, text } of found) {
    if (start >= limit) break;
    if (start >= position) result += source.slice(position, start) + text;
    position = Math.max(position, end);
  }
  return result + source.slice(position, Math.max(position, limit));
};

/** Layers of escapes that are looked through; the eighth alone takes 255 backslashes for a quote. */
const MAX_LAYERS = 8;

/**
 * Every string is searched on its own, and so is what stands between two strings: a greedy pattern ends with the string
 * in which it began. A match in the whole text counts where it begins outside of strings, such as `/"pin": ?"\d+"/`.
 */
const searchJson = (excerpt: Excerpt, rules: Rules, found: Replacement[]): void => {
  const { text } = excerpt;
  const isInside = new Uint8Array(text.length);
  let between = 0;
  for (let start = text.indexOf('"'); start >= 0; start = text.indexOf('"', between)) {
    searchPatterns(excerpt, between, start, rules, quoted(excerpt), found);
    const end = endOfString(text, start);
    isInside.fill(1, start + 1, end);
    between = replaceSecretOf(excerpt, start, end, rules, found) ?? end;
    if (between === end) searchText(insideOf(excerpt, start, end), rules, found);
    isInside.fill(1, end, between);
  }
  searchPatterns(excerpt, between, text.length, rules, quoted(excerpt), found);
  searchPatterns(excerpt, 0, text.length, rules, MASK, found, (start) => isInside[start] === 0);
};

/** Text of any kind, JSON or prose with JSON in it; the quotes of prose need not come in pairs. */
const searchText = (excerpt: Excerpt, rules: Rules, found: Replacement[]): void => {
  const { text, layer } = excerpt;
  if (layer > MAX_LAYERS) return;
  if (isWholeJson(text)) {
    searchJson(excerpt, rules, found);
    return;
  }
  searchPatterns(excerpt, 0, text.length, rules, MASK, found);
  for (let start = text.indexOf('"'); start >= 0; ) {
    const end = endOfString(text, start);
    const valueEnd = replaceSecretOf(excerpt, start, end, rules, found);
    start = text.indexOf('"', valueEnd ?? Math.max(start + 1, end - 1));
  }
  if (text.includes('\\')) searchDeeper(excerpt, rules, found);
};

const searchDeeper = (excerpt: Excerpt, rules: Rules, found: Replacement[]): void => {
  const deeper = unescaped(excerpt, 0, excerpt.text.length);
  if (deeper.text.length < excerpt.text.length) searchText(deeper, rules, found);
};

const searchPatterns = (
  excerpt: Excerpt,
  start: number,
  end: number,
  rules: Rules,
  mask: string,
  found: Replacement[],
  counts: (start: number) => boolean = () => true,
): void => {
  if (start >= end) return;
  for (const pattern of rules.patterns) {
    for (const match of excerpt.text.slice(start, end).matchAll(pattern)) {
      const place = start + match.index;
      if (match[0] !== '' && counts(place)) found.push(replacement(excerpt, place, match[0].length, mask));
    }
  }
};

/** Replaces the value of a string that turns out to be the key of a secret, and gives the value's end. */
const replaceSecretOf = (
  excerpt: Excerpt,
  start: number,
  end: number,
  rules: Rules,
  found: Replacement[],
): number | undefined => {
  const value = isClosed(excerpt.text, start, end) ? startOfValue(excerpt.text, end) : undefined;
  if (value === undefined || !rules.isSecretKey(insideOf(excerpt, start, end).text)) return undefined;
  return replaceValue(excerpt, value, found);
};

const insideOf = (excerpt: Excerpt, start: number, end: number): Excerpt =>
  unescaped(excerpt, start + 1, isClosed(excerpt.text, start, end) ? end - 1 : end);

/** Replaces the string, object or array that begins at `start`, and gives its end; undefined where it is none of these. */
const replaceValue = (excerpt: Excerpt, start: number, found: Replacement[]): number | undefined => {
  const { text } = excerpt;
  if (text[start] === '"') {
    const end = endOfString(text, start);
    const length = (isClosed(text, start, end) ? end - 1 : end) - start - 1;
    if (length > 0) found.push(replacement(excerpt, start + 1, length, MASK));
    return end;
  }
  if (text[start] !== '{' && text[start] !== '[') return undefined;
  const end = endOfGroup(text, start);
  found.push(replacement(excerpt, start, end - start, quoted(excerpt)));
  return end;
};

/** The mask as a string of JSON, with its quotes escaped as they must be where the excerpt was taken from. */
const quoted = ({ layer }: Excerpt): string => {
  const quote = `${'\\'.repeat(2 ** layer - 1)}"`;
  return quote + MASK + quote;
};

const replacement = (excerpt: Excerpt, start: number, length: number, text: string): Replacement => ({
  start: placeOf(excerpt, start),
  end: placeOf(excerpt, start + length),
  text,
});

const isWholeJson = (text: string): boolean => {
  if (!/^\s*[{[]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/** A character that is cut off at the end is left out. */
const decode = (bytes: Uint8Array): string =>
  new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes, { stream: true });

const cutToBytes = (text: string, maxBytes: number): string =>
  Buffer.byteLength(text) <= maxBytes ? text : decode(Buffer.from(text).subarray(0, maxBytes));
