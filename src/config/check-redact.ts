import { expandRedact } from './default-redact.ts';
import type { ProblemList } from './problem-list.ts';

/** The list of `hub.log.redact`, written out, without patterns that are no regular expressions; each of those is told. */
export const checkRedact = (list: readonly string[], problems: ProblemList): readonly string[] =>
  expandRedact(list).filter((entry) => {
    const [, source, flags] = /^\/(.+)\/([a-z]*)$/s.exec(entry) ?? [];
    if (source === undefined) return true;
    try {
      new RegExp(source, flags);
      return true;
    } catch (error) {
      const path = ['hub', 'log', 'redact', list.indexOf(entry)];
      const reason = error instanceof Error ? error.message : String(error);
      problems.report({ severity: 'skipped', path, message: `is left out: ${reason}` });
      return false;
    }
  });
