import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { matchesCell } from './cells.ts';
import { type FinishedRun, MODES, type Mode } from './runs.ts';

/** A failure that is known. */
export interface ExpectedFailure {
  readonly mode: Mode;
  /** The cell or revision, or a pattern of it such as `legacy:*:2026-07-28`. */
  readonly run: string;
  readonly scenario: string;
  readonly reason: string;
}

/**
 * Reads the list of known failures.
 * @throws Error for an entry that lacks something, or says it wrong
 */
export const readBaseline = (file: string): readonly ExpectedFailure[] => {
  const { expected } = parse(readFileSync(file, 'utf8')) as { expected: unknown };
  if (!Array.isArray(expected)) throw new Error(`${file}: expected is not a list`);
  for (const entry of expected as Partial<Record<keyof ExpectedFailure, unknown>>[]) {
    const { mode, run, scenario, reason } = entry;
    const isWhole = [run, scenario, reason].every((value) => typeof value === 'string' && value !== '');
    if (!isWhole || !MODES.includes(mode as Mode)) {
      throw new Error(
        `${file}: an entry needs mode (${MODES.join(', ')}), run, scenario and reason: ${JSON.stringify(entry)}`,
      );
    }
  }
  return expected as readonly ExpectedFailure[];
};

export const expectedFailure = (
  baseline: readonly ExpectedFailure[],
  { mode, name }: Pick<FinishedRun, 'mode' | 'name'>,
  scenario: string,
): ExpectedFailure | undefined =>
  baseline.find((entry) => entry.mode === mode && entry.scenario === scenario && matchesCell(entry.run, name));

/**
 * What makes a whole run fail, a sentence each: required scenarios that fail unexpectedly, and entries that are not true. A
 * scenario that is not scored may fail; an entry for it only tells why.
 */
export const judge = (runs: readonly FinishedRun[], baseline: readonly ExpectedFailure[]): readonly string[] =>
  runs.flatMap((run) =>
    run.results.flatMap(({ scenario, hasPassed, isRequired }) => {
      const isExpected = expectedFailure(baseline, run, scenario) !== undefined;
      const where = `${run.mode} ${run.name}: ${scenario}`;
      if (hasPassed) return isExpected ? [`${where} passes, and test/conformance/baseline.yml says it fails`] : [];
      return isRequired && !isExpected ? [`${where} fails`] : [];
    }),
  );
