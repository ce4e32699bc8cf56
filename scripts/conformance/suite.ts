import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Revision } from './cells.ts';
import { clientRequirements, type Requirements, readRequirements, SUITE_BIN } from './requirements.ts';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface ScenarioResult {
  readonly scenario: string;
  readonly isRequired: boolean;
  /** Passed, in the suite's words: no check of it failed. */
  readonly hasPassed: boolean;
  readonly passedChecks: number;
  readonly checks: number;
  /** What failed, a line each. */
  readonly failures: readonly string[];
  /** What the specification only recommends and was not so, a line each. */
  readonly warnings: readonly string[];
}

export interface ServerRun {
  readonly url: string;
  readonly revision: Revision;
  /** Only these; default: all that the revision requires, and what is not scored. */
  readonly scenarios?: readonly string[];
}

/** Runs server scenarios against a URL, one after the other. */
export const runServerSuite = async ({ url, revision, scenarios }: ServerRun): Promise<readonly ScenarioResult[]> => {
  const requirements = readRequirements(revision, 'server');
  if (scenarios === undefined) {
    return withResults(async (dir) => {
      await runSuite(['server', '--url', url, '--requirements', revision, '-o', dir]);
      return allOf(requirements).map((scenario) => readResult(dir, `server-${scenario}`, scenario, requirements));
    });
  }
  const results: ScenarioResult[] = [];
  for (const scenario of scenarios) {
    const args = ['server', '--url', url, '--scenario', scenario, '--spec-version', revision, '--force'];
    results.push(
      await withResults(async (dir) => {
        await runSuite([...args, '-o', dir]);
        return readResult(dir, `server-${scenario}`, scenario, requirements);
      }),
    );
  }
  return results;
};

export interface ClientRun {
  /** The client and its arguments; the suite adds the URL of its server. It is split at spaces. */
  readonly command: string;
  readonly revision: Revision;
  /** Whether it can log in; without, the scenarios of OAuth are left out. */
  readonly hasLogin: boolean;
  /** Only these; default: all. */
  readonly scenarios?: readonly string[];
}

/** Runs client scenarios one after the other: the suite would start them all at once, and one of them measures time. */
export const runClientSuite = async ({
  command,
  revision,
  hasLogin,
  scenarios,
}: ClientRun): Promise<readonly ScenarioResult[]> => {
  const requirements = clientRequirements(revision, hasLogin);
  const results: ScenarioResult[] = [];
  for (const scenario of scenarios ?? allOf(requirements)) {
    const args = ['client', '--command', command, '--scenario', scenario, '--spec-version', revision];
    args.push('--timeout', String(CLIENT_LIMIT_MS));
    results.push(
      await withResults(async (dir) => {
        const { code, output } = await runSuite([...args, '-o', dir]);
        const result = readResult(dir, scenario, scenario, requirements);
        const isExplained = code === 0 || !result.hasPassed || result.warnings.length > 0;
        return isExplained ? result : { ...result, hasPassed: false, failures: [lastLines(output)] };
      }),
    );
  }
  return results;
};

const allOf = ({ required, others }: Requirements): readonly string[] => [...required, ...others];

const withResults = async <T>(run: (dir: string) => Promise<T>): Promise<T> => {
  const dir = mkdtempSync(join(tmpdir(), 'mcp-hub-conformance-'));
  try {
    return await run(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
  }
};

const LIMIT_MS = 600_000;

/** A client that logs in on its way starts five processes; the suite's own limit of 30 seconds is short for a busy machine. */
const CLIENT_LIMIT_MS = 120_000;

const runSuite = async (args: readonly string[]): Promise<{ code: number | null; output: string }> => {
  const child = spawn(process.execPath, [SUITE_BIN, ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: AbortSignal.timeout(LIMIT_MS),
  });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
};

interface Check {
  readonly id: string;
  readonly status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'SKIPPED' | 'INFO';
  readonly description: string;
  readonly errorMessage?: string;
}

/** The suite names the folder of a result after its scenario and the time. */
const readResult = (dir: string, prefix: string, scenario: string, { required }: Requirements): ScenarioResult => {
  // Some scenarios have a folder in their name.
  const folder = readdirSync(dir, { recursive: true, encoding: 'utf8' }).find(
    (name) => name.replace(/-\d{4}-\d\d-\d\dT[\d-]+Z$/, '') === prefix,
  );
  const checks = folder === undefined ? [] : readChecks(join(dir, folder, 'checks.json'));
  const failed = checks.filter(({ status }) => status === 'FAILURE');
  const passedChecks = checks.filter(({ status }) => status === 'SUCCESS').length;
  return {
    scenario,
    isRequired: required.includes(scenario),
    hasPassed: checks.length > 0 && failed.length === 0,
    passedChecks,
    checks: passedChecks + failed.length,
    failures: checks.length === 0 ? ['the scenario has not run to its end'] : failed.map(describeCheck),
    warnings: checks.filter(({ status }) => status === 'WARNING').map(describeCheck),
  };
};

const readChecks = (file: string): readonly Check[] => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as readonly Check[];
  } catch {
    return [];
  }
};

const describeCheck = ({ id, description, errorMessage }: Check): string =>
  `${id}: ${oneLine(errorMessage ?? description)}`;

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').slice(0, 300);

const lastLines = (output: string): string => oneLine(output.trim().split('\n').slice(-5).join(' '));
