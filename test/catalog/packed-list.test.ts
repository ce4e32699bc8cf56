import { expect, test, vi } from 'vitest';
import { packList, unpackList } from '../../src/catalog/packed-list.ts';
import { readList } from '../../src/catalog/read-list.ts';
import type { JsonValue } from '../../src/protocol/json.ts';
import { LISTS } from '../../src/protocol/methods.ts';
import { createFakeUpstream, tool } from '../support/fake-upstream.ts';

const definitionsOf = async (tools: readonly JsonValue[]) => {
  const upstream = createFakeUpstream('up', { definitions: { tools } });
  await upstream.connect(new AbortController().signal);
  const { signal } = new AbortController();
  return (await readList(upstream, LISTS.tools, { maxDefinitions: 100, signal })).definitions;
};

const TOOLS: readonly JsonValue[] = [
  tool('first', { description: 'größer als ein Byte, und 💡' }),
  tool('__proto__'),
  tool('linked', { _meta: { ui: { resourceUri: 'ui://up/panel' } } }),
];

test('a packed list has all of every definition when it is unpacked', async () => {
  const definitions = await definitionsOf(TOOLS);
  const unpacked = unpackList(packList(definitions)) ?? [];
  expect(unpacked.map(({ name, linkedUris }) => [name, linkedUris])).toEqual([
    ['first', []],
    ['__proto__', []],
    ['linked', ['ui://up/panel']],
  ]);
  expect(unpacked.map(({ bytes }) => bytes.toString())).toEqual(definitions.map(({ bytes }) => bytes.toString()));
  expect(unpacked.map(({ value }) => value)).toEqual(TOOLS);
});

test('an empty list is one too', () => {
  expect(unpackList(packList([]))).toEqual([]);
});

test('unpacking parses no definition; asking for one parses it once', async () => {
  const packed = packList(await definitionsOf(TOOLS));
  const parse = vi.spyOn(JSON, 'parse');
  const [first] = unpackList(packed) ?? [];
  expect(parse).toHaveBeenCalledTimes(1);
  expect(first?.value).toBe(first?.value);
  expect(parse).toHaveBeenCalledTimes(2);
  parse.mockRestore();
});

test('bytes that are cut off, longer, or something else are no list', async () => {
  const packed = packList(await definitionsOf(TOOLS));
  const index = (json: string): Buffer => {
    const size = Buffer.alloc(4);
    size.writeUInt32BE(Buffer.byteLength(json));
    return Buffer.concat([size, Buffer.from(json)]);
  };
  for (const bytes of [
    Buffer.alloc(0),
    packed.subarray(0, packed.length - 1),
    Buffer.concat([packed, Buffer.from('x')]),
    packed.subarray(0, 20),
    Buffer.from('[{"name":"first"}]'),
    index('{"names":["a"],"lengths":[],"links":{}}'),
    index('{"names":["a"],"lengths":[-1],"links":{}}'),
    index('{"names":[1],"lengths":[0],"links":{}}'),
    index('null'),
  ]) {
    expect(unpackList(bytes)).toBeUndefined();
  }
});
