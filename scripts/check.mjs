/**
 * The one gate: format and lint, types, typed lint, dead code, the build, then every test.
 *
 * All static stages run, so that one round shows all they have to say; the tests run only when they pass. With
 * MCP_HUB_TEST_REPORT set to a file, the runner's own report is written there as JSON. `--static` leaves the tests out.
 */
import { spawn } from 'node:child_process';
import { capture } from './lib/capture.mjs';
import { ROOT } from './lib/paths.mjs';
import { runMain } from './lib/progress.mjs';

const STATIC_STAGES = [
  ['format and lint', ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings']],
  ['types', ['node_modules/typescript/bin/tsc', '--noEmit', '-p', '.']],
  ['typed lint', ['node_modules/oxlint/bin/oxlint', '--type-aware', '--deny-warnings']],
  ['dead code', ['node_modules/knip/bin/knip.js', '--no-progress']],
  ['build', ['scripts/build.mjs', '--if-stale']],
];

const main = async () => {
  let hasFailed = false;
  for (const [name, argv] of STATIC_STAGES) hasFailed = !(await runStage(name, argv)) || hasFailed;
  if (process.argv.includes('--static')) return hasFailed ? 1 : 0;
  if (hasFailed) {
    process.stdout.write('\nThe tests have not been run: the stages above come first.\n');
    return 1;
  }
  process.stdout.write('\n');
  return runTests();
};

/** Runs a stage and says how it went in one line, with what it printed below only where it failed. */
const runStage = async (name, argv) => {
  const startedAt = Date.now();
  process.stdout.write(`${name.padEnd(16)} `);
  const { code, output } = await capture(process.execPath, argv, { cwd: ROOT });
  const seconds = `${((Date.now() - startedAt) / 1000).toFixed(1)} s`;
  process.stdout.write(`${seconds.padStart(7)}  ${code === 0 ? 'ok' : 'failed'}\n`);
  if (code !== 0) process.stdout.write(`\n${output.trim()}\n\n`);
  return code === 0;
};

/** Runs the tests with everything they print shown as it comes. */
const runTests = () =>
  new Promise((resolve, reject) => {
    const argv = ['node_modules/vitest/vitest.mjs', 'run', ...reporters(), ...colors()];
    const child = spawn(process.execPath, argv, { cwd: ROOT, stdio: 'inherit' });
    child.on('error', reject);
    child.on('close', (code) => resolve(code === 0 ? 0 : 1));
  });

const reporters = () => {
  const report = process.env.MCP_HUB_TEST_REPORT;
  return report ? ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`] : ['--reporter=default'];
};

/** The runner would put colors into files and pipes too. */
const colors = () => (process.stdout.isTTY || process.env.FORCE_COLOR ? [] : ['--no-color']);

await runMain(main);
