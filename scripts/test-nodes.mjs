/** Runs the tests on the other Nodes that mcp-hub supports; development is on 24. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './lib/paths.mjs';
import { runMain } from './lib/progress.mjs';

const MAJORS = ['22', '26'];

const main = async () => {
  const failed = [];
  for (const major of MAJORS) {
    process.stdout.write(`\nNode ${major}\n`);
    if (!(await passesOn(major))) failed.push(major);
  }
  const passed = MAJORS.filter((major) => !failed.includes(major));
  if (passed.length > 0) process.stdout.write(`\nThe tests pass on Node ${passed.join(' and ')}.\n`);
  if (failed.length > 0) process.stdout.write(`\nThe tests fail on Node ${failed.join(' and ')}.\n`);
  return failed.length === 0 ? 0 : 1;
};

const passesOn = (major) =>
  new Promise((resolve, reject) => {
    const argv = [join(ROOT, 'scripts', 'run.mjs'), '--node', major, 'vitest', ...process.argv.slice(2)];
    const child = spawn(process.execPath, argv, { stdio: 'inherit' });
    child.on('error', reject);
    child.on('close', (code) => resolve(code === 0));
  });

await runMain(main);
