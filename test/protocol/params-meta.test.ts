import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/protocol/json.ts';
import { metaOf, withMeta, withoutMeta } from '../../src/protocol/params-meta.ts';
import { objectText } from '../support/arbitrary-json.ts';

const textOf = (value: unknown): string => JSON.stringify(value);
const parse = (text: string): JsonObject => JSON.parse(text) as JsonObject;

describe('params', () => {
  test.each(['{}', '{"_meta":null}', '{"_meta":[1]}', '{"_meta":"x"}'])('%s have no _meta to look into', (text) => {
    expect(metaOf(parse(text))).toEqual({});
    expect(withoutMeta(parse(text), ['a'])).toEqual(parse(text));
  });

  test('lose the keys of _meta that are taken away, and _meta where nothing is left of it', () => {
    expect(textOf(withoutMeta(parse('{"x":1,"_meta":{"a":1,"b":2}}'), ['a']))).toBe('{"x":1,"_meta":{"b":2}}');
    expect(textOf(withoutMeta(parse('{"_meta":{"a":1},"x":1}'), ['a', 'c']))).toBe('{"x":1}');
  });

  test('are the same object where nothing is to be changed', () => {
    const params = parse('{"x":1,"_meta":{"b":2}}');
    expect(withoutMeta(params, ['a'])).toBe(params);
    expect(withMeta(params, { a: undefined })).toBe(params);
  });

  test('get back what was taken away', () => {
    fc.assert(
      fc.property(objectText, objectText, (paramsText, metaText) => {
        const params = { ...parse(paramsText), _meta: { ...parse(metaText), own: 1 } };
        const taken = withoutMeta(params, ['own']);
        expect(withMeta(taken, { own: 1 })).toEqual(params);
        expect(metaOf(taken)['own']).toBeUndefined();
      }),
    );
  });

  test('keep a member __proto__, on the outside as in _meta', () => {
    const params = parse('{"__proto__":{"x":1},"_meta":{"a":1,"__proto__":{"y":2}}}');
    expect(textOf(withoutMeta(params, ['a']))).toBe('{"__proto__":{"x":1},"_meta":{"__proto__":{"y":2}}}');
    expect(textOf(withMeta(params, { b: 2 }))).toBe('{"__proto__":{"x":1},"_meta":{"a":1,"__proto__":{"y":2},"b":2}}');
  });
});
