import { expect, test } from 'vitest';
import { createCatalog } from '../support/create-catalog.ts';
import { createFakeUpstream } from '../support/fake-upstream.ts';

const resource = (uri: string) => ({ uri, name: uri });
const template = (uriTemplate: string) => ({ uriTemplate, name: uriTemplate });

const open = async () => {
  const one = createFakeUpstream('one', {
    definitions: { resources: [resource('a:1')], templates: [template('item:{id}'), template('own:{id}')] },
  });
  const two = createFakeUpstream('two', {
    definitions: { resources: [resource('a:1'), resource('item:listed')], templates: [template('item:{id}')] },
  });
  const { catalog } = createCatalog([one, two]);
  await catalog.ready('resources');
  await catalog.ready('templates');
  return catalog;
};

test('an upstream that owns all its URIs keeps them', async () => {
  expect((await open()).uriNamingOf('one')).toBeUndefined();
});

test('an upstream that shares a URI with an earlier one has it under a URI of the hub', async () => {
  const naming = (await open()).uriNamingOf('two');
  expect(naming?.('a:1')).toBe('mcp-hub://two/a%3A1');
  expect(naming?.('b:2')).toBeUndefined();
});

test('what a shared template covers is under a URI of the hub too, but not what is listed by itself', async () => {
  const naming = (await open()).uriNamingOf('two');
  expect(naming?.('item:7')).toBe('mcp-hub://two/raw/item:7');
  expect(naming?.('item:listed')).toBeUndefined();
  expect(naming?.('item:\ud800')).toBe('mcp-hub://two/raw/item:\ud800');
});

test('the naming is made once for as long as the lists stay', async () => {
  const catalog = await open();
  expect(catalog.uriNamingOf('two')).toBe(catalog.uriNamingOf('two'));
});
