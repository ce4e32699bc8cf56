import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ExposureRules, type MergeOptions, mergeLists, type Source } from '../../src/catalog/merge.ts';
import { shorten } from '../../src/catalog/qualify.ts';
import type { OwnDefinition } from '../../src/catalog/read-list.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import type { Subject } from '../../src/protocol/methods.ts';
import { verifies } from '../e2e/requirements/verifies.ts';

const OPTIONS: MergeOptions = { separator: '__', maxNameLength: 54, preferred: () => undefined };

const define = (name: string, more: JsonObject = {}): OwnDefinition => {
  const value = { name, ...more };
  return { name, bytes: Buffer.from(JSON.stringify(value)), value, linkedUris: [] };
};

const defineUri = (uri: string): OwnDefinition => {
  const value = { uri, name: 'x' };
  return { name: uri, bytes: Buffer.from(JSON.stringify(value)), value, linkedUris: [] };
};

const source = (
  upstream: string,
  definitions: readonly (string | OwnDefinition)[],
  rules: Partial<ExposureRules> = {},
): Source => ({
  upstream,
  rules: { prefix: upstream, rename: {}, describe: {}, isOffered: () => true, ...rules },
  definitions: definitions.map((definition) => (typeof definition === 'string' ? define(definition) : definition)),
});

const namesOf = (list: ReturnType<typeof mergeLists>): string[] => list.entries.map(({ listedName }) => listedName);

const prefer =
  (routes: Readonly<Record<string, readonly string[]>>) =>
  (_subject: Subject, name: string): readonly string[] | undefined =>
    Object.hasOwn(routes, name) ? routes[name] : undefined;

describe('a merged list', () => {
  test('has the definitions of all upstreams under qualified names, in the order of the configuration', () => {
    verifies('tools:list:order', 'tools:name:told-apart');
    const list = mergeLists('tools', [source('b', ['y', 'x']), source('a', ['x'])], OPTIONS);
    expect(namesOf(list)).toEqual(['b__y', 'b__x', 'a__x']);
    expect(list.byName.get('a__x')).toMatchObject({ upstream: 'a', ownName: 'x' });
    expect(list.problems).toEqual([]);
  });

  test('changes the name of a definition and none of its other bytes', () => {
    const bytes = Buffer.from('{ "x-first":1.0, "name" : "add","description":"d", "name":"add" }');
    const list = mergeLists(
      'tools',
      [source('m', [{ name: 'add', bytes, value: { name: 'add' }, linkedUris: [] }])],
      OPTIONS,
    );
    expect(list.entries[0]?.bytes.toString()).toBe('{"x-first":1.0,"description":"d","name":"m__add"}');
  });

  test('leaves out what the configuration does not let through, by own names', () => {
    const isOffered: ExposureRules['isOffered'] = (kind, name) => kind === 'tools' && name !== 'secret';
    const sources = [source('a', ['open', 'secret'], { isOffered, rename: { secret: 'open2' } })];
    expect(namesOf(mergeLists('tools', sources, OPTIONS))).toEqual(['a__open']);
    expect(namesOf(mergeLists('prompts', sources, OPTIONS))).toEqual([]);
  });

  test('shows renamed and described definitions as the configuration says', () => {
    const rules = { rename: { add: 'plus' }, describe: { add: 'Adds "two"' } };
    const list = mergeLists('tools', [source('m', [define('add', { description: 'old' }), 'sub'], rules)], OPTIONS);
    expect(list.entries[0]).toMatchObject({ listedName: 'm__plus', ownName: 'add' });
    expect(list.entries[0]?.bytes.toString()).toBe('{"name":"m__plus","description":"Adds \\"two\\""}');
    expect(list.byName.has('m__add')).toBe(false);
  });

  test.each(['__proto__', 'constructor', 'toString'])('is not renamed by what every object has: %s', (name) => {
    const list = mergeLists('tools', [source('m', [name])], OPTIONS);
    expect(list.entries[0]).toMatchObject({ listedName: `m__${name}`, ownName: name });
    expect(list.byName.get(`m__${name}`)).toBe(list.entries[0]);
  });

  test('has plain names where a prefix is empty', () => {
    const list = mergeLists('tools', [source('m', ['add'], { prefix: '' })], OPTIONS);
    expect(namesOf(list)).toEqual(['add']);
    expect(list.entries[0]?.bytes.toString()).toBe('{"name":"add"}');
  });

  test('gives a name that two upstreams claim to the first, and tells the other apart by a hash', () => {
    const list = mergeLists(
      'tools',
      [source('a', ['add'], { prefix: '' }), source('b', ['add'], { prefix: '' })],
      OPTIONS,
    );
    const [, second] = namesOf(list);
    expect(namesOf(list)[0]).toBe('add');
    expect(second).toMatch(/^add_[0-9a-f]{8}$/);
    expect(list.byName.get(second as string)?.upstream).toBe('b');
    expect(list.problems).toEqual([
      { upstream: 'b', message: `"add" is offered as ${second}: "add" belongs to another upstream` },
    ]);
  });

  test('tells of a name that clients would refuse', () => {
    const list = mergeLists('tools', [source('a', ['x.y'])], OPTIONS);
    expect(list.problems).toHaveLength(1);
    expect(list.problems[0]?.message).toMatch(
      /^"x\.y" is offered as a__x_y_[0-9a-f]{8}: .* characters that clients refuse$/,
    );
  });

  test('keeps a name apart that is made to look like the shortened form of another', () => {
    const naming = { upstream: 'a', prefix: '', separator: '__', maxLength: 54 };
    const lookalike = shorten('x.y', 'x.y', naming);
    for (const names of [
      ['x.y', lookalike],
      [lookalike, 'x.y'],
    ]) {
      const list = mergeLists('tools', [source('a', names, { prefix: '' })], OPTIONS);
      expect(new Set(namesOf(list)).size).toBe(2);
      expect(list.byName.size).toBe(2);
    }
  });

  test('drops no definition and has every name once, whatever the upstreams are called and offer', () => {
    verifies('tools:name:characters', 'tools:name:unique');
    const name = fc.oneof(
      fc.constantFrom('a', 'b', 'a__b', 'b__a', '', 'a.b', 'x'.repeat(60)),
      fc.string({ minLength: 1, maxLength: 8 }),
    );
    const upstream = fc.record({
      prefix: fc.constantFrom('', 'a', 'b', 'a__b'),
      definitions: fc.uniqueArray(
        name.filter((own) => own !== ''),
        { maxLength: 6 },
      ),
      rename: fc.dictionary(
        name,
        name.filter((own) => own !== ''),
        { maxKeys: 3 },
      ),
    });
    fc.assert(
      fc.property(fc.array(upstream, { maxLength: 4 }), (upstreams) => {
        const sources = upstreams.map(({ prefix, definitions, rename }, index) =>
          source(`up${index}`, definitions, { prefix, rename }),
        );
        const list = mergeLists('tools', sources, OPTIONS);
        const names = namesOf(list);
        expect(names).toHaveLength(upstreams.flatMap(({ definitions }) => definitions).length);
        expect(new Set(names).size).toBe(names.length);
        for (const entry of list.entries) {
          expect(entry.listedName).toMatch(/^[a-zA-Z0-9_-]{1,54}$/);
          expect(list.byName.get(entry.listedName)).toBe(entry);
          expect(JSON.parse(entry.bytes.toString()).name).toBe(entry.listedName);
        }
      }),
    );
  });
});

describe('a name that a route shows without prefix', () => {
  test('is listed, and the qualified one works too', () => {
    const list = mergeLists('tools', [source('m', ['add', 'sub'])], { ...OPTIONS, preferred: prefer({ add: ['m'] }) });
    expect(namesOf(list)).toEqual(['add', 'm__sub']);
    expect(list.byName.get('m__add')).toBe(list.byName.get('add'));
    expect(list.entries[0]?.bytes.toString()).toBe('{"name":"add"}');
  });

  test('belongs to the upstream that the route names first', () => {
    const sources = [source('a', ['add']), source('b', ['add']), source('c', ['add'])];
    const list = mergeLists('tools', sources, { ...OPTIONS, preferred: prefer({ add: ['c', 'b'] }) });
    expect(namesOf(list)).toEqual(['a__add', 'b__add', 'add']);
  });

  test('is the next one’s where the first does not offer it', () => {
    const list = mergeLists('tools', [source('a', ['add']), source('b', ['sub'])], {
      ...OPTIONS,
      preferred: prefer({ add: ['b', 'a'] }),
    });
    expect(namesOf(list)).toEqual(['add', 'b__sub']);
  });

  test('never takes the qualified name of another', () => {
    const list = mergeLists('tools', [source('a', ['b__x']), source('b', ['x'])], {
      ...OPTIONS,
      preferred: prefer({ b__x: ['a'] }),
    });
    expect(list.byName.get('b__x')?.upstream).toBe('b');
    expect(namesOf(list)).toEqual(['a__b__x', 'b__x']);
  });

  test('has to be safe', () => {
    const list = mergeLists('tools', [source('a', ['x.y'])], { ...OPTIONS, preferred: prefer({ 'x.y': ['a'] }) });
    expect(namesOf(list)[0]).toMatch(/^a__x_y_/);
  });

  test('is the renamed one', () => {
    const list = mergeLists('tools', [source('m', ['add'], { rename: { add: 'plus' } })], {
      ...OPTIONS,
      preferred: prefer({ plus: ['m'], add: ['m'] }),
    });
    expect(namesOf(list)).toEqual(['plus']);
  });
});

describe('a URI', () => {
  const uris = (kind: 'resources' | 'templates', sources: readonly Source[], options: Partial<MergeOptions> = {}) =>
    mergeLists(kind, sources, { ...OPTIONS, ...options });

  test('stays as it is', () => {
    const list = uris('resources', [source('a', [defineUri('file:///x y/é')])]);
    expect(list.entries[0]).toMatchObject({ listedName: 'file:///x y/é', ownName: 'file:///x y/é' });
    expect(list.entries[0]?.bytes.toString()).toBe('{"uri":"file:///x y/é","name":"x"}');
  });

  test('that two upstreams claim is the first one’s, and the other’s copy has a URI of the hub', () => {
    const list = uris('resources', [source('a', [defineUri('x:s')]), source('b', [defineUri('x:s')])]);
    expect(namesOf(list)).toEqual(['x:s', 'mcp-hub://b/x%3As']);
    expect(list.byName.get('mcp-hub://b/x%3As')).toMatchObject({ upstream: 'b', ownName: 'x:s' });
    expect(list.entries[1]?.bytes.toString()).toBe('{"uri":"mcp-hub://b/x%3As","name":"x"}');
  });

  test('that two upstreams claim is the one’s that a route prefers', () => {
    const list = uris('resources', [source('a', [defineUri('x:s')]), source('b', [defineUri('x:s')])], {
      preferred: prefer({ 'x:s': ['b'] }),
    });
    expect(namesOf(list)).toEqual(['mcp-hub://a/x%3As', 'x:s']);
  });

  test('of an upstream without prefix goes by the name of the upstream', () => {
    const list = uris('resources', [source('a', [defineUri('x:s')]), source('b', [defineUri('x:s')], { prefix: '' })]);
    expect(namesOf(list)[1]).toBe('mcp-hub://b/x%3As');
  });

  test('template that two upstreams claim keeps its expressions', () => {
    const value = { uriTemplate: 'x:{id}', name: 'x' };
    const template: OwnDefinition = {
      name: 'x:{id}',
      bytes: Buffer.from(JSON.stringify(value)),
      value,
      linkedUris: [],
    };
    const list = uris('templates', [source('a', [template]), source('b', [template])]);
    expect(list.entries[1]?.bytes.toString()).toBe('{"uriTemplate":"mcp-hub://b/raw/x:{id}","name":"x"}');
  });
});
