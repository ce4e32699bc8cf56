import { expect, test } from 'vitest';
import type { KnownOffer, OfferMemory } from '../../src/catalog/offer-memory.ts';
import type { Call } from '../../src/dispatch/call.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import { errorReply, resultReply } from '../support/calls.ts';
import { settle } from '../support/create-catalog.ts';
import { createCore } from '../support/create-core.ts';
import { createFakeUpstream, type FakeUpstreamOptions, tool } from '../support/fake-upstream.ts';

const OLD = tool('t', { description: 'old' });
const NEW = tool('t', { description: 'new' });

/** The second run of a hub whose upstream offered the old tool in the first; its list comes when the test opens the gate. */
const secondRun = async (definition: JsonObject, options: FakeUpstreamOptions = {}) => {
  const offers = new Map<string, KnownOffer>();
  const memory: OfferMemory = {
    recall(name) {
      const offer = offers.get(name);
      return offer && { identity: offer.identity, list: (kind) => offer.lists[kind] };
    },
    keep: (name, offer) => void offers.set(name, offer),
  };
  const { view } = createCore([createFakeUpstream('up', { ...options, definitions: { tools: [OLD] } })], {
    catalog: { memory },
  });
  await view.catalog.ready('tools');
  await settle();
  const gate = Promise.withResolvers<void>();
  const upstream = createFakeUpstream('up', {
    definitions: { tools: [definition] },
    answer: (method) =>
      method === 'tools/list' ? gate.promise.then(() => resultReply({ tools: [definition] })) : undefined,
    ...options,
  });
  const core = createCore([upstream], { catalog: { memory } });
  const client = core.connect();
  await client.open();
  return { ...core, client, upstream, openGate: () => gate.resolve() };
};

const definitionIn = ({ target }: Call): unknown => target.definition?.['description'];

test('a call does not wait for the list of its upstream where no definition matters for it', async () => {
  const { client, upstream, openGate } = await secondRun(NEW);
  expect((await client.request('tools/call', { name: 'up__t' })).result).toBeDefined();
  expect(upstream.calls.map(definitionIn)).toEqual(['old']);
  openGate();
});

test('it waits for the present definition where its tool may have to be a task', async () => {
  const { client, upstream, openGate } = await secondRun(NEW, { capabilities: { tasks: {} } });
  const answer = client.request('tools/call', { name: 'up__t' });
  await settle();
  expect(upstream.calls).toEqual([]);
  openGate();
  expect((await answer).result).toBeDefined();
  expect(upstream.calls.map(definitionIn)).toEqual(['new']);
});

test('structured content is written as the present definition says', async () => {
  const definition = tool('t', { outputSchema: { type: 'integer' } });
  const { client, upstream, openGate } = await secondRun(definition, {
    call: () => resultReply({ content: [], structuredContent: 5 }),
  });
  const answer = client.request('tools/call', { name: 'up__t' });
  await settle();
  expect(upstream.calls).toHaveLength(1);
  openGate();
  expect((await answer).result?.['structuredContent']).toEqual({ result: 5 });
});

test('a name that is new since the last run is found at its first call', async () => {
  const { client, upstream, openGate } = await secondRun(tool('fresh'));
  openGate();
  expect((await client.request('tools/call', { name: 'up__fresh' })).result).toBeDefined();
  expect(upstream.calls.map(({ target }) => target.ownName)).toEqual(['fresh']);
});

test('a name of nobody connects no upstream whose prefix it does not have', async () => {
  const { client, upstream } = await secondRun(NEW);
  expect((await client.request('tools/call', { name: 'other__t' })).error?.message).toBe('Unknown tool: other__t');
  expect(upstream.connects).toBe(0);
});

test('a refusal by an upstream whose list is old has it read again', async () => {
  const { client, upstream, openGate, view } = await secondRun(NEW, { call: () => errorReply(-32602, 'Unknown tool') });
  expect((await client.request('tools/call', { name: 'up__t' })).error?.code).toBe(-32602);
  openGate();
  await settle();
  expect(upstream.requests.filter((method) => method === 'tools/list').length).toBeGreaterThanOrEqual(1);
  expect(view.catalog.list('tools').byName.get('up__t')?.value['description']).toBe('new');
});
