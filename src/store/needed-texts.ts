/** One of these texts stands in all that a pattern matches; upper and lower case are the same where it ignores them. */
export interface NeededTexts {
  readonly texts: readonly string[];
  readonly ignoresCase: boolean;
}

/**
 * What a text needs to have for a pattern to match in it, as far as it can be told at sight: the longest run of plain
 * characters that is neither optional nor one of several, or a first group of plain alternatives. Looking for it takes a small part of the time of the
 * pattern. Undefined where nothing can be told.
 */
export const neededTexts = ({ source, flags }: RegExp): NeededTexts | undefined => {
  if (/[uv]/.test(flags) || NUMBERED.test(source) || HARD.test(source.replaceAll(CLASS_OR_ESCAPE, '')))
    return undefined;
  const run = longestRun(source);
  const texts = ALTERNATIVES.exec(source)?.[1]?.split('|') ?? (run.length < FEWEST_CHARACTERS ? [] : [run]);
  return texts.length === 0 ? undefined : { texts, ignoresCase: flags.includes('i') };
};

/** Escapes that go on behind their letter, as a number does: what follows stands for no text. Before them stands no backslash, or two and two. */
const NUMBERED = /(?<!\\)(?:\\\\)*\\[0xucpP]/;

/** Groups in groups, and references to groups, are not looked into. */
const HARD = /\([^)]*\(|\\[1-9k]/;
const CLASS_OR_ESCAPE = /\[(?:\\.|[^\]\\])*\]|\\[^1-9k]/g;

/** A group of plain words at the beginning, which has to be there. */
const ALTERNATIVES = /^(?:\\b)?\(\?:([A-Za-z0-9_-]+(?:\|[A-Za-z0-9_-]+)+)\)(?![?*{+]|.*\|)/s;

/** A part of a pattern: a group, a class, a count, an escape, or one character. */
const PART = /\\.|\[(?:\\.|[^\]\\])*\]|\((?:\\.|\[(?:\\.|[^\]\\])*\]|[^()[\]\\])*\)|\{[^}]*\}|./gs;
const REPEATED = /^[?*+{]/;
const PLAIN = /^(?:[A-Za-z0-9_@:#%&=,;<>!~/ -]|\\[-/.@:_])$/;
/** What stands in such a group has to be there. */
const LOOKED_INTO = /^\((?:\?(?::|=|<=))?(?!\?)/;

/** A shorter text stands nearly everywhere. */
const FEWEST_CHARACTERS = 2;

const longestRun = (source: string): string => {
  const parts = source.match(PART) ?? [];
  if (parts.some((part) => part === '|' || part === '(' || part === '[')) return '';
  let best = '';
  let run = '';
  for (const [index, part] of parts.entries()) {
    const isOptional = REPEATED.test(parts[index + 1] ?? '');
    const isGroup = part.length > 1 && LOOKED_INTO.test(part);
    run = PLAIN.test(part) && !isOptional ? run + part.replace('\\', '') : '';
    const found = isGroup && !isOptional ? longestRun(part.replace(LOOKED_INTO, '').slice(0, -1)) : run;
    if (found.length > best.length) best = found;
  }
  return best;
};
