/**
 * Prints `N passed, N failed` from the test runner's JSON report: `node scripts/report-line.mjs REPORT EXIT_CODE`.
 *
 * The line never says that all is well when the exit code does not: a gate that failed before the tests, a test file that
 * cannot be loaded, or an error outside of any test counts as one failure.
 */
import { readFileSync } from 'node:fs';

const [, , file, exitCode] = process.argv;

const readReport = () => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
};

const report = readReport();
const passed = report?.numPassedTests ?? 0;
const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
const brokenFiles = (report?.testResults ?? []).filter(
  ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
).length;
const counted = (report?.numFailedTests ?? 0) + brokenFiles;
const failed = counted === 0 && (exitCode !== '0' || report === undefined) ? 1 : counted;

console.log(`${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`);
