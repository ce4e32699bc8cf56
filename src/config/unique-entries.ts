import type { ProblemList } from './problem-list.ts';
import type { ServerEntry } from './server-entries.ts';

/** The entries whose names can be names, each name once; the others are told. */
export const uniqueEntries = (entries: readonly ServerEntry[], problems: ProblemList): readonly ServerEntry[] => {
  const seen = new Map<string, string>();
  return entries.filter((entry) => {
    const { name, path } = entry;
    const skip = (why: string): false => {
      problems.report({ severity: 'skipped', path, upstream: name, message: why, isWhole: true });
      return false;
    };
    if (name.trim() === '') return skip('a server is left out: it has no name');
    if (/\p{Cc}/u.test(name))
      return skip(`server ${JSON.stringify(name)} is left out: its name has control characters`);
    const twin = seen.get(name.toLowerCase());
    if (twin === name) return skip(`server "${name}" is left out: it is given twice; the first counts`);
    if (twin !== undefined) {
      const message = `the names "${twin}" and "${name}" differ only in upper and lower case; rename one`;
      problems.report({ severity: 'warning', path, upstream: name, message, isWhole: true });
    }
    seen.set(name.toLowerCase(), name);
    return true;
  });
};
