import { expect, test } from 'vitest';
import { createEventBus } from '../../src/events/bus.ts';
import { createKeptCatalogs } from '../../src/hub/kept-catalogs.ts';
import { openKeptUpstreams } from '../../src/hub/kept-upstreams.ts';
import { openCacheDatabase } from '../../src/store/cache-database.ts';
import { temporaryDirectory } from '../store/support/log-bench.ts';
import { upstreamConfig } from '../support/upstream-config.ts';

const keep = async (stateDir: string, ...tools: readonly string[]): Promise<void> => {
  const cache = await openCacheDatabase(stateDir);
  const kept = createKeptCatalogs([upstreamConfig('up')], cache, createEventBus());
  const lists = {
    tools: tools.map((text) => {
      const value = JSON.parse(text) as { name: string };
      return { name: value.name, bytes: Buffer.from(text), value, linkedUris: [] };
    }),
    prompts: [],
    resources: [],
    templates: [],
  };
  const identity = {
    era: 'legacy',
    protocolVersion: '2025-11-25',
    capabilities: { tools: { listChanged: true } },
    serverInfo: { name: 'up', version: '1' },
    instructions: undefined,
    mirrorsArguments: false,
  } as const;
  kept.memoryFor({}).keep('up', { identity, lists }, true);
  await kept.flush();
};

test('a tool only reads where its kept definition says so', async () => {
  const stateDir = temporaryDirectory();
  await keep(
    stateDir,
    '{"name":"read","annotations":{"readOnlyHint":true}}',
    '{"name":"write","annotations":{"readOnlyHint":false}}',
    '{"name":"odd","annotations":{"readOnlyHint":"true"}}',
    '{"name":"plain"}',
  );
  const kept = await openKeptUpstreams(stateDir);
  const readers = ['read', 'write', 'odd', 'plain', 'gone'].filter((name) => kept.isReadOnly('up', name));
  expect(readers).toEqual(['read']);
  expect(kept.isReadOnly('another', 'read')).toBe(false);
  expect(kept.capabilities('up')).toEqual({ tools: { listChanged: true } });
});

test('of an upstream that no hub has kept nothing is known, and nothing is made', async () => {
  const kept = await openKeptUpstreams(temporaryDirectory());
  expect(kept.capabilities('up')).toBeUndefined();
  expect(kept.isReadOnly('up', 'read')).toBe(false);
});
