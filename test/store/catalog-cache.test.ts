import { expect, test } from 'vitest';
import { openCacheDatabase } from '../../src/store/cache-database.ts';
import {
  clearConfigs,
  confirmCatalog,
  deleteCatalog,
  keptConfigs,
  putCatalog,
  putEraVerdict,
  readCatalogAges,
  readEraVerdict,
  readIdentities,
  readLists,
} from '../../src/store/catalog-cache.ts';
import { temporaryDirectory } from './support/log-bench.ts';

const KEY = { configHash: 'h', profile: '{}' };
const OTHER_PROFILE = { configHash: 'h', profile: '{"roots":{}}' };
const NOW = Date.now();

const stored = (upstream: string, checkedAt: number) => ({
  upstream,
  checkedAt,
  identity: '{"era":"legacy"}',
  tools: Buffer.from('t'),
  prompts: Buffer.from('p'),
  resources: Buffer.from('r'),
  templates: Buffer.from([0, 255]),
});

test('a catalog is read back under its configuration and capabilities alone', async () => {
  const cache = await openCacheDatabase(temporaryDirectory());
  expect([readIdentities(cache, [KEY]), readLists(cache, [KEY])]).toEqual([[], []]);
  await cache.write((database) => putCatalog(database, KEY, stored('up', NOW)));
  const { upstream: _, checkedAt, identity, ...lists } = stored('up', NOW);
  const keys = [OTHER_PROFILE, KEY, { ...KEY, configHash: 'x' }];
  expect(readIdentities(cache, keys)).toEqual([undefined, { identity, checkedAt }, undefined]);
  expect(readLists(cache, keys)).toEqual([undefined, lists, undefined]);
});

test('the age of a catalog is that of its last confirmation, which is never taken back', async () => {
  const cache = await openCacheDatabase(temporaryDirectory());
  await cache.write((database) => {
    putCatalog(database, KEY, stored('up', NOW - 1000));
    putCatalog(database, OTHER_PROFILE, stored('up', NOW - 2000));
  });
  expect(readCatalogAges(cache)).toEqual(new Map([['h', NOW - 1000]]));
  await cache.write((database) => confirmCatalog(database, OTHER_PROFILE, NOW));
  await cache.write((database) => confirmCatalog(database, OTHER_PROFILE, NOW - 500));
  expect(readCatalogAges(cache)).toEqual(new Map([['h', NOW]]));
});

test('the latest verdict on an era counts', async () => {
  const cache = await openCacheDatabase(temporaryDirectory());
  await cache.write((database) => {
    putEraVerdict(database, 'up', 'h', { era: 'legacy', at: NOW });
    putEraVerdict(database, 'up', 'h', { era: 'modern', at: NOW + 2 });
    putEraVerdict(database, 'up', 'h', { era: 'legacy', at: NOW + 1 });
  });
  expect(readEraVerdict(cache, 'h')).toEqual({ era: 'modern', at: NOW + 2 });
  expect(readEraVerdict(cache, 'x')).toBeUndefined();
});

test('what is kept under some configurations is forgotten, and nothing else', async () => {
  const cache = await openCacheDatabase(temporaryDirectory());
  await cache.write((database) => {
    putCatalog(database, KEY, stored('a', NOW));
    putCatalog(database, OTHER_PROFILE, stored('a', NOW));
    putCatalog(database, { ...KEY, configHash: 'i' }, stored('b', NOW));
    putEraVerdict(database, 'c', 'j', { era: 'legacy', at: NOW });
  });
  const [a, b, c] = ['h', 'i', 'j'].map((configHash, index) => ({ configHash, upstream: 'abc'[index] }));
  expect(keptConfigs(cache)).toEqual([a, b, c]);
  await cache.write((database) => clearConfigs(database, ['h', 'j', 'unknown']));
  expect(keptConfigs(cache)).toEqual([b]);
});

test('a catalog is forgotten for some capabilities alone', async () => {
  const cache = await openCacheDatabase(temporaryDirectory());
  await cache.write((database) => {
    putCatalog(database, KEY, stored('a', NOW));
    putCatalog(database, OTHER_PROFILE, stored('a', NOW));
    deleteCatalog(database, OTHER_PROFILE);
  });
  expect(readLists(cache, [KEY, OTHER_PROFILE]).map((catalog) => catalog !== undefined)).toEqual([true, false]);
});
