import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compactJson } from '../../../src/upstream/transport/compact-json.ts';

const compact = (text: string): string => compactJson(Buffer.from(text)).toString('utf8');

describe('compact JSON', () => {
  it('has no white space between tokens, and all of it inside strings', () => {
    expect(compact('{\r\n\t"a b" : [ 1 , " x\\n\\" y " ],\n "c": { } }')).toBe('{"a b":[1," x\\n\\" y "],"c":{}}');
  });

  it('keeps digits, the order of members, and escapes as they were written', () => {
    const text = '{"z":12345678901234567890,"a":1.0,"b":-0,"c":1e400,"a":"\\u00e9\\\\"}';
    expect(compact(text.replaceAll(',', ',\n  '))).toBe(text);
  });

  it('is what JSON.stringify writes, however it was spread out', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(1, 4, '\t', '\r'), (value, indent) => {
        const spread = JSON.stringify(value, undefined, indent === '\r' ? '\t' : indent).replaceAll('\n', '\r\n');
        expect(compact(spread)).toBe(JSON.stringify(value));
      }),
    );
  });
});
