import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);

/** Fills the space for young objects with what lives for a while, which makes it grow, and tells how large it has become. */
const FILL = `
  import { getHeapSpaceStatistics } from 'node:v8';
  const { keepHeapSmall } = await import('./src/monitor/small-heap.ts');
  if (process.argv[1] === 'small') keepHeapSmall();
  const kept = [];
  for (let round = 0; round < 4_000; round += 1) {
    kept.push(Array.from({ length: 1_000 }, (_, index) => ({ index })));
    if (kept.length > 400) kept.shift();
  }
  const { space_size } = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
  console.log(space_size / 1024 ** 2);
`;

const youngMib = async (how: string): Promise<number> => {
  const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', FILL, how]);
  expect(stderr).toBe('');
  return Number(stdout);
};

test('the space for young objects stays as small as it is, and Node says nothing against it', async () => {
  expect(await youngMib('large')).toBeGreaterThan(16);
  expect(await youngMib('small')).toBeLessThanOrEqual(16);
});
