import type { ConfigProblem } from './hub-config.ts';
import { formatPath } from './key-path.ts';
import type { KeyPath, ParsedText } from './parse-text.ts';

export interface Report {
  readonly severity: ConfigProblem['severity'];
  readonly path: KeyPath;
  /** What is wrong and what to do. Begins with the path unless `isWhole`. */
  readonly message: string;
  readonly upstream?: string;
  /** Whether `message` is a sentence of its own. */
  readonly isWhole?: boolean;
}

/** Collects what is wrong with one file, each with its place. */
export interface ProblemList {
  readonly report: (report: Report) => void;
  readonly add: (problem: ConfigProblem) => void;
  /** In the order of the file. */
  readonly all: () => readonly ConfigProblem[];
}

export const createProblemList = (parsed: ParsedText | undefined): ProblemList => {
  const problems: ConfigProblem[] = (parsed?.problems ?? []).slice(0, MAX_PROBLEMS);
  let untold = 0;
  return {
    add: (problem) => void problems.push(problem),
    report: ({ severity, path, message, upstream, isWhole = false }) => {
      if (problems.length >= MAX_PROBLEMS && severity !== 'error') {
        untold++;
        return;
      }
      const place = parsed?.placeOf(path);
      problems.push({
        severity,
        message: isWhole || path.length === 0 ? message : `${formatPath(path)} ${message}`,
        path: formatPath(path),
        ...(place && { place }),
        ...(upstream !== undefined && { upstream }),
      });
    },
    all: () => [...problems.toSorted(byPlace), ...(untold > 0 ? [andMore(untold)] : [])],
  };
};

/** Nobody reads more, and each costs a search for its place. */
const MAX_PROBLEMS = 200;

const andMore = (count: number): ConfigProblem => ({
  severity: 'warning',
  message: `there are ${count} more; correct these first`,
  path: '',
});

const byPlace = (a: ConfigProblem, b: ConfigProblem): number =>
  (a.place?.line ?? 0) - (b.place?.line ?? 0) || (a.place?.column ?? 0) - (b.place?.column ?? 0);
