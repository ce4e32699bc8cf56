import micromatch from 'micromatch';

export interface NameFilterRow {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

/** Compiles `include` and `exclude` globs. Each name is judged once and remembered. An empty `include` lets everything in. */
export const compileNameFilter = ({ include, exclude }: NameFilterRow): ((name: string) => boolean) => {
  if (include.length === 0 && exclude.length === 0) return () => true;
  const verdicts = new Map<string, boolean>();
  return (name) => {
    const known = verdicts.get(name);
    if (known !== undefined) return known;
    const isOffered = (include.length === 0 || matchesGlob(name, include)) && !matchesGlob(name, exclude);
    if (verdicts.size < MAX_VERDICTS) verdicts.set(name, isOffered);
    return isOffered;
  };
};

const MAX_VERDICTS = 10_000;

/**
 * Whether a name or URI matches one of the globs. `*` matches any characters, dots included; `/` only where the glob is
 * for it, except that `*` alone matches everything. Case counts.
 */
export const matchesGlob = (name: string, globs: readonly string[]): boolean =>
  globs.includes('*') || micromatch.isMatch(name, [...globs], { dot: true, bash: true });
