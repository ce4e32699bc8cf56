import { expect, test } from 'vitest';
import type { CatalogOptions } from '../../src/catalog/catalog.ts';
import type { KnownOffer, OfferMemory } from '../../src/catalog/offer-memory.ts';
import type { UpstreamIdentity } from '../../src/dispatch/call.ts';
import { HubError } from '../../src/errors/hub-error.ts';
import type { ListKind } from '../../src/protocol/methods.ts';
import { createCatalog, settle } from '../support/create-catalog.ts';
import { createFakeUpstream, type FakeUpstream, tool } from '../support/fake-upstream.ts';

/** A memory in which the offers lie, and what was kept, with whether it was new. */
const createMemory = () => {
  const offers = new Map<string, KnownOffer>();
  const kept: Array<readonly [string, boolean]> = [];
  const memory: OfferMemory = {
    recall(name) {
      const offer = offers.get(name);
      return offer && { identity: offer.identity, list: (kind) => offer.lists[kind] };
    },
    keep(name, offer, isNew) {
      offers.set(name, offer);
      kept.push([name, isNew]);
    },
  };
  return { memory, kept };
};

/** The catalog of a second run, whose upstream offered `one` in the first. */
const secondRun = async (upstream: FakeUpstream, options: Partial<CatalogOptions> = {}) => {
  const { memory, kept } = createMemory();
  const first = createFakeUpstream(upstream.name, { definitions: { tools: [tool('one')] } });
  const { catalog } = createCatalog([first], { memory });
  await catalog.ready('tools');
  await settle();
  expect(kept.splice(0)).toEqual([[upstream.name, true]]);
  return { ...createCatalog([upstream], { memory, ...options }), kept };
};

const IDENTITY: UpstreamIdentity = {
  era: 'legacy',
  protocolVersion: '2025-11-25',
  capabilities: { tools: {} },
  serverInfo: { name: 'up', version: '1' },
  instructions: 'Be kind.',
  mirrorsArguments: false,
};

const connect = (upstream: FakeUpstream) => upstream.connect(new AbortController().signal);

test('what is remembered is listed and offered without a start', async () => {
  const upstream = createFakeUpstream('up');
  const { catalog, namesOf } = await secondRun(upstream);
  expect(Object.keys(catalog.offer('legacy').capabilities)).toEqual(['tools']);
  await catalog.ready('tools');
  expect(namesOf('tools')).toEqual(['up__one']);
  expect([catalog.isKnown('up', 'tools'), catalog.isFresh('up', 'tools')]).toEqual([true, false]);
  expect(upstream.connects).toBe(0);
});

test('no list is recalled before it is asked for: who an upstream is suffices for what is offered', () => {
  const { memory } = createMemory();
  const recalled: string[] = [];
  const list = (kind: ListKind) => {
    recalled.push(kind);
    return [];
  };
  const { catalog, namesOf } = createCatalog([createFakeUpstream('up')], {
    memory: { ...memory, recall: () => ({ identity: IDENTITY, list }) },
  });
  expect(catalog.offer('legacy')).toEqual({
    capabilities: { tools: { listChanged: true } },
    instructions: '# up\n\nBe kind.',
  });
  expect(recalled).toEqual([]);
  expect([namesOf('prompts'), namesOf('prompts'), recalled]).toEqual([[], [], ['prompts']]);
});

test('a list that cannot be recalled is asked for anew', async () => {
  const { memory } = createMemory();
  const upstream = createFakeUpstream('up', { definitions: { tools: [tool('one')] } });
  const { catalog, namesOf } = await secondRun(upstream, {
    memory: {
      ...memory,
      recall: () => ({ identity: IDENTITY, list: () => undefined }),
    },
  });
  await catalog.ready('tools');
  expect([namesOf('tools'), upstream.connects]).toEqual([['up__one'], 1]);
});

test('a connection has it read again; the same is no news, and stays the same list', async () => {
  const upstream = createFakeUpstream('up', { definitions: { tools: [tool('one')] } });
  const { catalog, announced, kept } = await secondRun(upstream);
  const list = catalog.list('tools');
  catalog.markServed('tools');
  await connect(upstream);
  await settle();
  expect(catalog.isFresh('up', 'tools')).toBe(true);
  expect(catalog.list('tools')).toBe(list);
  expect([announced, kept]).toEqual([[], [['up', false]]]);
});

test('a difference is announced once and kept', async () => {
  const upstream = createFakeUpstream('up', { definitions: { tools: [tool('two')], prompts: [{ name: 'p' }] } });
  const { catalog, announced, kept, namesOf } = await secondRun(upstream);
  for (const kind of ['tools', 'prompts'] as const) catalog.markServed(kind);
  await connect(upstream);
  await settle();
  expect(namesOf('tools')).toEqual(['up__two']);
  expect([announced, kept]).toEqual([[['prompts', 'tools']], [['up', true]]]);
});

test('an upstream that cannot be started any more keeps what it offered', async () => {
  const start = () => Promise.reject(new HubError('UPSTREAM_START_FAILED', 'no'));
  const { catalog, namesOf, kept } = await secondRun(createFakeUpstream('up', { start }));
  await catalog.loadFresh('up', 'tools');
  expect([namesOf('tools'), kept]).toEqual([['up__one'], []]);
});

test('where known lists are not read again, they are for a change that is told, and for whoever wants them fresh', async () => {
  const upstream = createFakeUpstream('up', { definitions: { tools: [tool('two')] } });
  const { catalog, namesOf } = await secondRun(upstream, { rereadsKnown: false });
  await connect(upstream);
  await settle();
  expect([namesOf('tools'), upstream.requests]).toEqual([['up__one'], []]);
  await catalog.loadFresh('up', 'tools');
  expect(namesOf('tools')).toEqual(['up__two']);
  upstream.offer({ tools: [tool('three')] });
  upstream.tellChange('tools');
  await settle();
  expect(namesOf('tools')).toEqual(['up__three']);
});
