import { fileURLToPath } from 'node:url';
import type { HubConfig, UpstreamConfig } from '../../src/config/hub-config.ts';
import { upstreamConfig } from './upstream-config.ts';

/** A configuration with every default, and no log. */
export const hubConfig = (upstreams: readonly UpstreamConfig[], over: Partial<HubConfig> = {}): HubConfig => ({
  files: [],
  separator: '__',
  maxNameLength: 54,
  upstreams,
  routes: [],
  timeouts: { startMs: 30_000, callMs: 60_000, maxCallMs: 3_600_000, firstListMs: 10_000, graceMs: 10_000 },
  limits: {
    lineBytes: 10 << 20,
    resultBytes: 10 << 20,
    httpBodyBytes: 4 << 20,
    clientQueueBytes: 16 << 20,
    tools: 5000,
  },
  log: {
    enabled: false,
    payloadBytes: 0,
    redact: [],
    keepDays: 14,
    maxBytes: 1 << 30,
    durability: 'batched',
    onFailure: 'serve',
  },
  cacheRefresh: 'on-use',
  problems: [],
  ...over,
});

/** An upstream that is one of the raw test servers. */
export const rawUpstream = (
  name: string,
  server: 'legacy.mjs' | 'modern.mjs',
  { evil = '', ...over }: Partial<UpstreamConfig> & { readonly evil?: string } = {},
): UpstreamConfig => {
  const file = fileURLToPath(new URL(`../fixtures/servers/${server}`, import.meta.url));
  return upstreamConfig(name, {
    transport: { type: 'stdio', command: process.execPath, args: [file, name], env: { EVIL: evil } },
    ...over,
  });
};
