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
 * Makes a test of whether everything that one glob matches is matched by another too. False where it cannot be told: only
 * stars and braces of the narrower one are understood.
 */
export const createCoverTest = (): ((wide: string, narrow: string) => boolean) => {
  const samples = remember((narrow: string) => expand(narrow).flatMap(samplesOf));
  const matcher = remember(compile);
  return (wide, narrow) => {
    if (wide === '*' || wide === '**' || wide === narrow) return true;
    const names = samples(narrow);
    return names.length > 0 && names.every(matcher(wide));
  };
};

const compile = (glob: string): ((name: string) => boolean) => {
  try {
    const matches = micromatch.matcher(glob, OPTIONS);
    // It takes a second argument, which `every` would give it.
    return (name) => matches(name);
  } catch {
    return () => false;
  }
};

const remember = <T>(compute: (glob: string) => T): ((glob: string) => T) => {
  const known = new Map<string, T>();
  return (glob) => {
    const value = known.has(glob) ? (known.get(glob) as T) : compute(glob);
    known.set(glob, value);
    return value;
  };
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
