import { describe, expect, test } from 'vitest';
import { allRuns, finishRun, type Mode } from '../../scripts/conformance/runs.ts';

interface Part {
  readonly mode: Mode;
  readonly name: string;
  readonly scenarios: readonly string[];
}

/** A part of what `npm run conformance` runs: in each cell, what would fail first if that cell broke. */
const PARTS: readonly Part[] = [
  { mode: 'direct', name: 'dual:http:2025-11-25', scenarios: ['tools-call-elicitation', 'resources-subscribe'] },
  { mode: 'direct', name: 'dual:http:2026-07-28', scenarios: ['input-required-result-multi-round', 'caching'] },
  {
    mode: 'hub',
    name: 'modern:stdio:2025-11-25',
    scenarios: ['tools-call-elicitation', 'tools-call-sampling', 'tools-call-with-logging', 'resources-subscribe'],
  },
  {
    mode: 'hub',
    name: 'legacy:http:2026-07-28',
    scenarios: ['tools-call-with-progress', 'caching', 'prompts-get-with-args'],
  },
  { mode: 'client', name: '2026-07-28', scenarios: ['auth/scope-step-up'] },
  { mode: 'client', name: '2025-11-25', scenarios: ['auth/metadata-default'] },
];

const LIMIT_MS = 120_000;

describe('the official conformance suite', () => {
  for (const { mode, name, scenarios } of PARTS) {
    test(`passes ${scenarios.join(', ')} in ${name}${mode === 'direct' ? ' without the hub' : ' through the hub'}`, {
      timeout: LIMIT_MS,
    }, async () => {
      const run = allRuns().find((candidate) => candidate.mode === mode && candidate.name === name);
      if (run === undefined) throw new Error(`there is no run ${name}`);
      const { results } = await finishRun(run, scenarios);
      expect(results.flatMap(({ scenario, failures }) => failures.map((failure) => `${scenario}: ${failure}`))).toEqual(
        [],
      );
      expect(results.map(({ scenario, hasPassed }) => [scenario, hasPassed])).toEqual(
        scenarios.map((scenario) => [scenario, true]),
      );
    });
  }
});
