import { copyFile, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { generatedFiles } from '../../scripts/generate-schema.ts';
import { configJsonSchema, type JsonSchema } from '../../src/config/json-schema.ts';
import { loadConfig } from '../../src/config/load.ts';
import { parseText } from '../../src/config/parse-text.ts';
import { schemaFile } from '../../src/config/schema-file.ts';
import { validateConfig } from '../../src/config/validate.ts';
import { createFolder } from './folder.ts';

const inRepository = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const EXAMPLE = inRepository('mcp-hub.config.example.json');

describe('generated files', () => {
  test.each(generatedFiles())(
    '$path is what the schema says; else run: node scripts/generate-schema.ts',
    async ({ path, text }) => {
      expect(await readFile(inRepository(path), 'utf8')).toBe(text);
    },
  );

  test('the published schema is found from the sources', () => {
    expect(schemaFile()).toBe(inRepository('schema/mcp-hub.schema.json'));
  });

  test('every key of the schema is described', () => {
    const bare = keysOf(configJsonSchema()).filter(({ schema }) => schema.description === undefined);
    expect(bare.map(({ path }) => path)).toEqual([]);
  });

  test('every key that has a default takes it', () => {
    const defaults = keysOf(configJsonSchema()).filter(({ schema }) => 'default' in schema);
    expect(defaults.length).toBeGreaterThan(25);
  });
});

describe('the example', () => {
  /** The example as a user's file, with the variables that it reads from beside it. */
  const copyExample = async (): Promise<string> => {
    const folder = await createFolder();
    await folder.write('mcp-hub.env', 'GITHUB_TOKEN=x\n');
    await folder.write('mcp-hub.config.json', '');
    await copyFile(EXAMPLE, folder.at('mcp-hub.config.json'));
    await folder.write('mcp-hub.config.json', await readFile(EXAMPLE));
    return folder.at('mcp-hub.config.json');
  };

  test('loads without a problem, also when it is looked at closely', async () => {
    const options = { configFile: await copyExample(), env: {}, cwd: '/' };
    const config = await loadConfig(options);
    expect(config.problems).toEqual([]);
    expect(config.upstreams.map(({ name, missingVariables }) => [name, missingVariables])).toEqual([
      ['github', []],
      // No secret is kept in this home.
      ['docs', [`\${keychain:docs-token}`, `\${keychain:docs-client}`]],
    ]);
    expect((await validateConfig(options)).problems).toEqual([]);
  });

  test('has every key of the schema, and no other', async () => {
    const { value } = await parseText(EXAMPLE, await readFile(EXAMPLE, 'utf8'));
    const known = keysOf(configJsonSchema()).map(({ path }) => path);
    const used = new Set(pathsOf(value, configJsonSchema()));
    expect(known.filter((path) => !used.has(path))).toEqual([]);
    expect([...used].filter((path) => !known.includes(path))).toEqual([]);
  });
});

interface SchemaKey {
  readonly path: string;
  readonly schema: JsonSchema;
}

/** Every key that the schema names, as `hub.servers.*.prefix`. */
const keysOf = (schema: JsonSchema, path: readonly string[] = []): readonly SchemaKey[] => {
  const members = Object.entries(schema.properties ?? {}).flatMap(([key, member]) => [
    { path: [...path, key].join('.'), schema: member },
    ...keysOf(member, [...path, key]),
  ]);
  const { additionalProperties: others, items } = schema;
  return [
    ...members,
    ...(typeof others === 'object' ? keysOf(others, [...path, '*']) : []),
    ...(items ? keysOf(items, [...path, '*']) : []),
  ];
};

/** Every key that a value has, as far as the schema goes. */
const pathsOf = (value: unknown, schema: JsonSchema, path: readonly string[] = []): readonly string[] => {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    const known = schema.properties?.[key];
    if (known) return [[...path, key].join('.'), ...pathsOf(member, known, [...path, key])];
    const others = Array.isArray(value) ? schema.items : schema.additionalProperties;
    if (typeof others === 'object') return pathsOf(member, others as JsonSchema, [...path, '*']);
    return schema.properties ? [[...path, key].join('.')] : [];
  });
};
