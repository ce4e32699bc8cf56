import { describe, expect, test } from 'vitest';
import { createChance } from './random.ts';
import { runKills } from './run-kills.ts';
import { runSoak } from './run-soak.ts';

/** Another one in each run of the suite; a failure names it. */
const seed = 1 + Math.floor(Math.random() * 1_000_000);

describe('a short round of what npm run soak does for long', () => {
  test('breaks no promise: every call is answered once and is in the log, nothing is left', async () => {
    const report = await runSoak({ seconds: 6, seed });
    expect(report.violations, `seed ${seed}`).toEqual([]);
    // Each of the 32 that call has had an answer, however busy the machine is.
    expect(report.calls).toBeGreaterThan(32);
    expect(report.logged).toBe(report.calls);
  }, 90_000);
});

describe.skipIf(process.platform === 'win32')('a short round of npm run kill-test', () => {
  test('misses no acknowledged call in audit mode', async () => {
    const report = await runKills({ rounds: 5, seed });
    expect(report.violations, `seed ${seed}`).toEqual([]);
    expect(report.acknowledged).toBeGreaterThan(0);
  }, 120_000);
});

test('chance is the same for the same seed', () => {
  const draw = (): number[] => {
    const chance = createChance(42);
    return Array.from({ length: 20 }, () => chance.below(1_000));
  };
  expect(draw()).toEqual(draw());
  expect(new Set(draw()).size).toBeGreaterThan(10);
});
