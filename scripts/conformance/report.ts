import { type ExpectedFailure, expectedFailure } from './baseline.ts';
import { REVISIONS } from './cells.ts';
import { SUITE_VERSION } from './requirements.ts';
import type { FinishedRun, Mode } from './runs.ts';
import type { ScenarioResult } from './suite.ts';

const SECTIONS: readonly { readonly mode: Mode; readonly title: string; readonly text: string }[] = [
  {
    mode: 'hub',
    title: 'The hub in front of a server',
    text: 'The suite is the client of `mcp-hub serve --http`, which has one upstream, with an empty prefix.',
  },
  {
    mode: 'client',
    title: 'The hub in front of the suite',
    text: 'A client starts `mcp-hub serve` on stdio, and the server of the suite is its upstream. Where that wants a login, the client runs `mcp-hub login` and tries again.',
  },
  {
    mode: 'direct',
    title: 'The server without the hub',
    text: 'What the upstream scores by itself: the suite is the client of the fixture.',
  },
  {
    mode: 'client-direct',
    title: 'The client without the hub',
    text: 'What the client scores by itself, connected to the server of the suite.',
  },
];

const INTRODUCTION = `# Conformance

\`npm run conformance\` runs the official suite, \`@modelcontextprotocol/conformance\` ${SUITE_VERSION}, and writes this page. Each cell says
how many of the scenarios that a revision requires pass, and, in brackets, how many of those that the suite runs without
scoring them: extensions, what came after the revision, and what its own reference server does not pass yet.
\`test/conformance/baseline.yml\` names each failure that is known; any other fails the run.

The upstream is \`test/fixtures/conformance/server.ts\`, which has everything that the suite asks for, in three kinds: *legacy*
knows revisions up to 2025-11-25 and refuses 2026-07-28, *modern* the other way round, *dual* knows both. Where the suite speaks
one revision and the upstream the other, the hub bridges.
`;

/** The page, with the sections of modes that ran made anew and the others as they are in `before`. */
export const renderReport = (
  runs: readonly FinishedRun[],
  baseline: readonly ExpectedFailure[],
  before: string,
): string => {
  const sections = SECTIONS.map(({ mode, title, text }) => {
    const own = runs.filter((run) => run.mode === mode);
    const body = own.length > 0 ? renderRuns(own, baseline) : keptBody(before, mode);
    return body === undefined ? '' : `\n## ${title}\n\n${text}\n\n${begin(mode)}\n${body}\n${end(mode)}\n`;
  });
  return INTRODUCTION + sections.join('');
};

const begin = (mode: Mode): string => `<!-- results: ${mode} -->`;
const end = (mode: Mode): string => `<!-- end of results: ${mode} -->`;

const keptBody = (before: string, mode: Mode): string | undefined =>
  before.split(`${begin(mode)}\n`)[1]?.split(`\n${end(mode)}`)[0];

const renderRuns = (runs: readonly FinishedRun[], baseline: readonly ExpectedFailure[]): string =>
  [renderTable(runs), ...renderFailures(runs, baseline)].join('\n');

/** A row for each upstream, a column for each revision; a client has one row. */
const renderTable = (runs: readonly FinishedRun[]): string => {
  const rows = Map.groupBy(runs, ({ name }) => name.split(':').slice(0, -1).join(' over ') || 'client');
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(['', ...REVISIONS]),
    line(['---', ...REVISIONS.map(() => '---')]),
    ...[...rows].map(([title, cells]) =>
      line([
        title,
        ...REVISIONS.map((revision) => {
          const run = cells.find(({ name }) => name.endsWith(revision));
          return run === undefined ? '' : renderScore(run.results);
        }),
      ]),
    ),
  ].join('\n');
};

/** For example `30/30 (3/3)`. */
export const renderScore = (results: readonly ScenarioResult[]): string => {
  const score = (group: readonly ScenarioResult[]): string =>
    `${group.filter(({ hasPassed }) => hasPassed).length}/${group.length}`;
  const others = results.filter(({ isRequired }) => !isRequired);
  const required = score(results.filter(({ isRequired }) => isRequired));
  return others.length === 0 ? required : `${required} (${score(others)})`;
};

const renderFailures = (runs: readonly FinishedRun[], baseline: readonly ExpectedFailure[]): readonly string[] => {
  const failures = runs.flatMap((run) =>
    run.results.filter(({ hasPassed }) => !hasPassed).map((result) => ({ run, result })),
  );
  const byScenario = Map.groupBy(failures, ({ result }) => result.scenario);
  const lines = [...byScenario].map(([scenario, found]) => {
    const where = found.map(({ run }) => run.name).join(', ');
    const reason = found.map(({ run }) => expectedFailure(baseline, run, scenario)?.reason).find(Boolean);
    const kind = found[0]?.result.isRequired ? 'required' : 'not scored';
    return `- \`${scenario}\` (${kind}) in ${where}: ${reason ?? plain(found[0]?.result.failures[0] ?? '')}`;
  });
  return lines.length === 0 ? [] : ['', 'What fails:', '', ...lines];
};

/** Text of others, so that it is no markup here. */
const plain = (text: string): string => `\`${text.replaceAll('`', "'")}\``;
