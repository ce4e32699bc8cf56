import { describe, expect, test } from 'vitest';
import { LIST_KINDS } from '../../src/protocol/methods.ts';
import { createCatalog, settle } from '../support/create-catalog.ts';
import { createFakeUpstream, type Definitions } from '../support/fake-upstream.ts';

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

describe('a user interface that tools name', () => {
  const UI = 'ui://app/view';
  const appTool = (uri = UI) => ({
    name: 'show',
    inputSchema: { type: 'object' },
    _meta: { x: 1, ui: { resourceUri: uri, visibility: ['model'] } },
  });
  const olderTool = { name: 'older', inputSchema: { type: 'object' }, _meta: { 'ui/resourceUri': UI } };
  const openTools = async (
    first: { tools?: object[]; resources?: object[]; templates?: object[] },
    second: { tools?: object[]; resources?: object[]; templates?: object[] },
    options?: Parameters<typeof createCatalog>[1],
  ) => {
    const none = { tools: [], resources: [], templates: [] };
    const upstreams = [
      createFakeUpstream('one', { definitions: { ...none, ...first } as Definitions }),
      createFakeUpstream('two', { definitions: { ...none, ...second } as Definitions }),
    ];
    const under = createCatalog(upstreams, options);
    for (const kind of LIST_KINDS) await under.catalog.ready(kind);
    const metaOf = (name: string): unknown => {
      const entry = under.catalog.list('tools').entries.find(({ listedName }) => listedName === name);
      return (JSON.parse(entry?.bytes.toString() ?? '{}') as { _meta?: unknown })._meta;
    };
    return { ...under, upstreams, metaOf };
  };
  const renamedMeta = { x: 1, ui: { resourceUri: 'mcp-hub://two/ui%3A%2F%2Fapp%2Fview', visibility: ['model'] } };

  test('keeps its URI where it is the only one, listed or not, and is found by it', async () => {
    const { metaOf, catalog } = await openTools({}, { tools: [appTool()] });
    expect(metaOf('two__show')).toEqual(appTool()._meta);
    expect(catalog.linkedOwner(UI)).toBe('two');
    expect(catalog.linkedOwner('ui://app/none')).toBeUndefined();
  });

  test.each([
    ['neither lists', {}, {}],
    ['both list', { resources: [resource(UI)] }, { resources: [resource(UI)] }],
    ['the first lists', { resources: [resource(UI)] }, {}],
    ['the first has a template for', { templates: [template('ui://app/{name}')] }, {}],
  ])('is renamed in the definition of the second upstream when %s it', async (_which, first, second) => {
    const { metaOf, catalog } = await openTools(
      { tools: [appTool()], ...first },
      { tools: [appTool(), olderTool], ...second },
    );
    expect(metaOf('one__show')).toEqual(appTool()._meta);
    expect(metaOf('two__show')).toEqual(renamedMeta);
    expect(metaOf('two__older')).toEqual({ 'ui/resourceUri': 'mcp-hub://two/ui%3A%2F%2Fapp%2Fview' });
    expect(catalog.uriNamingOf('two')?.(UI)).toBe('mcp-hub://two/ui%3A%2F%2Fapp%2Fview');
    expect(catalog.uriNamingOf('one')).toBeUndefined();
  });

  test('belongs to the upstream that lists it, although the tool of an earlier one names it', async () => {
    const { metaOf } = await openTools({ tools: [appTool()] }, { tools: [appTool()], resources: [resource(UI)] });
    expect(metaOf('two__show')).toEqual(appTool()._meta);
    expect(metaOf('one__show')).toMatchObject({ ui: { resourceUri: 'mcp-hub://one/ui%3A%2F%2Fapp%2Fview' } });
  });

  test('belongs to the upstream that a route prefers', async () => {
    const preferred = (subject: string) => (subject === 'resource' ? ['two'] : undefined);
    const { metaOf } = await openTools({ tools: [appTool()] }, { tools: [appTool()] }, { preferred });
    expect(metaOf('two__show')).toEqual(appTool()._meta);
    expect(metaOf('one__show')).toMatchObject({ ui: { resourceUri: 'mcp-hub://one/ui%3A%2F%2Fapp%2Fview' } });
  });

  test('of a tool that is not offered takes no URI from anybody', async () => {
    const rules = { one: { isOffered: (kind: string) => kind !== 'tools' } };
    const { metaOf } = await openTools({ tools: [appTool()] }, { tools: [appTool()] }, { rules });
    expect(metaOf('two__show')).toEqual(appTool()._meta);
  });

  test('is renamed later, with an announcement, when an upstream comes to list it', async () => {
    const { metaOf, catalog, announced, upstreams } = await openTools({}, { tools: [appTool()] });
    for (const kind of LIST_KINDS) catalog.markServed(kind);
    upstreams[0]?.offer({ tools: [], resources: [resource(UI)], templates: [] } as Definitions);
    upstreams[0]?.tellChange('resources');
    await settle();
    expect(announced).toEqual([['resources', 'tools']]);
    expect(metaOf('two__show')).toEqual(renamedMeta);
  });

  test.each(['https://a.example', 'file:///etc/passwd', 7, 'ui://\ud800'])(
    'of another kind is not taken: %j',
    async (uri) => {
      const { catalog } = await openTools({ tools: [appTool(uri as string)] }, {});
      expect(catalog.linkedOwner(uri as string)).toBeUndefined();
    },
  );
});
