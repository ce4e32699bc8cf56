import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isJsonObject, isRawNumber, parseLossless } from '../../src/protocol/json.ts';
import { jsonText, numberText, tightObjectText } from '../support/arbitrary-json.ts';

describe('parseLossless', () => {
  test('keeps the text of every number', () => {
    fc.assert(
      fc.property(numberText, (number) => {
        expect(JSON.stringify(parseLossless(number))).toBe(number);
        expect(JSON.stringify(parseLossless(`{"a":[${number}]}`))).toBe(`{"a":[${number}]}`);
      }),
    );
  });

  test('reads everything but long numbers as JSON.parse does', () => {
    fc.assert(
      fc.property(jsonText, (text) => {
        expect(JSON.parse(JSON.stringify(parseLossless(text)))).toEqual(JSON.parse(text));
      }),
    );
  });

  test('is written back as it was read, but for the notation of characters, equal keys and the order of integer keys', () => {
    fc.assert(
      fc.property(tightObjectText, (text) => {
        const once = JSON.stringify(parseLossless(text));
        expect(JSON.stringify(parseLossless(once))).toBe(once);
      }),
    );
  });

  test.each(['__proto__', 'constructor', 'toString'])('makes an ordinary member of %s', (key) => {
    const value = parseLossless(`{"${key}":{"polluted":1},"n":9007199254740993}`);
    expect(Object.hasOwn(value as object, key)).toBe(true);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(JSON.stringify(value)).toBe(`{"${key}":{"polluted":1},"n":9007199254740993}`);
  });

  test('takes the last of two equal keys', () => {
    expect(JSON.stringify(parseLossless('{"a":9007199254740993,"a":9007199254740995}'))).toBe('{"a":9007199254740995}');
  });

  test.each(['', '{', '[1,]', '01', '1.', 'nul', '{"a":1}x'])('refuses %j', (text) => {
    expect(() => parseLossless(text)).toThrow(SyntaxError);
  });

  test('looks for no numbers inside strings', () => {
    expect(parseLossless('"12345678901234567890 -0 1e5"')).toBe('12345678901234567890 -0 1e5');
  });
});

describe('isJsonObject', () => {
  test('tells objects from everything else that JSON has, raw numbers included', () => {
    const raw = parseLossless('9007199254740993');
    expect(isRawNumber(raw)).toBe(true);
    expect([{}, { rawJSON: '1' }].map(isJsonObject)).toEqual([true, true]);
    expect([raw, null, [], 'x', 1, true, undefined].map(isJsonObject)).toEqual(Array(7).fill(false));
  });
});
