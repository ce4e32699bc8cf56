import { expect, test } from 'vitest';
import type { KnownOffer } from '../../src/catalog/offer-memory.ts';
import { createEventBus } from '../../src/events/bus.ts';
import { createKeptCatalogs } from '../../src/hub/kept-catalogs.ts';
import { offerKey } from '../../src/hub/offer-key.ts';
import { openCacheDatabase } from '../../src/store/cache-database.ts';
import { readCatalogAges } from '../../src/store/catalog-cache.ts';
import { temporaryDirectory } from '../store/support/log-bench.ts';
import { upstreamConfig } from '../support/upstream-config.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const UP = upstreamConfig('up');

const offerOf = (bytes: string): KnownOffer => ({
  identity: {
    era: 'legacy',
    protocolVersion: '2025-11-25',
    capabilities: { tools: {} },
    serverInfo: { name: 'up', version: '1' },
    instructions: undefined,
    mirrorsArguments: false,
  },
  lists: {
    tools: [{ name: 't', bytes: Buffer.from(bytes), value: JSON.parse(bytes), linkedUris: [] }],
    prompts: [],
    resources: [],
    templates: [],
  },
});

const TOOL = '{"name":"t"}';

const open = async (stateDir = temporaryDirectory()) => {
  const bus = createEventBus();
  const cache = await openCacheDatabase(stateDir);
  return { stateDir, bus, cache, kept: createKeptCatalogs([UP], cache, bus) };
};

test('what one hub keeps the next one knows, for clients with the same capabilities', async () => {
  const { stateDir, kept } = await open();
  const before = kept.memoryFor({});
  expect(before.recall('up')).toBeUndefined();
  before.keep('up', offerOf(TOOL), true);
  await kept.flush();
  const next = await open(stateDir);
  const known = next.kept.memoryFor({}).recall('up');
  expect(known?.identity).toEqual(offerOf(TOOL).identity);
  expect(known?.list('tools')?.map(({ bytes, value }) => [bytes.toString(), value])).toEqual([[TOOL, { name: 't' }]]);
  expect(next.kept.memoryFor({ roots: {} }).recall('up')).toBeUndefined();
  expect(next.kept.memoryFor({}).recall('another')).toBeUndefined();
});

test('that an offer is as it was is written where that was not known lately', async () => {
  const { stateDir, kept, cache } = await open();
  kept.memoryFor({}).keep('up', offerOf(TOOL), true);
  await kept.flush();
  const setAge = (checkedAt: number) =>
    cache.write((database) => void database.prepare('UPDATE catalogs SET checked_at = ?').run(checkedAt));
  const ageAfterConfirmation = async (): Promise<number | undefined> => {
    const next = await open(stateDir);
    next.kept.memoryFor({}).keep('up', offerOf(TOOL), false);
    await next.kept.flush();
    return readCatalogAges(cache).get(offerKey(UP));
  };
  const lately = Date.now() - 60_000;
  await setAge(lately);
  expect(await ageAfterConfirmation()).toBe(lately);
  await setAge(Date.now() - DAY_MS);
  expect(await ageAfterConfirmation()).toBeGreaterThan(lately);
});

test('an offer that is too large is not kept, nor what was kept before it', async () => {
  const { stateDir, kept } = await open();
  const memory = kept.memoryFor({});
  memory.keep('up', offerOf(TOOL), true);
  memory.keep('up', offerOf(JSON.stringify({ name: 't', description: 'x'.repeat(17 * 1024 * 1024) })), true);
  await kept.flush();
  expect((await open(stateDir)).kept.memoryFor({}).recall('up')).toBeUndefined();
});

test('a stored list that cannot be read counts as never seen, and its upstream where it cannot be read itself', async () => {
  const { stateDir, kept, cache } = await open();
  kept.memoryFor({}).keep('up', offerOf(TOOL), true);
  await kept.flush();
  await cache.write((database) => void database.prepare("UPDATE catalogs SET tools = x'00'").run());
  const known = (await open(stateDir)).kept.memoryFor({}).recall('up');
  expect([known?.list('tools'), known?.list('prompts')]).toEqual([undefined, []]);
  await cache.write((database) => void database.prepare("UPDATE catalogs SET identity = '{'").run());
  expect((await open(stateDir)).kept.memoryFor({}).recall('up')).toBeUndefined();
});

test('a verdict on an era is trusted for a week', async () => {
  const { bus, kept } = await open();
  const settle = (at: number, configHash: string): void =>
    bus.emit({ type: 'upstream.era', upstream: 'up', configHash, era: 'legacy', at });
  settle(Date.now() - 6 * DAY_MS, 'young');
  settle(Date.now() - 8 * DAY_MS, 'old');
  await kept.flush();
  expect(['young', 'old', 'unknown'].map((hash) => kept.eraOf(hash))).toEqual(['legacy', undefined, undefined]);
});
