import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const SCRIPT = fileURLToPath(new URL('../../scripts/report-line.mjs', import.meta.url));

describe('the last line of .ci/run', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'mcp-hub-report-'));
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const lineFor = (report: object | string, exitCode: number): string => {
    const file = join(folder, 'report.json');
    writeFileSync(file, typeof report === 'string' ? report : JSON.stringify(report));
    return execFileSync(process.execPath, [SCRIPT, file, String(exitCode)], { encoding: 'utf8' }).trimEnd();
  };

  test('it counts what passed and what failed', () => {
    expect(lineFor({ numPassedTests: 12, numFailedTests: 0 }, 0)).toBe('12 passed, 0 failed');
    expect(lineFor({ numPassedTests: 12, numFailedTests: 3 }, 1)).toBe('12 passed, 3 failed');
  });

  test('it names what was skipped', () => {
    const report = { numPassedTests: 12, numFailedTests: 0, numPendingTests: 1, numTodoTests: 1 };
    expect(lineFor(report, 0)).toBe('12 passed, 0 failed, 2 skipped');
  });

  test('a gate that failed before the tests is a failure', () => {
    expect(lineFor('', 1)).toBe('0 passed, 1 failed');
  });

  test('a test file that cannot be loaded is a failure', () => {
    const testResults = [
      { status: 'failed', assertionResults: [] },
      { status: 'passed', assertionResults: [{ status: 'passed' }] },
    ];
    expect(lineFor({ numPassedTests: 1, numFailedTests: 0, testResults }, 1)).toBe('1 passed, 1 failed');
  });

  test('an error outside of any test is a failure', () => {
    expect(lineFor({ numPassedTests: 12, numFailedTests: 0 }, 1)).toBe('12 passed, 1 failed');
  });
});
