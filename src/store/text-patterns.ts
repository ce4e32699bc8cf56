import { neededTexts } from './needed-texts.ts';
import { createGlances, type Glance, type Glances } from './text-glance.ts';

/** A part of a text that a pattern matches. */
export interface TextMatch {
  readonly start: number;
  readonly length: number;
}

/** The regular expression of an entry such as `/gh[pousr]_\w{36}/i`; undefined where the entry is none. @throws SyntaxError */
export const parsePattern = (entry: string): RegExp | undefined => {
  const [, source, flags] = /^\/(.+)\/([a-z]*)$/s.exec(entry) ?? [];
  return source === undefined ? undefined : new RegExp(source, `${flags?.replace(/[gy]/g, '')}g`);
};

/** Makes a search that gives every part of a text that one of the patterns matches, empty parts left out. */
export const createPatternSearch = (patterns: readonly RegExp[]): ((text: string) => TextMatch[]) => {
  const groups = groupByFlags(patterns);
  const mayMatch = createNeedTest(patterns);
  return (text) => {
    const found: TextMatch[] = [];
    if (text.length >= LONG_CHARS && mayMatch?.(text) === false) return found;
    for (const { any, each } of groups) {
      if (any === undefined || any.test(text)) for (const pattern of each) findAll(pattern, text, found);
    }
    return found;
  };
};

/** In a shorter text the patterns are as fast as the search for what they need. */
const LONG_CHARS = 200;

/** Tells of a text, or of any part of it, whether one of some patterns may match in it. */
export interface NeedTest {
  /** @param glance what `glances` say of the text; default: they are asked */
  (text: string, glance?: Glance): boolean;
  readonly glances: Glances;
}

/** Makes a test whether a text has what the patterns need. Undefined where that is not known of every pattern. */
export const createNeedTest = (patterns: readonly RegExp[]): NeedTest | undefined => {
  const needed = patterns.map(neededTexts);
  const isKnown = needed.every((each) => each !== undefined);
  if (!isKnown) return undefined;
  const glances = createGlances();
  const wanted = needed.flatMap(({ texts, ignoresCase }) =>
    texts.map((text) => ({
      text: ignoresCase ? text.toLowerCase() : text,
      bits: glances.neededFor(text, ignoresCase),
      ignoresCase,
    })),
  );
  const mayMatch = (text: string, glance: Glance = glances.of(text)): boolean => {
    let lower: string | undefined;
    for (const { text: each, bits, ignoresCase } of wanted) {
      if ((glance & bits) !== bits) continue;
      if (ignoresCase) lower ??= text.toLowerCase();
      if ((ignoresCase ? (lower as string) : text).includes(each)) return true;
    }
    return false;
  };
  return Object.assign(mayMatch, { glances });
};

interface PatternGroup {
  /** Matches where one of the patterns does: most texts need this one look. Undefined where there can be no such pattern. */
  readonly any: RegExp | undefined;
  readonly each: readonly RegExp[];
}

const groupByFlags = (patterns: readonly RegExp[]): PatternGroup[] => {
  const byFlags = Map.groupBy(patterns, ({ source, flags }) => (canBeJoined(source) ? flags : `${flags} alone`));
  return [...byFlags.entries()].map(([flags, each]) => ({ any: joined(flags, each), each }));
};

/** Groups with names and references to groups mean something else beside other patterns. */
const canBeJoined = (source: string): boolean => !/\\[1-9k]|\(\?</.test(source.replaceAll(/\(\?<[=!]/g, ''));

const joined = (flags: string, patterns: readonly RegExp[]): RegExp | undefined => {
  if (flags.endsWith(' alone')) return undefined;
  return new RegExp(patterns.map(({ source }) => `(?:${source})`).join('|'), flags.replace('g', ''));
};

const findAll = (pattern: RegExp, text: string, found: TextMatch[]): void => {
  for (const match of text.matchAll(pattern)) {
    if (match[0] !== '') found.push({ start: match.index, length: match[0].length });
  }
};
