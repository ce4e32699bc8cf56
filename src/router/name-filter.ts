import micromatch from 'micromatch';

export interface NameFilterRow {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

/**
 * Compiles `include` and `exclude` globs. Each name is judged once and remembered. An empty `include` lets everything in;
 * where there is any glob, a name that is too long to be matched stays out.
 */
export const compileNameFilter = ({ include, exclude }: NameFilterRow): ((name: string) => boolean) => {
  if (include.length === 0 && exclude.length === 0) return () => true;
  const verdicts = new Map<string, boolean>();
  return (name) => {
    if (name.length > MAX_NAME_LENGTH) return false;
    const known = verdicts.get(name);
    if (known !== undefined) return known;
    const isOffered = (include.length === 0 || matchesGlob(name, include)) && !matchesGlob(name, exclude);
    if (verdicts.size < MAX_VERDICTS) verdicts.set(name, isOffered);
    return isOffered;
  };
};

const MAX_VERDICTS = 10_000;

/** Names come from others, and a glob with several `*` takes time that grows with a power of their length. */
export const MAX_NAME_LENGTH = 1024;

/**
 * Whether a name or URI matches one of the globs. `*` matches any characters, dots and line ends included; `/` only where
 * the glob is for it, except that `*` alone matches everything. Case counts. A name of more than 1,024 characters matches
 * `*` alone.
 */
export const matchesGlob = (name: string, globs: readonly string[]): boolean =>
  globs.includes('*') ||
  (name.length <= MAX_NAME_LENGTH &&
    micromatch.isMatch(name.replaceAll(LINE_END, ' '), [...globs], { dot: true, bash: true }));

/** The expressions that globs become stop at the end of a line, and a name could leave a filter that way. */
const LINE_END = /[\n\r\u2028\u2029]/g;
