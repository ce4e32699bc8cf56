import { specTypeSchemas } from '@modelcontextprotocol/client';
import {
  ListPromptsResultSchema as PromptsV1,
  ListResourcesResultSchema as ResourcesV1,
  ListResourceTemplatesResultSchema as TemplatesV1,
  ListToolsResultSchema as ToolsV1,
} from '@modelcontextprotocol/sdk/types.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readList } from '../../src/catalog/read-list.ts';
import type { JsonObject, JsonValue } from '../../src/protocol/json.ts';
import { LIST_KINDS, LISTS, type ListKind } from '../../src/protocol/methods.ts';
import { legacyCodec } from '../../src/protocol/rev-2025-11-25/codec.ts';
import { modernCodec } from '../../src/protocol/rev-2026-07-28/codec.ts';
import { verifies } from '../e2e/requirements/verifies.ts';
import { createFakeUpstream } from '../support/fake-upstream.ts';

const V1 = { tools: ToolsV1, prompts: PromptsV1, resources: ResourcesV1, templates: TemplatesV1 };
const V2 = {
  tools: specTypeSchemas.ListToolsResult,
  prompts: specTypeSchemas.ListPromptsResult,
  resources: specTypeSchemas.ListResourcesResult,
  templates: specTypeSchemas.ListResourceTemplatesResult,
};

/** What the clients of the two SDKs have against a list. */
const issuesV1 = (kind: ListKind, list: JsonObject): unknown => V1[kind].safeParse(list).error?.issues;
const issuesV2 = (kind: ListKind, list: JsonObject): unknown => V2[kind]['~standard'].validate(list).issues;
const HUB = { name: 'hub', version: '1' };

const GOOD: Readonly<Record<ListKind, JsonObject>> = {
  tools: { name: 'good', inputSchema: { type: 'object' } },
  prompts: { name: 'good' },
  resources: { name: 'good', uri: 'x:good' },
  templates: { name: 'good', uriTemplate: 'x:good/{y}' },
};

/** What a list of a strange definition beside a good one becomes: the names that are left, the problems, and what clients get. */
const list = async (kind: ListKind, strange: JsonValue) => {
  const upstream = createFakeUpstream('evil', { definitions: { [kind]: [strange, GOOD[kind]] } });
  const entry = LISTS[kind];
  const { definitions, problems } = await readList(upstream, entry, {
    maxDefinitions: 10,
    signal: new AbortController().signal,
  });
  const parse = (bytes: Uint8Array): JsonObject => JSON.parse(Buffer.from(bytes).toString()) as JsonObject;
  return {
    names: definitions.map(({ name }) => name),
    definitions,
    problems,
    legacy: parse(legacyCodec.encodeList(entry, definitions, HUB)),
    modern: parse(modernCodec.encodeList(entry, definitions, HUB)),
  };
};

const anything: fc.Arbitrary<JsonValue> = fc.oneof(
  fc.constantFrom<JsonValue>(
    null,
    true,
    0,
    -1,
    0.5,
    'object',
    'user',
    'light',
    'required',
    '2026-07-28T12:00:00Z',
    '2026-07-28',
  ),
  fc.constantFrom<JsonValue>(
    [],
    {},
    [null],
    [{}],
    ['a'],
    ['user'],
    [{ src: 'https://x/i' }],
    [{ name: 'a' }],
    { a: true },
    { a: {} },
    { a: null },
  ),
  fc.constantFrom<JsonValue>({ type: 'object' }, { type: 'object', properties: { a: true, b: {} } }, { type: 'array' }),
  fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<JsonValue>,
);

/** A good definition with members, and members of members, that somebody has filled at random. */
const strangeDefinition = (kind: ListKind): fc.Arbitrary<JsonObject> => {
  const nested = (...members: string[]): fc.Arbitrary<JsonValue> =>
    fc.dictionary(fc.constantFrom(...members), anything, { maxKeys: 2 });
  const members: Record<string, fc.Arbitrary<JsonValue>> = {
    annotations: nested('title', 'readOnlyHint', 'openWorldHint', 'audience', 'priority', 'lastModified'),
    execution: nested('taskSupport', 'x'),
    icons: fc.array(nested('src', 'mimeType', 'sizes', 'theme'), { maxLength: 2 }) as fc.Arbitrary<JsonValue>,
    arguments: fc.array(nested('name', 'title', 'description', 'required'), {
      maxLength: 2,
    }) as fc.Arbitrary<JsonValue>,
    inputSchema: nested('type', 'properties', 'required', '$schema', 'anyOf').map((schema) => ({
      type: 'object',
      ...(schema as JsonObject),
    })),
    outputSchema: nested('type', 'properties', 'required', '$schema'),
    title: anything,
    description: anything,
    mimeType: anything,
    size: anything,
    _meta: anything,
    name: anything,
    uri: anything,
    uriTemplate: anything,
  };
  const change = fc
    .constantFrom(...Object.keys(members))
    .chain((member) =>
      fc
        .oneof(members[member] as fc.Arbitrary<JsonValue>, anything)
        .map((value): readonly [string, JsonValue] => [member, value]),
    );
  return fc.array(change, { minLength: 1, maxLength: 3 }).map((changes) => ({
    ...GOOD[kind],
    [LISTS[kind].nameMember]: 'x:strange',
    ...Object.fromEntries(changes),
  }));
};

describe.each(LIST_KINDS)('a strange definition among the %s', (kind) => {
  test('never makes a client of either SDK refuse the list', async () => {
    await fc.assert(
      fc.asyncProperty(strangeDefinition(kind), async (strange) => {
        const { legacy, modern, names } = await list(kind, strange);
        expect(issuesV1(kind, legacy)).toBeUndefined();
        expect(issuesV2(kind, legacy)).toBeUndefined();
        expect(issuesV2(kind, modern)).toBeUndefined();
        expect(names.length).toBeGreaterThanOrEqual(1);
      }),
      { numRuns: 150 },
    );
  });

  test('that clients can read stays as it is', async () => {
    let seen = 0;
    await fc.assert(
      fc.asyncProperty(strangeDefinition(kind), async (strange) => {
        const bare = { [LISTS[kind].member]: [strange] };
        const isReadable =
          issuesV1(kind, bare) === undefined &&
          issuesV2(kind, { ...bare, resultType: 'complete', ttlMs: 0, cacheScope: 'private' }) === undefined;
        const ownName = strange[LISTS[kind].nameMember];
        // Half of a surrogate pair is a string to clients, and no URI.
        const isFit =
          isReadable &&
          typeof ownName === 'string' &&
          ownName !== '' &&
          (LISTS[kind].nameMember === 'name' || ownName.isWellFormed());
        if (!isFit) return;
        seen += 1;
        // Members that mean nothing in this list may have any shape.
        const { definitions } = await list(kind, strange);
        expect(definitions[0]?.value).toEqual(strange);
        expect(definitions[0]?.bytes.toString()).toBe(JSON.stringify(strange));
      }),
      { numRuns: 150 },
    );
    expect(seen).toBeGreaterThan(10);
  });
});

describe('a definition', () => {
  test.each([
    ['tools', null, 'tools[0] is left out: it is not an object'],
    ['tools', 'a string', 'tools[0] is left out: it is not an object'],
    ['tools', { inputSchema: {} }, 'tools[0] is left out: name must be a string that is not empty'],
    ['tools', { name: '', inputSchema: {} }, 'tools[0] "" is left out: name must be a string that is not empty'],
    ['tools', { name: 'x' }, 'tools[0] "x" is left out: inputSchema must be an object'],
    ['tools', { name: 'x', inputSchema: {} }, 'tools[0] "x" is left out: inputSchema.type is missing'],
    [
      'tools',
      { name: 'x', inputSchema: { type: 'string' } },
      'tools[0] "x" is left out: inputSchema.type must be "object"',
    ],
    [
      'tools',
      { name: 'x', inputSchema: { type: 'object', properties: { a: null } } },
      'tools[0] "x" is left out: inputSchema.properties.a must be a schema',
    ],
    ['resources', { name: 'x' }, 'resources[0] is left out: uri must be a string that is not empty'],
    ['resources', { uri: 'x:y' }, 'resources[0] "x:y" is left out: name must be a string'],
    [
      'resources',
      { name: 'x', uri: 'x:\ud800' },
      'resources[0] "x:\\ud800" is left out: uri has half of a surrogate pair',
    ],
    [
      'templates',
      { name: 'x', uriTemplate: 5 },
      'resourceTemplates[0] is left out: uriTemplate must be a string that is not empty',
    ],
  ] as const)('of the %s that is %j cannot be used: %s', async (kind, definition, problem) => {
    verifies('tools:input-schema');
    const { names, problems } = await list(kind, definition as JsonValue);
    expect(names).toHaveLength(1);
    expect(problems).toEqual([problem]);
  });

  test('loses an optional member of a wrong shape, and nothing else', async () => {
    const strange = {
      name: 'x',
      description: null,
      inputSchema: { type: 'object' },
      annotations: { readOnlyHint: 'no' },
      'x-own': [1],
    };
    const { definitions, problems } = await list('tools', strange);
    expect(definitions[0]?.bytes.toString()).toBe('{"name":"x","inputSchema":{"type":"object"},"x-own":[1]}');
    expect(definitions[0]?.value).toEqual({ name: 'x', inputSchema: { type: 'object' }, 'x-own': [1] });
    expect(problems).toEqual([
      'tools[0] "x" loses its description: description must be a string',
      'tools[0] "x" loses its annotations: annotations.readOnlyHint must be true or false',
    ]);
  });
});
