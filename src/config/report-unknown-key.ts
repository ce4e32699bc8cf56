import type { CheckOptions } from './check-settings.ts';
import type { KeyPath } from './parse-text.ts';
import { didYouMean } from './problem-sentences.ts';

/** Tells of a key that is no setting. `path` is below the value that is checked, `known` what the key could have been. */
export const reportUnknownKey = (
  { problems, path: above, upstream }: Pick<CheckOptions, 'problems' | 'path' | 'upstream'>,
  path: KeyPath,
  known: readonly string[],
): void =>
  problems.report({
    severity: 'warning',
    path: [...above, ...path],
    message: `is not a setting of the hub and is ignored${didYouMean(path.at(-1), known)}`,
    ...(upstream !== undefined && { upstream }),
  });
