import { describe, expect, test } from 'vitest';
import { type ExpectedFailure, judge } from '../../scripts/conformance/baseline.ts';
import { DIRECT_CELLS, HUB_CELLS, matchesCell } from '../../scripts/conformance/cells.ts';
import { renderReport, renderScore } from '../../scripts/conformance/report.ts';
import type { FinishedRun } from '../../scripts/conformance/runs.ts';
import type { ScenarioResult } from '../../scripts/conformance/suite.ts';

const scenario = (name: string, hasPassed: boolean, isRequired = true): ScenarioResult => ({
  scenario: name,
  isRequired,
  hasPassed,
  passedChecks: hasPassed ? 1 : 0,
  checks: 1,
  failures: hasPassed ? [] : ['a-check: it `failed`'],
  warnings: [],
});

const run = (name: string, ...results: ScenarioResult[]): FinishedRun => ({
  mode: 'hub',
  name,
  results,
  durationMs: 1,
});

const CELL = 'legacy:stdio:2026-07-28';
const KNOWN: ExpectedFailure = { mode: 'hub', run: 'legacy:*:2026-07-28', scenario: 'caching', reason: 'it is known' };

describe('the judgement of a conformance run', () => {
  test('names a required scenario that fails and is not expected to', () => {
    expect(judge([run(CELL, scenario('caching', false))], [])).toEqual([`hub ${CELL}: caching fails`]);
  });

  test('accepts a failure that the baseline names, and one that is not scored', () => {
    const results = [scenario('caching', false), scenario('tasks-lifecycle', false, false)];
    expect(judge([run(CELL, ...results)], [KNOWN])).toEqual([]);
  });

  test('names an entry of the baseline that is no longer true', () => {
    expect(judge([run(CELL, scenario('caching', true))], [KNOWN])).toEqual([
      `hub ${CELL}: caching passes, and test/conformance/baseline.yml says it fails`,
    ]);
  });

  test('does not use an entry for another cell', () => {
    expect(judge([run('dual:stdio:2026-07-28', scenario('caching', false))], [KNOWN])).toHaveLength(1);
    expect(matchesCell('legacy:*:2026-07-28', 'legacy:http:2026-07-28')).toBe(true);
    expect(matchesCell('legacy:*', 'legacy:http:2026-07-28')).toBe(false);
  });

  test('covers each kind, transport and revision', () => {
    expect(HUB_CELLS).toHaveLength(12);
    expect(DIRECT_CELLS).toHaveLength(4);
  });
});

describe('the page about conformance', () => {
  test('shows required scenarios, and the others in brackets', () => {
    expect(renderScore([scenario('a', true), scenario('b', false), scenario('c', true, false)])).toBe('1/2 (1/1)');
    expect(renderScore([scenario('a', true)])).toBe('1/1');
  });

  test('tells what fails, with the reason of the baseline or the words of the suite', () => {
    const page = renderReport([run(CELL, scenario('caching', false), scenario('ping', false))], [KNOWN], '');
    expect(page).toContain('| legacy over stdio |  | 0/2 |');
    expect(page).toContain(`- \`caching\` (required) in ${CELL}: it is known`);
    expect(page).toContain("`a-check: it 'failed'`");
  });

  test('keeps the parts that have not run', () => {
    const before = renderReport([run(CELL, scenario('caching', true))], [], '');
    const direct: FinishedRun = { ...run('dual:http:2025-11-25', scenario('ping', true)), mode: 'direct' };
    const after = renderReport([direct], [], before);
    expect(after).toContain('| legacy over stdio |  | 1/1 |');
    expect(after).toContain('| dual over http | 1/1 |  |');
  });
});
