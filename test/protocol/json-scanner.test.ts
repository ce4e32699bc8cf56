import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JsonScanner } from '../../src/protocol/json-scanner.ts';
import { jsonText } from '../support/arbitrary-json.ts';

const LONG = 12;

/** What the scanner says of bytes that come in pieces which end at these places. */
const scan = (bytes: Buffer, cuts: readonly number[] = []) => {
  const scanner = new JsonScanner(LONG);
  let start = 0;
  for (const end of [...cuts.map((cut) => cut % (bytes.length + 1)).sort((one, other) => one - other), bytes.length]) {
    scanner.push(bytes.subarray(start, end));
    start = Math.max(start, end);
  }
  return { isValid: scanner.end(), longTexts: scanner.longTexts };
};

const parses = (bytes: Buffer): boolean => {
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
    return true;
  } catch {
    return false;
  }
};

const hasControl = (bytes: Buffer): boolean => bytes.some((byte) => byte < 0x20);

const cuts = fc.array(fc.nat(), { maxLength: 6 });

/** Bytes near JSON: a text in which some bytes are others, gone, or twice there. */
const damaged = fc
  .tuple(
    jsonText,
    fc.array(fc.tuple(fc.nat(), fc.nat(2), fc.oneof(fc.constantFrom(...Buffer.from('"\\{}[],: 0-.eEu')), fc.nat(255)))),
  )
  .map(([text, changes]) => {
    const bytes = [...Buffer.from(text)];
    for (const [place, removed, byte] of changes) bytes.splice(place % (bytes.length + 1), removed, byte);
    return Buffer.from(bytes);
  });

describe('JsonScanner', () => {
  test('accepts what JSON.parse accepts, in whatever pieces it comes', () => {
    fc.assert(
      fc.property(jsonText, cuts, (text, places) => {
        const bytes = Buffer.from(text);
        expect(scan(bytes, places).isValid).toBe(!hasControl(bytes));
      }),
      { numRuns: 500 },
    );
  });

  test('judges what is nearly JSON as JSON.parse does', () => {
    fc.assert(
      fc.property(damaged, cuts, (bytes, places) => {
        expect(scan(bytes, places).isValid).toBe(parses(bytes) && !hasControl(bytes));
      }),
      { numRuns: 3000 },
    );
  });

  test('judges any bytes as JSON.parse does', () => {
    const anything = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from([0x22, ...bytes, 0x22]));
    fc.assert(
      fc.property(anything, cuts, (bytes, places) => {
        expect(scan(bytes, places).isValid).toBe(parses(bytes) && !hasControl(bytes));
      }),
      { numRuns: 2000 },
    );
  });

  test('tells where the long string values stand, and no key', () => {
    fc.assert(
      fc.property(jsonText, cuts, (text, places) => {
        const bytes = Buffer.from(text.replaceAll(/[\t\r\n]/g, ' '));
        const { longTexts } = scan(bytes, places);
        const found: string[] = [];
        for (let index = 0; index < longTexts.length; index += 2)
          found.push(bytes.toString('utf8', longTexts[index], longTexts[index + 1]));
        expect(found).toEqual(stringValues(bytes.toString()).filter((value) => Buffer.byteLength(value) >= LONG));
      }),
      { numRuns: 1000 },
    );
  });

  test('counts the bytes of long texts, and of the one that is not whole yet', () => {
    const scanner = new JsonScanner(LONG);
    const counts = ['["0123456789', 'ab","short","', '0123456789ab"', ',{"0123456789abc":"', '01234'].map((piece) => {
      scanner.push(Buffer.from(piece));
      return scanner.longBytes();
    });
    expect(counts).toEqual([11, 15, 28, 29, 34]);
  });

  test('leaves great depth to others', () => {
    const nested = (depth: number): Buffer => Buffer.from('['.repeat(depth) + ']'.repeat(depth));
    expect(scan(nested(256)).isValid).toBe(true);
    expect(scan(nested(257)).isValid).toBe(false);
  });

  test('finds a control character at every place of a piece', () => {
    for (let length = 1; length < 12; length += 1) {
      for (let place = 0; place < length; place += 1) {
        const text = Buffer.from(`"${'x'.repeat(length)}"`);
        text[place + 1] = 0x1f;
        expect(scan(text).isValid).toBe(false);
        expect(scan(Buffer.concat([Buffer.from(' '), text]).subarray(1)).isValid).toBe(false);
      }
    }
  });
});

/** The string values of a text, keys left out, as they are written. */
const stringValues = (text: string): string[] =>
  [...text.matchAll(/"(?:[^"\\]|\\.)*"/gs)]
    .filter(({ 0: value, index }) => !/^ *:/.test(text.slice(index + value.length)))
    .map(([value]) => value);
