import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { SOURCE_FLAGS } from './test/support/node-flags.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    globalSetup: ['test/global-setup.ts'],
    // Tests start real processes and change their own environment.
    pool: 'forks',
    execArgv: [...SOURCE_FLAGS],
    isolate: true,
    // They wait for processes more than they compute, so two at once pay even on two cores.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 20_000,
    hookTimeout: 20_000,
    retry: 0,
    // Below it a file is one line of the report.
    slowTestThreshold: 10_000,
  },
});
