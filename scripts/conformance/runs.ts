import { relative } from 'node:path';
import { type Cell, cellName, DIRECT_CELLS, HUB_CELLS, REVISIONS, type Revision } from './cells.ts';
import { startFixture, startHub } from './programs.ts';
import { ROOT, runClientSuite, runServerSuite, type ScenarioResult } from './suite.ts';

/** What is tested: the hub in front of the fixture, the fixture alone, or the hub between a client and the suite. */
export const MODES = ['hub', 'direct', 'client', 'client-direct'] as const;
export type Mode = (typeof MODES)[number];

/** One run that can be asked for. */
export interface Run {
  readonly mode: Mode;
  /** The name of a cell, or of a revision for a client. */
  readonly name: string;
  start(scenarios?: readonly string[]): Promise<readonly ScenarioResult[]>;
}

export interface FinishedRun {
  readonly mode: Mode;
  readonly name: string;
  readonly results: readonly ScenarioResult[];
  readonly durationMs: number;
}

/** Every run there is, in the order of the report. */
export const allRuns = (): readonly Run[] => [
  ...HUB_CELLS.map((cell) => serverRun('hub', cell)),
  ...REVISIONS.map((revision) => clientRun('client', revision)),
  ...DIRECT_CELLS.map((cell) => serverRun('direct', cell)),
  ...REVISIONS.map((revision) => clientRun('client-direct', revision)),
];

const serverRun = (mode: 'hub' | 'direct', cell: Cell): Run => ({
  mode,
  name: cellName(cell),
  start: async (scenarios) => {
    const program = mode === 'hub' ? await startHub(cell.kind, cell.transport) : await startFixture(cell.kind);
    try {
      return await runServerSuite({ url: program.url, revision: cell.revision, ...(scenarios && { scenarios }) });
    } finally {
      await program.stop();
    }
  },
});

const clientRun = (mode: 'client' | 'client-direct', revision: Revision): Run => ({
  mode,
  name: revision,
  start: (scenarios) => {
    // The suite splits the command at spaces, and a path from the root has none.
    const node = relative(ROOT, process.execPath);
    const program = 'test/fixtures/conformance/client.ts';
    const command = `${node.includes(' ') ? 'node' : node} ${program}${mode === 'client' ? ' --through-hub' : ''}`;
    return runClientSuite({ command, revision, hasLogin: mode === 'client', ...(scenarios && { scenarios }) });
  },
});

/** Does one run, and says how long it took. A run that cannot begin has failed as a whole. */
export const finishRun = async (run: Run, scenarios?: readonly string[]): Promise<FinishedRun> => {
  const startedAt = performance.now();
  const results = await run.start(scenarios).catch((error: Error) => [asResult(error)]);
  return { mode: run.mode, name: run.name, results, durationMs: performance.now() - startedAt };
};

const asResult = ({ message }: Error): ScenarioResult => ({
  scenario: 'start',
  isRequired: true,
  hasPassed: false,
  passedChecks: 0,
  checks: 1,
  failures: [message],
  warnings: [],
});
