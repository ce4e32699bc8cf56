/** One import of a module, written as `import`, `export ... from` or `import()`. */
export interface ImportFound {
  /** What is imported; `undefined` where an `import()` computes it. */
  readonly specifier: string | undefined;
  readonly isTypeOnly: boolean;
}

const STATIC = /^\s*(?:import|export)\s+(?<type>type\s)?(?:[^;'"()=`]*?\sfrom\s+)?'(?<specifier>[^']+)'/gm;
const DYNAMIC = /(?<typeof>typeof\s+)?\bimport\(\s*(?:'(?<specifier>[^']+)'\s*\))?/g;
const COMMENTS = /^\s*\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm;

/**
 * Finds every import of a source file. It relies on what the formatter guarantees: single quotes, and statements that begin
 * a line. A comment that begins a line is no code.
 */
export const findImports = (source: string): ImportFound[] => {
  const code = source.replace(COMMENTS, '');
  const statics = [...code.matchAll(STATIC)].map(({ groups }) => ({
    specifier: groups?.['specifier'],
    isTypeOnly: groups?.['type'] !== undefined,
  }));
  const dynamics = [...code.matchAll(DYNAMIC)].map(({ groups }) => ({
    specifier: groups?.['specifier'],
    isTypeOnly: groups?.['typeof'] !== undefined,
  }));
  return [...statics, ...dynamics];
};
