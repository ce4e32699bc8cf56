import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseToolArguments, toolArguments } from '../../src/cli/tool-arguments.ts';
import type { JsonObject } from '../../src/protocol/json.ts';

const cwd = mkdtempSync(join(tmpdir(), 'mcp-hub-arguments-'));
const schema = {
  type: 'object',
  properties: {
    count: { type: 'integer' },
    ratio: { type: ['number', 'null'] },
    isFast: { type: 'boolean' },
    text: { type: 'string' },
    tags: { type: 'array' },
    where: { type: 'object' },
    maybe: { anyOf: [{ type: 'integer' }, { type: 'null' }] },
  },
} satisfies JsonObject;
const parse = (...values: string[]) => JSON.stringify(toolArguments(parseToolArguments(values, { cwd }), schema));

describe('values of a call', () => {
  test('are typed as the schema of the tool says', () => {
    expect(parse('count=3', 'ratio=0.5', 'isFast=true', 'text=3', 'tags=["a"]', 'where={"a":1}', 'maybe=null')).toBe(
      '{"count":3,"ratio":0.5,"isFast":true,"text":"3","tags":["a"],"where":{"a":1},"maybe":null}',
    );
  });

  test('are text where the schema says nothing', () => {
    expect(parse('other=3')).toBe('{"other":"3"}');
    expect(JSON.stringify(toolArguments(parseToolArguments(['a=1'], { cwd }), undefined))).toBe('{"a":"1"}');
  });

  test('keep the digits of long integers', () => {
    expect(parse('count=9007199254740993', 'x:=12345678901234567890')).toBe(
      '{"count":9007199254740993,"x":12345678901234567890}',
    );
  });

  test('are JSON after ":="', () => {
    expect(parse('other:={"a":[1,true]}', 'url:="a=b"')).toBe('{"other":{"a":[1,true]},"url":"a=b"}');
  });

  test('may hold further equals signs, and may be empty', () => {
    expect(parse('text=a=b', 'x=')).toBe('{"text":"a=b","x":""}');
  });

  test('come from a file after "=@"', () => {
    writeFileSync(join(cwd, 'today.md'), 'line\n');
    expect(parse('text=@today.md')).toBe('{"text":"line\\n"}');
    expect(() => parse('text=@missing.md')).toThrow('the file for text cannot be read: missing.md');
  });

  test('win over the same keys of --args', () => {
    const typed = parseToolArguments(['a=2'], { cwd, json: '{"a":1,"b":1.0}' });
    expect(JSON.stringify(toolArguments(typed, undefined))).toBe('{"a":"2","b":1.0}');
  });

  test('of the name __proto__ are ordinary values', () => {
    expect(parse('__proto__=x')).toBe('{"__proto__":"x"}');
  });

  test.each([
    ['count=many', 'argument count is not of the type that the tool asks for: integer'],
    ['isFast=yes', 'argument isFast is not of the type that the tool asks for: boolean'],
    ['novalue', '"novalue" is not of the form key=value'],
    ['=x', '"=x" is not of the form key=value'],
    ['a:=nope', 'the value of a is not JSON'],
  ])('are refused in one sentence: %s', (value, message) => {
    expect(() => parse(value)).toThrow(message);
  });

  test('are refused when one is given twice, and when --args is no object', () => {
    expect(() => parse('a=1', 'a=2')).toThrow('argument a is given twice');
    expect(() => parseToolArguments([], { cwd, json: '[1]' })).toThrow('--args is not a JSON object');
  });
});
