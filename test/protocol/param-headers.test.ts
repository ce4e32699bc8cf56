import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type JsonObject, type JsonValue, parseLossless } from '../../src/protocol/json.ts';
import { encodeHeaderValue, paramHeadersFor, readParamHeaders } from '../../src/protocol/param-headers.ts';
import { verifies } from '../e2e/requirements/verifies.ts';

// https://modelcontextprotocol.io/specification/2026-07-28/server/tools#x-mcp-header

const schema = (properties: JsonObject): JsonObject => ({ type: 'object', properties });
const marked = (header: JsonValue, type: JsonValue = 'string'): JsonObject => ({ type, 'x-mcp-header': header });

const headersOf = (inputSchema: JsonObject) => {
  const read = readParamHeaders(inputSchema);
  if (!read.ok) throw new Error(read.fault);
  return read.headers;
};
const faultOf = (inputSchema: JsonObject): string => {
  const read = readParamHeaders(inputSchema);
  return read.ok ? '' : read.fault;
};

describe('an annotation in an input schema', () => {
  test.each(['string', 'integer', 'boolean'])('may stand on a %s', (type) => {
    verifies('tools:x-mcp-header:type');
    expect(headersOf(schema({ region: marked('Region', type) }))).toEqual([{ header: 'Region', path: ['region'] }]);
  });

  test('may stand in objects within objects, as long as only `properties` leads there', () => {
    verifies('http:param-headers:path');
    const deep = schema({ a: schema({ b: schema({ c: marked('C') }) }), properties: schema({ d: marked('D') }) });
    expect(headersOf(deep)).toEqual([
      { header: 'C', path: ['a', 'b', 'c'] },
      { header: 'D', path: ['properties', 'd'] },
    ]);
  });

  test('may stand on none or many', () => {
    expect(headersOf(schema({ a: { type: 'string' } }))).toEqual([]);
    expect(headersOf({ type: 'object' })).toEqual([]);
    expect(headersOf(schema({ a: marked('A'), b: marked('B') }))).toHaveLength(2);
  });

  test.each<[string, JsonValue]>([
    ['empty', ''],
    ['a number', 5],
    ['null', null],
    ['with a space', 'My Region'],
    ['with a colon', 'Region:Primary'],
    ['with a line feed', 'Region\nX'],
    ['with a carriage return', 'Region\r'],
    ['with a tab', 'Reg\tion'],
    ['with a letter beyond ASCII', 'Région'],
    ['with a bracket', 'a(b)'],
    ['with a quote', 'a"b'],
    ['with a slash', 'a/b'],
    ['with a null character', 'a\0b'],
  ])('may not be %s', (_name, header) => {
    verifies('tools:x-mcp-header:name');
    expect(faultOf(schema({ a: marked(header) }))).toBe('x-mcp-header of a is not a header name');
  });

  test('may be any token of HTTP', () => {
    verifies('tools:x-mcp-header:name');
    for (const header of ["!#$%&'*+-.^_`|~", 'a', '0', 'X-Y_z']) {
      expect(headersOf(schema({ a: marked(header) }))).toEqual([{ header, path: ['a'] }]);
    }
  });

  test.each<[string, JsonValue]>([
    ['a number', 'number'],
    ['an object', 'object'],
    ['an array', 'array'],
    ['null', 'null'],
    ['one of two types', ['string', 'null']],
    ['a type that is no text', 5],
  ])('may not stand on %s', (_name, type) => {
    verifies('tools:x-mcp-header:type');
    expect(faultOf(schema({ a: marked('A', type) }))).toBe(
      'x-mcp-header of a is on something other than a string, integer or boolean',
    );
  });

  test('may not stand where no type is said', () => {
    expect(faultOf(schema({ a: { 'x-mcp-header': 'A' } }))).toContain('other than a string');
  });

  test('may not be used twice, in whatever case and place', () => {
    verifies('tools:x-mcp-header:unique');
    expect(faultOf(schema({ a: marked('Region'), b: marked('REGION') }))).toBe('x-mcp-header of b is used twice');
    expect(faultOf(schema({ a: marked('R'), b: schema({ c: marked('r') }) }))).toBe(
      'x-mcp-header of b.c is used twice',
    );
  });

  test.each<[string, JsonObject]>([
    ['the schema itself', marked('A', 'string')],
    ['items', schema({ list: { type: 'array', items: marked('A') } })],
    ['an object within items', schema({ list: { type: 'array', items: schema({ a: marked('A') }) } })],
    ['prefixItems', schema({ list: { type: 'array', prefixItems: [marked('A')] } })],
    ['oneOf', schema({ a: { oneOf: [marked('A')] } })],
    ['anyOf', { type: 'object', anyOf: [schema({ a: marked('A') })] }],
    ['allOf', { type: 'object', allOf: [schema({ a: marked('A') })] }],
    ['not', schema({ a: { not: marked('A') } })],
    ...['if', 'then', 'else', 'contains', 'dependentSchemas', 'unevaluatedProperties'].map(
      (keyword): [string, JsonObject] => [keyword, { type: 'object', [keyword]: schema({ a: marked('A') }) }],
    ),
    ['$defs', { type: 'object', $defs: { a: marked('A') }, properties: { b: { $ref: '#/$defs/a' } } }],
    ['additionalProperties', { type: 'object', additionalProperties: marked('A') }],
    ['patternProperties', { type: 'object', patternProperties: { '^a': marked('A') } }],
  ])('may not stand in %s', (_name, inputSchema) => {
    verifies('tools:x-mcp-header:place');
    expect(faultOf(inputSchema)).toContain('stands where no argument of its own is');
  });

  test('may be the name of a property', () => {
    expect(headersOf(schema({ 'x-mcp-header': { type: 'string' } }))).toEqual([]);
  });

  test('in a schema that nests without end is a fault, not the end of the hub', () => {
    verifies('base:json-schema:bounded');
    let inputSchema: JsonObject = marked('A');
    for (let depth = 0; depth < 200; depth += 1) inputSchema = schema({ a: inputSchema });
    expect(faultOf(inputSchema)).toBe('its input schema nests deeper than 64 levels');
  });
});

describe('the headers of a call', () => {
  const headers = headersOf(
    schema({
      region: marked('Region'),
      count: marked('Count', 'integer'),
      dry: marked('Dry-Run', 'boolean'),
      where: schema({ city: marked('City') }),
    }),
  );

  test('have the value of each argument, as text', () => {
    verifies('http:param-headers:sent', 'http:param-headers:path');
    const args = { region: 'us-west1', count: 42, dry: false, where: { city: 'Oslo' }, other: 1 };
    expect(paramHeadersFor(headers, args)).toEqual({
      'Mcp-Param-Region': 'us-west1',
      'Mcp-Param-Count': '42',
      'Mcp-Param-Dry-Run': 'false',
      'Mcp-Param-City': 'Oslo',
    });
  });

  test.each<[string, JsonValue | undefined]>([
    ['nothing', undefined],
    ['no arguments', {}],
    ['null', { region: null, count: null, where: null }],
    ['something else than an object', ['region']],
    ['an object in place of a text', { region: { a: 1 }, where: { city: ['x'] } }],
    ['what every object inherits', { where: 'city' }],
  ])('are none for %s', (_name, args) => {
    verifies('http:param-headers:absent');
    expect(paramHeadersFor(headers, args)).toEqual({});
  });

  test('are not made of what an object inherits', () => {
    expect(paramHeadersFor([{ header: 'A', path: ['constructor', 'name'] }], {})).toEqual({});
  });

  test('keep the digits of a long integer', () => {
    const args = parseLossless('{"count":9007199254740993}') as JsonObject;
    expect(paramHeadersFor(headers, args)).toEqual({ 'Mcp-Param-Count': '9007199254740993' });
  });
});

// https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#value-encoding
describe('the value of a header', () => {
  test.each([
    ['us-west1', 'us-west1'],
    ['Hello, 世界', '=?base64?SGVsbG8sIOS4lueVjA==?='],
    [' padded ', '=?base64?IHBhZGRlZCA=?='],
    ['line1\nline2', '=?base64?bGluZTEKbGluZTI=?='],
    ['=?base64?literal?=', '=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?='],
    ['', '=?base64??='],
    ['two words', 'two words'],
    ['a\tb', 'a\tb'],
    ['=?BASE64?x?=', '=?BASE64?x?='],
    ['~!"#', '~!"#'],
  ])('of %j is %j', (value, encoded) => {
    verifies('http:param-headers:encoded');
    expect(encodeHeaderValue(value)).toBe(encoded);
  });

  test('of any text can be sent, and read again', () => {
    verifies('http:param-headers:encoded');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const encoded = encodeHeaderValue(value);
        expect(encoded).toMatch(/^[\x20-\x7e\t]*$/);
        expect(encoded.trim()).toBe(encoded);
        const base64 = /^=\?base64\?(.*)\?=$/.exec(encoded)?.[1];
        const decoded = base64 === undefined ? encoded : Buffer.from(base64, 'base64').toString();
        expect(decoded).toBe(Buffer.from(value).toString());
      }),
    );
  });
});
