import { createKeyTest } from './key-glob.ts';
import { isPlain, mayHaveSecretKey } from './plain-json.ts';
import { findSecrets, type SecretRules } from './secret-search.ts';
import { BACKSLASH, BEYOND_ASCII, createGlances, type Glance } from './text-glance.ts';
import { createNeedTest, createPatternSearch, parsePattern } from './text-patterns.ts';

/** Takes secrets out of what is about to be stored. */
export interface Redactor {
  /**
   * The beginning of a JSON text, with secrets replaced by `***`, and whether its end is missing. Strings, objects and
   * arrays go when their key matches a glob; numbers, booleans and null stay. Text that matches a pattern goes wherever it
   * stands. JSON inside strings is looked into as well, however deep.
   * @param text the text or its beginning; what lies beyond `maxBytes` helps to recognise a secret at the cut
   * @param encoding what the text is: its characters, or one character for each byte of UTF-8
   * @param maxBytes longest result, in UTF-8; it ends between two characters
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
  return {
    payload: (text, encoding, maxBytes) => {
      const glance = glances.of(text);
      if ((glance & BEYOND_ASCII) === 0) {
        const isCut = text.length > maxBytes;
        return { isCut, text: json(text, isCut ? maxBytes : text.length, maxBytes, glance) };
      }
      const bytes = Buffer.from(text, encoding);
      const isCut = bytes.length > maxBytes;
      const whole = decode(bytes);
      const limit = isCut ? decode(bytes.subarray(0, maxBytes)).length : whole.length;
      return { isCut, text: json(whole, limit, maxBytes, glances.of(whole)) };
    },
    text: (text, maxChars) =>
      withoutSecrets(text, Math.min(text.length, maxChars), rulesFor(text, glances.of(text)), false).slice(0, maxChars),
  };
};

const MOST_REMEMBERED = 5000;
const LONGEST_REMEMBERED_CHARS = 64;

/** The same keys come again and again. What is remembered is a copy, since a key is a slice that keeps its whole text in memory. */
const remembering = (test: (key: string) => boolean): ((key: string) => boolean) => {
  const answers = new Map<string, boolean>();
  return (key) => {
    const known = answers.get(key);
    if (known !== undefined) return known;
    const answer = test(key);
    if (answers.size >= MOST_REMEMBERED) answers.clear();
    if (key.length <= LONGEST_REMEMBERED_CHARS) answers.set(structuredClone(key), answer);
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
const decode = (source: Uint8Array): string =>
  new TextDecoder('utf-8', { ignoreBOM: true }).decode(source, { stream: true });

/** What a unit of a string takes at most in UTF-8. */
const MOST_BYTES_PER_UNIT = 3;

const cutToBytes = (text: string, maxBytes: number): string =>
  text.length * MOST_BYTES_PER_UNIT <= maxBytes || Buffer.byteLength(text) <= maxBytes
    ? text
    : decode(Buffer.from(text).subarray(0, maxBytes));
