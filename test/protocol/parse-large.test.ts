import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createLineSplitter, type LineParts } from '../../src/protocol/framing.ts';
import type { CheckedLine } from '../../src/protocol/large-json.ts';
import { bytesOfResult, outlineOfResult } from '../../src/protocol/large-result.ts';
import { beginningOfJson, LongText, stringifyInParts } from '../../src/protocol/long-text.ts';
import { type ParseOutcome, parseMessage } from '../../src/protocol/parse.ts';
import { parseLargeAnswer, parseLargeRequest } from '../../src/protocol/parse-large.ts';
import { jsonText, objectText } from '../support/arbitrary-json.ts';
import { joined } from '../support/joined.ts';

const LARGE_BYTES = 20_000;

/** A long string as some writer may write it. */
const longText = fc
  .tuple(fc.constantFrom('x', 'ä', '\\n', '\\u0041', '\\"', '😀', '\\ud800', '"\\/'), fc.integer({ min: 1, max: 9 }))
  .map(([unit, times]) => `"${unit.replace(/^"/, '').repeat(times * 600)}"`);

const member = fc.tuple(
  fc.constantFrom('text', 'uri', 'u\\u0072i', 'type', 'data', 'content', 'isError', '__proto__', 'a', 'name'),
  fc.oneof({ weight: 2, arbitrary: longText }, jsonText.map(onOneLine), fc.constant('["b",{"uri":"c"}]')),
);

/** An object with long texts in it, large enough to be checked while it comes. */
const largeObject = fc
  .tuple(fc.array(member, { minLength: 1, maxLength: 6 }), objectText.map(onOneLine))
  .map(
    ([members, other]) =>
      `{${members.map(([key, value]) => `"${key}":${value}`).join(',')},"inner":${other},"long":"${'y'.repeat(LARGE_BYTES)}"}`,
  );

const cuts = fc.array(fc.nat(), { maxLength: 5 });

describe('parseLargeAnswer', () => {
  test('says of a result what parseMessage says, and keeps its bytes', () => {
    fc.assert(
      fc.property(largeObject, jsonText.map(onOneLine), cuts, (result, id, places) => {
        const line = `{"jsonrpc":"2.0","result":{},"id":${id}, "result": ${result} }`;
        const expected = parseMessage(Buffer.from(line));
        const outcome = parseLargeAnswer(checked(line, places));
        if (!expected.ok || expected.message.kind !== 'result') expect(outcome).toEqual(expected);
        else {
          const message = resultIn(outcome);
          expect(message.id).toBe(expected.message.id);
          expect(joined(bytesOfResult(message)).toString()).toBe(result);
          expect(message.value).toEqual(expected.message.value);
          expect(joined(message.bytes).toString()).toBe(result);
        }
      }),
      { numRuns: 120 },
    );
  });

  test('reads an id however long it is', () => {
    const idOf = (length: number): string => `"${'i'.repeat(length)}"`;
    for (const length of [1023, 1024, 1025]) {
      const line = `{"jsonrpc":"2.0","id":${idOf(length)},"result":{"text":"${'y'.repeat(LARGE_BYTES)}"}}`;
      const outcome = parseLargeAnswer(checked(line, []));
      if (length <= 1024) expect(resultIn(outcome).id).toBe(idOf(length));
      else expect(outcome).toEqual(parseMessage(Buffer.from(line)));
    }
  });

  test('leaves nothing but long texts out of the outline, and none that names something', () => {
    fc.assert(
      fc.property(largeObject, cuts, (result, places) => {
        const message = resultIn(parseLargeAnswer(checked(`{"jsonrpc":"2.0","id":1,"result":${result}}`, places)));
        expect(outlineOfResult(message)).toEqual(withoutLongTexts(JSON.parse(result)));
      }),
      { numRuns: 120 },
    );
  });

  test('passes a large result on without a copy', () => {
    const line = checked(`{"jsonrpc":"2.0","id":1,"result":{"text":"${'x'.repeat(LARGE_BYTES)}"}}`, [5000]);
    const [piece] = bytesOfResult(resultIn(parseLargeAnswer(line))) as readonly Uint8Array[];
    expect(piece?.buffer).toBe(line.pieces[0]?.buffer);
  });
});

describe('parseLargeRequest', () => {
  test('says of a call what parseMessage says, and writes the same value', () => {
    fc.assert(
      fc.property(largeObject, largeObject, fc.boolean(), cuts, (args, other, isTwice, places) => {
        const params = `{"name":"a",${isTwice ? `"arguments":${other},` : ''}"arguments": ${args}}`;
        const line = `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":${params}}`;
        const expected = parseMessage(Buffer.from(line));
        const outcome = parseLargeRequest(checked(line, places));
        if (!expected.ok) expect(outcome).toEqual(expected);
        else {
          expect(JSON.stringify(outcome)).toBe(JSON.stringify(expected));
          expect(JSON.parse(joinedText(stringifyInParts(outcome)))).toEqual(JSON.parse(JSON.stringify(expected)));
        }
      }),
      { numRuns: 120 },
    );
  });

  test('keeps the bytes of a long text and writes everything else anew', () => {
    const text = `"${'\\u0041'.repeat(LARGE_BYTES)}"`;
    const line = `{"jsonrpc":"2.0", "id":1,"method":"tools/call","params":{"name":"a","arguments":{"n": 1.0,"t" : ${text}}}}`;
    const outcome = parseLargeRequest(checked(line, [])) as ParseOutcome & { ok: true };
    expect(joinedText(stringifyInParts(outcome.message))).toBe(
      `{"kind":"request","id":"1","method":"tools/call","params":{"name":"a","arguments":{"n":1.0,"t":${text}}}}`,
    );
  });

  test('decodes long texts that are no arguments of a tool', () => {
    const line = checked(`{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":"${'x'.repeat(LARGE_BYTES)}"}}`, []);
    expect(parseLargeRequest(line)).toMatchObject({ message: { params: { a: 'x'.repeat(LARGE_BYTES) } } });
  });
});

describe('beginningOfJson', () => {
  test('gives the beginning of what JSON.stringify writes, where a piece ends in a character too', () => {
    fc.assert(
      fc.property(fc.nat(40), fc.nat(30), (cut, maxChars) => {
        const bytes = Buffer.from('"grün 日本語 grün 日本語"');
        const value = { a: 1, b: new LongText([bytes.subarray(0, cut), bytes.subarray(cut)]), c: 'end' };
        expect(beginningOfJson(value, maxChars)).toBe(JSON.stringify(value).slice(0, maxChars));
      }),
    );
  });
});

function onOneLine(text: string): string {
  return text.replaceAll(/[\t\r\n]/g, ' ');
}

/** The line as a splitter gives it, in pieces that end at these places. */
const checked = (line: string, places: readonly number[]): CheckedLine => {
  const bytes = Buffer.from(`${line}\n`);
  const lines: CheckedLine[] = [];
  const splitter = createLineSplitter({
    maxLineBytes: bytes.length,
    onLine: (whole) => lines.push({ pieces: [whole], bytes: whole.length, longTexts: [] }),
    onLargeLine: (large) => lines.push(large),
    onOverflow: () => {},
  });
  let start = 0;
  for (const place of [...places.map((cut) => cut % bytes.length), bytes.length].sort((one, other) => one - other)) {
    splitter.push(bytes.subarray(start, place));
    start = Math.max(start, place);
  }
  return lines[0] as CheckedLine;
};

const resultIn = (outcome: ParseOutcome) => {
  if (!outcome.ok || outcome.message.kind !== 'result') throw new Error(`no result: ${JSON.stringify(outcome)}`);
  return outcome.message;
};

const joinedText = (parts: LineParts): string => Buffer.concat(parts.map((part) => Buffer.from(part))).toString();

const NAMING = ['uri', 'type'];

const withoutLongTexts = (value: unknown, key = ''): unknown => {
  if (typeof value === 'string') return isLong(value) && !NAMING.includes(key) ? expect.toBeOneOf(['', value]) : value;
  if (Array.isArray(value)) return value.map((element) => withoutLongTexts(element));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withoutLongTexts(inner, name)]));
};

/** As it may be written. */
const isLong = (text: string): boolean => text.length * 6 >= 1022;
