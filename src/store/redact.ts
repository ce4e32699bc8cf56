import { createKeyTest } from './key-glob.ts';
import { isPlain, mayHaveSecretKey } from './plain-json.ts';
import { findSecrets, type SecretRules } from './secret-search.ts';
import { BACKSLASH, BEYOND_ASCII, createGlances, type Glance } from './text-glance.ts';
import { createNeedTest, createPatternSearch, parsePattern } from './text-patterns.ts';

/** Takes secrets out of what is about to be stored. */
export interface Redactor {
  /**
   * The beginning of a JSON text, with secrets replaced by `***`. Strings, objects and arrays go when their key matches a
   * glob; numbers, booleans and null stay. Text that matches a pattern goes wherever it stands. JSON inside strings is
   * looked into as well, however deep.
   * @param source the text or its beginning, in UTF-8 or as a string where it is ASCII; what lies beyond `maxBytes` helps to recognise a secret at the cut
   * @param maxBytes longest result, in UTF-8; it ends between two characters
   */
  json(source: Uint8Array | string, maxBytes: number): string;
  /**
   * The same of a text as it waited to be written, and whether its end is missing.
   * @param encoding what the text is: its characters, or one character for each byte of UTF-8
   */
  payload(text: string, encoding: 'utf8' | 'latin1', maxBytes: number): RedactedPayload;
  /** The first `maxChars` characters of a text for people, redacted likewise. */
  text(text: string, maxChars: number): string;
}

export interface RedactedPayload {
  readonly text: string;
  readonly isCut: boolean;
}

/**
 * Makes a redactor of the entries of `hub.log.redact`: `/regex/flags` is a pattern of text, everything else a glob of
 * keys, and `!glob` takes back what the globs before it have matched.
 * @throws SyntaxError when a pattern is no regular expression
 */
export const createRedactor = (entries: readonly string[]): Redactor => {
  const patterns = entries.flatMap((entry) => parsePattern(entry) ?? []);
  const rules: SecretRules = {
    findPatterns: createPatternSearch(patterns),
    isSecretKey: remembering(createKeyTest(entries.filter((entry) => parsePattern(entry) === undefined))),
  };
  const keysAlone: SecretRules = { ...rules, findPatterns: undefined };
  const mayMatch = createNeedTest(patterns);
  const glances = mayMatch?.glances ?? createGlances();
  /** Of a text that is plain it can be told at once that no pattern matches in it. */
  const rulesFor = (text: string, glance: Glance): SecretRules =>
    mayMatch === undefined || ((glance & BACKSLASH) !== 0 && !isPlain(text)) || mayMatch(text, glance)
      ? rules
      : keysAlone;
  const json = (text: string, limit: number, maxBytes: number, glance: Glance): string => {
    const rulesOfText = rulesFor(text, glance);
    const isClean = rulesOfText === keysAlone && !mayHaveSecretKey(text, rules.isSecretKey);
    const redacted = isClean ? text.slice(0, limit) : withoutSecrets(text, limit, rulesOfText, true);
    return cutToBytes(redacted, maxBytes);
  };
  const jsonOf = (source: Uint8Array | string, maxBytes: number): string => {
    const text = decode(source);
    const limit = source.length > maxBytes ? decode(beginningOf(source, maxBytes)).length : text.length;
    return json(text, limit, maxBytes, glances.of(text));
  };
  return {
    json: jsonOf,
    payload: (text, encoding, maxBytes) => {
      const glance = glances.of(text);
      if ((glance & BEYOND_ASCII) === 0) {
        const isCut = text.length > maxBytes;
        return { isCut, text: json(text, isCut ? maxBytes : text.length, maxBytes, glance) };
      }
      const bytes = Buffer.from(text, encoding);
      return { isCut: bytes.length > maxBytes, text: jsonOf(bytes, maxBytes) };
    },
    text: (text, maxChars) =>
      withoutSecrets(text, Math.min(text.length, maxChars), rulesFor(text, glances.of(text)), false).slice(0, maxChars),
  };
};

const MOST_REMEMBERED = 5000;
const LONGEST_REMEMBERED_CHARS = 64;

/** The same keys come again and again. */
const remembering = (test: (key: string) => boolean): ((key: string) => boolean) => {
  const answers = new Map<string, boolean>();
  return (key) => {
    const known = answers.get(key);
    if (known !== undefined) return known;
    const answer = test(key);
    if (answers.size >= MOST_REMEMBERED) answers.clear();
    if (key.length <= LONGEST_REMEMBERED_CHARS) answers.set(key, answer);
    return answer;
  };
};

/** Gives the source up to `limit`; a secret that reaches across the limit is replaced whole. */
const withoutSecrets = (source: string, limit: number, rules: SecretRules, isJson: boolean): string => {
  let result = '';
  let position = 0;
  for (const { start, end, text } of findSecrets(source, rules, isJson)) {
    if (start >= limit) break;
    if (start >= position) result += source.slice(position, start) + text;
    position = Math.max(position, end);
  }
  return result + source.slice(position, Math.max(position, limit));
};

/** A character that is cut off at the end is left out. */
const decode = (source: Uint8Array | string): string =>
  typeof source === 'string' ? source : new TextDecoder('utf-8', { ignoreBOM: true }).decode(source, { stream: true });

const beginningOf = (source: Uint8Array | string, maxBytes: number): Uint8Array | string =>
  typeof source === 'string' ? source.slice(0, maxBytes) : source.subarray(0, maxBytes);

/** What a unit of a string takes at most in UTF-8. */
const MOST_BYTES_PER_UNIT = 3;

const cutToBytes = (text: string, maxBytes: number): string =>
  text.length * MOST_BYTES_PER_UNIT <= maxBytes || Buffer.byteLength(text) <= maxBytes
    ? text
    : decode(Buffer.from(text).subarray(0, maxBytes));
