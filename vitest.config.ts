import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    globalSetup: ['test/global-setup.ts'],
    // Tests start real processes and change their own environment.
    pool: 'forks',
    testTimeout: 20_000,
    hookTimeout: 20_000,
    retry: 0,
  },
});
