import micromatch from 'micromatch';

/** The way in which the router reads globs: dots are letters, and a star crosses slashes. */
const OPTIONS = { dot: true, bash: true } as const;

/** Why a glob can match nothing, as the end of a sentence; undefined for a good one. */
export const globFault = (glob: string): string | undefined => {
  try {
    const pattern = micromatch.makeRe(glob, { ...OPTIONS, strictBrackets: true }) as RegExp | false | null;
    // What micromatch compiles a glob to that it can make nothing of.
    return !pattern || pattern.source === '$^' ? 'can match nothing' : undefined;
  } catch (error) {
    return `is not a glob: ${error instanceof Error ? lowerFirst(error.message) : String(error)}`;
  }
};

/**
 * Whether everything that `narrow` matches is matched by `wide` too. False where it cannot be told: only stars and braces
 * of `narrow` are understood.
 */
export const covers = (wide: string, narrow: string): boolean => {
  if (wide === '*' || wide === '**' || wide === narrow) return true;
  const alternatives = expand(narrow);
  return (
    alternatives.length > 0 && alternatives.every((plain) => samplesOf(plain).every((name) => matches(name, wide)))
  );
};

const matches = (name: string, glob: string): boolean => {
  try {
    return micromatch.isMatch(name, [glob], OPTIONS);
  } catch {
    return false;
  }
};

/** Braces written out; nothing where there are too many, or something else than stars is left. */
const expand = (glob: string): readonly string[] => {
  try {
    const plain = micromatch.braces(glob, { expand: true });
    return plain.some((alternative) => /[?[\](){}!+@|\\]/.test(alternative)) ? [] : plain;
  } catch {
    return [];
  }
};

/** Names that stand for all that a glob with stars matches: letters that no glob will name go in for each star. */
const samplesOf = (glob: string): readonly string[] =>
  ['', 'zq7', 'zq7/.zq7'].map((filler) => glob.replaceAll(/\*+/g, filler)).filter((name) => name !== '');

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
