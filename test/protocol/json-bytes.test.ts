import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  memberBytes,
  scanElements,
  scanMembers,
  spliceElements,
  spliceMembers,
} from '../../src/protocol/json-bytes.ts';
import { arrayText, jsonText, objectText } from '../support/arbitrary-json.ts';

const parse = (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString());

describe('scanMembers', () => {
  test('finds the members that JSON.parse finds, with their values', () => {
    fc.assert(
      fc.property(objectText, (text) => {
        const bytes = Buffer.from(text);
        const members = scanMembers(bytes);
        const entries = members.map(({ key, value }) => [key, parse(bytes.subarray(value.start, value.end))] as const);
        expect(Object.fromEntries(entries)).toEqual(JSON.parse(text));
      }),
    );
  });

  test('begins at the offset that it is given, whatever stands before', () => {
    fc.assert(
      fc.property(objectText, jsonText, (text, before) => {
        const prefix = `[${before},`;
        const bytes = Buffer.from(`${prefix}${text}]`);
        expect(scanMembers(bytes, Buffer.byteLength(prefix)).map(({ key }) => key)).toEqual(
          scanMembers(Buffer.from(text)).map(({ key }) => key),
        );
      }),
    );
  });

  test('keeps equal keys apart', () => {
    expect(scanMembers(Buffer.from('{"a":1,"\\u0061":2}')).map(({ key }) => key)).toEqual(['a', 'a']);
  });
});

describe('scanElements', () => {
  test('gives the bytes of each element', () => {
    fc.assert(
      fc.property(arrayText, ({ text, elements }) => {
        const bytes = Buffer.from(text);
        expect(scanElements(bytes).map(({ start, end }) => bytes.toString('utf8', start, end))).toEqual(elements);
      }),
    );
  });
});

describe('memberBytes', () => {
  test('gives the value that JSON.parse gives: the last of equal keys', () => {
    fc.assert(
      fc.property(objectText, (text) => {
        const value = JSON.parse(text) as Record<string, unknown>;
        for (const [key, expected] of Object.entries(value)) {
          expect(parse(memberBytes(Buffer.from(text), key))).toEqual(expected);
        }
      }),
    );
  });

  test('throws for a member that is not there', () => {
    expect(() => memberBytes(Buffer.from('{"a":{"b":1}}'), 'b')).toThrow(RangeError);
  });

  test('takes time in proportion to the text, however strings are escaped and values nested', () => {
    const quotes = `{"s":"${'\\"'.repeat(500_000)}","z":1}`;
    const backslashes = `{"s":"${'\\\\'.repeat(500_000)}","z":1}`;
    const nested = `{"s":${'['.repeat(200_000)}${']'.repeat(200_000)},"z":1}`;
    const startedAt = performance.now();
    for (const text of [quotes, backslashes, nested]) expect(memberBytes(Buffer.from(text), 'z').toString()).toBe('1');
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });
});

describe('spliceMembers', () => {
  const change = fc.dictionary(
    fc.constantFrom('a', 'b', '', 'é', 'resultType'),
    fc.option(jsonText, { nil: undefined }),
  );

  test('changes what it is told to and nothing else', () => {
    fc.assert(
      fc.property(objectText, change, (text, changes) => {
        const spliced = parse(spliceMembers(Buffer.from(text), changes));
        const expected = new Map(Object.entries(JSON.parse(text) as object));
        for (const [key, value] of Object.entries(changes)) {
          if (value === undefined) expected.delete(key);
          else expected.set(key, JSON.parse(value));
        }
        expect(spliced).toEqual(Object.fromEntries(expected));
      }),
    );
  });

  test('keeps the bytes and the order of the members that it is not told to change', () => {
    const text = '{ "z" : 1.0 , "\\u0061":[ 1 , 2 ],"n":9007199254740993,"keep":{"b":1, "a":2} }';
    expect(spliceMembers(Buffer.from(text), { n: '7', added: '"new"' }).toString()).toBe(
      '{"z" : 1.0,"\\u0061":[ 1 , 2 ],"n":7,"keep":{"b":1, "a":2},"added":"new"}',
    );
  });

  test('leaves one of equal keys that are changed, and none of equal keys that are taken away', () => {
    const bytes = Buffer.from('{"a":1,"b":2,"\\u0061":3}');
    expect(spliceMembers(bytes, { a: '9' }).toString()).toBe('{"b":2,"\\u0061":9}');
    expect(spliceMembers(bytes, { a: undefined }).toString()).toBe('{"b":2}');
  });

  test('takes away the only member, and adds to an empty object', () => {
    expect(spliceMembers(Buffer.from('{ "a" : 1 }'), { a: undefined }).toString()).toBe('{}');
    expect(spliceMembers(Buffer.from(' { } '), { a: '1' }).toString()).toBe('{"a":1}');
  });
});

describe('spliceElements', () => {
  test('changes the elements that it is told to, and keeps every other byte', () => {
    fc.assert(
      fc.property(arrayText, fc.func(fc.boolean()), ({ text, elements }, isChanged) => {
        const seen: string[] = [];
        const spliced = spliceElements(Buffer.from(text), (element, index) => {
          seen.push(element.toString());
          return isChanged(index) ? Buffer.from(`"new ${index}"`) : undefined;
        });
        expect(seen).toEqual(elements);
        const expected = elements.map((element, index) => (isChanged(index) ? `"new ${index}"` : element));
        if (elements.some((_, index) => isChanged(index))) {
          expect(
            scanElements(spliced as Buffer).map(({ start, end }) => spliced?.toString('utf8', start, end)),
          ).toEqual(expected);
        } else expect(spliced).toBeUndefined();
      }),
    );
    const bytes = Buffer.from(' [ 1 , { "a" : 2 } ,3 ] ');
    expect(spliceElements(bytes, (_, index) => (index === 1 ? Buffer.from('7') : undefined))?.toString()).toBe(
      ' [ 1 , 7 ,3 ] ',
    );
  });
});
