import { expect, test } from 'vitest';
import type { UpstreamConfig } from '../../src/config/hub-config.ts';
import { createEventBus } from '../../src/events/bus.ts';
import { createKeptCatalogs } from '../../src/hub/kept-catalogs.ts';
import { openKeptUpstreams } from '../../src/hub/kept-upstreams.ts';
import { offerKey } from '../../src/hub/offer-key.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import { openCacheDatabase } from '../../src/store/cache-database.ts';
import { temporaryDirectory } from '../store/support/log-bench.ts';
import { upstreamConfig } from '../support/upstream-config.ts';

const UP = upstreamConfig('up');
const NAMESAKE = upstreamConfig('up', { transport: { type: 'stdio', command: 'another', args: [], env: {} } });

const keep = (stateDir: string, ...tools: readonly string[]): Promise<void> => keepOf(UP, {}, stateDir, ...tools);

const keepOf = async (
  config: UpstreamConfig,
  capabilities: JsonObject,
  stateDir: string,
  ...tools: readonly string[]
): Promise<void> => {
  const cache = await openCacheDatabase(stateDir);
  const kept = createKeptCatalogs([config], cache, createEventBus());
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
  kept.memoryFor(capabilities).keep('up', { identity, lists }, true);
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
  const readers = ['read', 'write', 'odd', 'plain', 'gone'].filter((name) => kept.isReadOnly(offerKey(UP), name));
  expect(readers).toEqual(['read']);
  expect(kept.isReadOnly(offerKey(NAMESAKE), 'read')).toBe(false);
  expect(kept.capabilities('up')).toEqual({ tools: { listChanged: true } });
});

test('what another upstream of the same name says, later, is not taken for its own', async () => {
  const stateDir = temporaryDirectory();
  await keep(stateDir, '{"name":"wipe"}');
  await keepOf(NAMESAKE, {}, stateDir, '{"name":"wipe","annotations":{"readOnlyHint":true}}');
  const kept = await openKeptUpstreams(stateDir);
  expect(kept.isReadOnly(offerKey(UP), 'wipe')).toBe(false);
  expect(kept.isReadOnly(offerKey(NAMESAKE), 'wipe')).toBe(true);
});

test('a tool that says to one kind of client that it only reads, and not to another, is not taken to', async () => {
  const stateDir = temporaryDirectory();
  await keep(stateDir, '{"name":"wipe","annotations":{"readOnlyHint":true}}');
  await keepOf(UP, { sampling: {} }, stateDir, '{"name":"wipe"}');
  expect((await openKeptUpstreams(stateDir)).isReadOnly(offerKey(UP), 'wipe')).toBe(false);
});

test('of an upstream that no hub has kept nothing is known, and nothing is made', async () => {
  const kept = await openKeptUpstreams(temporaryDirectory());
  expect(kept.capabilities('up')).toBeUndefined();
  expect(kept.isReadOnly(offerKey(UP), 'read')).toBe(false);
});
