import { CallToolResultSchema, ListToolsResultSchema } from '@modelcontextprotocol/sdk/types.js';
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/sdk/validation/ajv';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/protocol/json.ts';
import { LISTS } from '../../../src/protocol/methods.ts';
import { legacyCodec } from '../../../src/protocol/rev-2025-11-25/codec.ts';
import { verifies } from '../../e2e/requirements/verifies.ts';
import { joined } from '../../support/joined.ts';

const HUB = { name: 'hub', version: '1' };

const parse = (text: string): JsonObject => JSON.parse(text) as JsonObject;

const toolWith = (schema: string): string =>
  `{"name":"a","inputSchema":{"type":"object"},"outputSchema":${schema},"z":1.0}`;

/** The list that a legacy client gets, which its SDK has to accept. */
const listed = (schema: string): string => {
  const text = toolWith(schema);
  const bytes = legacyCodec.encodeList(LISTS.tools, [{ bytes: Buffer.from(text), value: parse(text) }], HUB);
  const list = Buffer.from(bytes).toString();
  expect(ListToolsResultSchema.safeParse(parse(list)).success).toBe(true);
  return list.slice('{"tools":['.length, -']}'.length);
};

/** The result that a legacy client gets of a tool with that output schema. */
const answered = (structure: string, schema?: string, era: 'legacy' | 'modern' = 'modern'): string => {
  const text = `{"content":[],"structuredContent":${structure}}`;
  const body = { era, bytes: Buffer.from(text), value: parse(text) };
  const tool = schema === undefined ? undefined : parse(toolWith(schema));
  const result = joined(legacyCodec.encodeResult('tools/call', body, HUB, tool)).toString();
  expect(CallToolResultSchema.safeParse(parse(result)).success).toBe(true);
  return result.slice('{"content":[],"structuredContent":'.length, -1);
};

const wrapped = (schema: string): string =>
  toolWith(`{"type":"object","properties":{"result":${schema}},"required":["result"]}`);

describe('an output schema for a legacy client', () => {
  test.each(['{"type":"object"}', '{ "type":"object", "properties":{"a":{"$ref":"#/$defs/a"}}, "$defs":{"a":{}} }'])(
    'of an object stays as it is: %s',
    (schema) => expect(listed(schema)).toBe(toolWith(schema)),
  );

  test.each([
    '{"type":"array", "items":{"type":"number","minimum":1.0}}',
    '{}',
    '{"type":["object","null"]}',
    '{"anyOf":[{"type":"object"},{"type":"string"}]}',
    '{"type":"string","$comment":"see #/x"}',
    '{"$ref":"https://example.com/schema"}',
  ])('of anything else is that of an object with a result: %s', (schema) =>
    expect(listed(schema)).toBe(wrapped(schema)),
  );

  test('keeps its dialect at the root', () => {
    expect(listed('{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"array"}')).toBe(
      toolWith(
        '{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"result":{"type":"array"}},"required":["result"]}',
      ),
    );
  });

  test.each([
    '{"type":"array","items":{"$ref":"#/$defs/item"},"$defs":{"item":{}}}',
    '{"$ref":"#/$defs/a","$defs":{"a":{"type":"object"}}}',
    '{"anyOf":[{"type":"array","items":{"$dynamicRef":"#node"}}]}',
    '{"type":"object","required":"a"}',
    '{"type":"object","properties":[]}',
    '{"type":"object","properties":{"a":7}}',
  ])('that cannot be moved or mended is left out: %s', (schema) =>
    expect(listed(schema)).toBe('{"name":"a","inputSchema":{"type":"object"},"z":1.0}'),
  );

  test('has objects for properties that are true or false', () => {
    expect(listed('{"type":"object","properties":{"a":true,"b":{"n":1.0},"c":false}}')).toBe(
      toolWith('{"type":"object","properties":{"a":{},"b":{"n":1.0},"c":{"not":{}}}}'),
    );
  });
});

describe('structured content for a legacy client', () => {
  test.each([
    ['{"type":"array"}', '[1, 2.0]'],
    ['{"type":["object","null"]}', '{"n":1.0}'],
    ['{"type":["object","null"]}', 'null'],
    ['{}', '{"result":1}'],
  ])('fits the schema %s that was wrapped: %s', (schema, structure) => {
    verifies('tools:output-schema');
    expect(answered(structure, schema)).toBe(`{"result":${structure}}`);
    const { outputSchema } = parse(listed(schema));
    const validate = new AjvJsonSchemaValidator().getValidator(outputSchema as JsonObject);
    expect(validate(parse(answered(structure, schema))).valid).toBe(true);
  });

  test('of a legacy server that lists such a schema is wrapped as its list is', () => {
    expect(answered('[1]', '{"type":"array"}', 'legacy')).toBe('{"result":[1]}');
  });

  test('of a legacy server without such a schema passes as it is', () => {
    const text = '{"structuredContent":[1.0]}';
    const body = { era: 'legacy', bytes: Buffer.from(text), value: parse(text) } as const;
    expect(legacyCodec.encodeResult('tools/call', body, HUB, parse(toolWith('{"type":"object"}')))).toBe(body.bytes);
  });

  test.each([
    ['whose schema stays', '{"type":"object"}'],
    ['whose schema is left out', '{"$ref":"#/$defs/a","$defs":{"a":{"type":"object"}}}'],
    ['without a schema', undefined],
  ])('of a tool %s stays an object', (_which, schema) => expect(answered('{"n":1.0}', schema)).toBe('{"n":1.0}'));

  test.each([undefined, '{"$ref":"#/$defs/a","$defs":{"a":{}}}'])(
    'that is no object is put into one, because such a client refuses the result: schema %s',
    (schema) => expect(answered('[1]', schema)).toBe('{"result":[1]}'),
  );
});
