/*
 * Runs the official conformance suite through the hub, and writes docs/conformance.md.
 *
 *     node scripts/conformance.ts [--hub] [--client] [--direct] [--cell legacy:stdio:2025-11-25] [--scenario NAME] [--jobs 1]
 *
 * --hub      the hub in front of the fixture server, for each kind, transport and revision
 * --client   the hub between a client and the servers of the suite
 * --direct   the fixture server and the client without the hub
 * --cell     only these cells; `*` stands for any part, as in `legacy:*:2026-07-28`
 * --scenario only these scenarios
 * --jobs     how many runs go at once; default 1, because some scenarios measure time
 *
 * Without --hub, --client or --direct it does all. The page is written when all cells and scenarios of a part have run.
 * The exit code is 1 when a required scenario fails that test/conformance/baseline.yml does not name, or an entry there is stale.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { judge, readBaseline } from './conformance/baseline.ts';
import { matchesCell } from './conformance/cells.ts';
import { renderReport, renderScore } from './conformance/report.ts';
import { allRuns, type FinishedRun, finishRun, type Mode, type Run } from './conformance/runs.ts';
import { ROOT } from './conformance/suite.ts';

const PAGE = join(ROOT, 'docs/conformance.md');
const BASELINE = join(ROOT, 'test/conformance/baseline.yml');

const { values: flags } = parseArgs({
  options: {
    hub: { type: 'boolean', default: false },
    client: { type: 'boolean', default: false },
    direct: { type: 'boolean', default: false },
    cell: { type: 'string', multiple: true },
    scenario: { type: 'string', multiple: true },
    jobs: { type: 'string', default: '1' },
  },
});

const main = async (): Promise<number> => {
  const startedAt = performance.now();
  const baseline = readBaseline(BASELINE);
  const finished = await runInParallel(chosenRuns(), Number(flags.jobs));
  if (finished.length === 0) throw new Error('there is no such cell');
  if (flags.cell === undefined && flags.scenario === undefined) {
    const before = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '';
    writeFileSync(PAGE, renderReport(finished, baseline, before));
    print('\nwritten: docs/conformance.md');
  }
  const problems = judge(finished, baseline);
  print(`\n${finished.length} runs in ${seconds(performance.now() - startedAt)}`);
  for (const problem of problems) print(`error: ${problem}`);
  return problems.length === 0 ? 0 : 1;
};

const chosenRuns = (): readonly Run[] => {
  const modes = new Set<Mode>([
    ...(flags.hub ? (['hub'] as const) : []),
    ...(flags.client ? (['client'] as const) : []),
    ...(flags.direct ? (['direct', 'client-direct'] as const) : []),
  ]);
  return allRuns().filter(
    ({ mode, name }) =>
      (modes.size === 0 || modes.has(mode)) &&
      (flags.cell === undefined || flags.cell.some((pattern) => matchesCell(pattern, name))),
  );
};

/** In the order they were asked for, whichever ends first. */
const runInParallel = async (runs: readonly Run[], jobs: number): Promise<readonly FinishedRun[]> => {
  const waiting = [...runs.entries()];
  const finished: FinishedRun[] = [];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, run] = next;
      finished[index] = await finishRun(run, flags.scenario);
      printRun(finished[index]);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, jobs) }, work));
  return finished;
};

const printRun = ({ mode, name, results, durationMs }: FinishedRun): void => {
  print(`${mode.padEnd(13)} ${name.padEnd(24)} ${renderScore(results).padEnd(16)} ${seconds(durationMs)}`);
  for (const { scenario, hasPassed, isRequired, failures, warnings } of results) {
    const lines = [...failures, ...warnings.map((warning) => `(warning) ${warning}`)];
    if (!hasPassed || warnings.length > 0) print(`  ${scenario}${isRequired ? '' : ' (not scored)'}`);
    for (const line of lines) print(`    ${line}`);
  }
};

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
const print = (line: string): void => void process.stdout.write(`${line}\n`);

process.exitCode = await main();
