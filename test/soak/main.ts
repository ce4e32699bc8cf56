/*
 * Shows over a long time what test/faults/ shows case by case: `npm run soak -- [--minutes N] [--seed N]` lets four clients call
 * ten servers that misbehave; `npm run kill-test -- [--rounds N] [--seed N]` kills a hub again and again. Both print what they
 * have seen, and the seed that repeats it, and exit with 1 after any violation of a promise.
 */
import { parseArgs } from 'node:util';
import { runKills } from './run-kills.ts';
import { runSoak } from './run-soak.ts';

const MAX_MINUTES = 240;
const MAX_ROUNDS = 10_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { minutes: { type: 'string' }, rounds: { type: 'string' }, seed: { type: 'string' } },
});

const numberOf = (text: string | undefined, usual: number, most: number): number => {
  const number = text === undefined ? usual : Number(text);
  if (!(number > 0 && number <= most)) throw new Error(`not a number up to ${most}: ${text}`);
  return number;
};

const seed = numberOf(values.seed, 1 + Math.floor(Math.random() * 1_000_000), 2 ** 32);
const onProgress = (text: string): void => void process.stderr.write(`${text}\n`);

const report =
  positionals[0] === 'kill'
    ? await runKills({ rounds: numberOf(values.rounds, 100, MAX_ROUNDS), seed, onProgress })
    : await runSoak({ seconds: numberOf(values.minutes, 10, MAX_MINUTES) * 60, seed, onProgress });

const { violations, ...figures } = report;
for (const [name, figure] of Object.entries(figures))
  process.stdout.write(`${name.padEnd(14)}${typeof figure === 'object' ? JSON.stringify(figure) : figure}\n`);
process.stdout.write(`violations    ${violations.length}\n`);
for (const violation of violations) process.stdout.write(`  ${violation}\n`);
process.exitCode = violations.length === 0 ? 0 : 1;
