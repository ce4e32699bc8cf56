import type { UpstreamConfig } from '../../src/config/hub-config.ts';

const ALL = { include: [], exclude: [] };

/** The configuration of an upstream, with every default. */
export const upstreamConfig = (name: string, over: Partial<UpstreamConfig> = {}): UpstreamConfig => ({
  name,
  enabled: true,
  transport: { type: 'stdio', command: process.execPath, args: [], env: {} },
  missingVariables: [],
  prefix: name,
  rename: {},
  describe: {},
  tools: ALL,
  prompts: ALL,
  resources: ALL,
  start: 'lazy',
  idleStopMs: 0,
  protocol: 'auto',
  isolation: 'shared',
  timeouts: { startMs: 30_000, callMs: 60_000, maxCallMs: 3_600_000 },
  retry: 'auto',
  breaker: true,
  maxConcurrent: 64,
  trusted: false,
  allowPrivate: false,
  hash: `hash of ${name}`,
  ...over,
});
