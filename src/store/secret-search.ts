import { type Excerpt, endOfGroup, endOfString, isClosed, placeOf, startOfValue, unescaped } from './json-scan.ts';
import type { TextMatch } from './text-patterns.ts';

/** What stands in the place of a secret. */
const MASK = '***';

/** How secrets are known. */
export interface SecretRules {
  /** The parts of a text that are secret wherever they stand; undefined where there are none. */
  readonly findPatterns: ((text: string) => TextMatch[]) | undefined;
  /** Whether what stands under a key is secret. */
  readonly isSecretKey: (key: string) => boolean;
}

/** What stands in the source from `start` to before `end` gives way to `text`. */
export interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

interface Search {
  readonly rules: SecretRules;
  readonly found: Replacement[];
}

/** Finds what is secret in a JSON text, or in a text for people; in the order of the places, and they may overlap. */
export const findSecrets = (source: string, rules: SecretRules, isJson: boolean): readonly Replacement[] => {
  const search: Search = { rules, found: [] };
  const excerpt: Excerpt = { text: source, base: 0, layer: 0 };
  if (isJson) searchJson(excerpt, search);
  else searchText(excerpt, search);
  return search.found.sort((one, other) => one.start - other.start || other.end - one.end);
};

/** Layers of escapes that are looked through; the eighth alone takes 255 backslashes for a quote. */
const MAX_LAYERS = 8;

/**
 * Every string is searched on its own, and so is what stands between two strings: a greedy pattern ends with the string
 * in which it began. A match in the whole text counts where it begins outside of strings, such as `/"pin": ?"\d+"/`.
 */
const searchJson = (excerpt: Excerpt, search: Search): void => {
  const { text } = excerpt;
  const isInside = new Uint8Array(search.rules.findPatterns === undefined ? 0 : text.length);
  let between = 0;
  for (let start = text.indexOf('"'); start >= 0; start = text.indexOf('"', between)) {
    searchPatterns(excerpt, between, start, quoted(excerpt), search);
    const end = endOfString(text, start);
    isInside.fill(1, start + 1, end);
    between = replaceSecretOf(excerpt, start, end, search) ?? end;
    if (between === end) searchText(insideOf(excerpt, start, end), search);
    isInside.fill(1, end, between);
  }
  searchPatterns(excerpt, between, text.length, quoted(excerpt), search);
  searchPatterns(excerpt, 0, text.length, MASK, search, (start) => isInside[start] === 0);
};

/** Text of any kind, JSON or prose with JSON in it; the quotes of prose need not come in pairs. */
const searchText = (excerpt: Excerpt, search: Search): void => {
  const { text, layer } = excerpt;
  if (layer > MAX_LAYERS) return;
  if (isWholeJson(text)) {
    searchJson(excerpt, search);
    return;
  }
  searchPatterns(excerpt, 0, text.length, MASK, search);
  for (let start = text.indexOf('"'); start >= 0; ) {
    const end = endOfString(text, start);
    const valueEnd = replaceSecretOf(excerpt, start, end, search);
    start = text.indexOf('"', valueEnd ?? Math.max(start + 1, end - 1));
  }
  if (text.includes('\\')) searchDeeper(excerpt, search);
};

const searchDeeper = (excerpt: Excerpt, search: Search): void => {
  const deeper = unescaped(excerpt, 0, excerpt.text.length);
  if (deeper.text.length < excerpt.text.length) searchText(deeper, search);
};

const searchPatterns = (
  excerpt: Excerpt,
  start: number,
  end: number,
  mask: string,
  { rules, found }: Search,
  counts: (start: number) => boolean = () => true,
): void => {
  if (start >= end || rules.findPatterns === undefined) return;
  for (const match of rules.findPatterns(excerpt.text.slice(start, end))) {
    const place = start + match.start;
    if (counts(place)) found.push(replacement(excerpt, place, match.length, mask));
  }
};

/** Replaces the value of a string that turns out to be the key of a secret, and gives the value's end. */
const replaceSecretOf = (
  excerpt: Excerpt,
  start: number,
  end: number,
  { rules, found }: Search,
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
