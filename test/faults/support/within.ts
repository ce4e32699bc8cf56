import { execFileSync } from 'node:child_process';
import { expect } from 'vitest';

/** What Node needs to start and end on a machine that does nothing else. */
const IDLE_START_MS = 60;

/**
 * Expects no more than that time to have passed since a moment of `performance.now()`. The limits of the promises are for a
 * machine that has nothing else to do: on one that is slower now, they are as many times longer.
 */
export const expectWithin = (since: number, limitMs: number, what?: string): void => {
  const took = performance.now() - since;
  if (took < limitMs) return;
  const startedAt = performance.now();
  execFileSync(process.execPath, ['-e', '0']);
  const slowness = Math.max(1, (performance.now() - startedAt) / IDLE_START_MS);
  expect(took, what).toBeLessThan(limitMs * slowness);
};
