import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeListBody } from '../../src/protocol/encode-list.ts';
import { objectText } from '../support/arbitrary-json.ts';

test('a list holds its definitions byte for byte, and then the other members', () => {
  fc.assert(
    fc.property(fc.array(objectText), (definitions) => {
      const bytes = encodeListBody(
        'tools',
        definitions.map((text) => Buffer.from(text)),
        { ttlMs: 0, a: { b: 1 } },
      );
      expect(bytes.toString()).toBe(`{"tools":[${definitions.join(',')}],"ttlMs":0,"a":{"b":1}}`);
    }),
  );
});

test('an empty list without other members is valid JSON', () => {
  expect(encodeListBody('prompts', []).toString()).toBe('{"prompts":[]}');
});
