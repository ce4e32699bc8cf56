import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isPlain, mayHaveSecretKey } from '../../src/store/plain-json.ts';
import { createRedactor } from '../../src/store/redact.ts';
import { storedOf } from './support/stored-of.ts';

const KEYS = ['*token*', 'a?b', '!*tokens', 'pass'];

/** With a pattern of which it is not known what it needs, every text is looked at closely. */
const fast = createRedactor([...KEYS, '/ghp_[a-z]{4}/']);
const close = createRedactor([...KEYS, '/ghp_[a-z]{4}/', '/(never)(?=(ever))\\2/']);

const text = fc.oneof(
  fc.constantFrom(
    'token',
    'my_token',
    'tokens',
    'pass',
    'a\nb',
    'to\nken',
    'ghp_abcd',
    'gh\tp_',
    '{"token":"x"}',
    '[1]',
    'ä',
    '"',
  ),
  fc.string({ maxLength: 6 }),
);
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.integer(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(text, tie('value'), { maxKeys: 3 }),
  ),
})).value;

describe('a text that stands for itself', () => {
  test.each([
    ['{"a":"b"}', true],
    ['{"a":"line\\nline\\t"}', true],
    ['{"a":"say \\"yes\\""}', false],
    ['{"a":"\\u0074oken"}', false],
    ['{"a":"C:\\\\"}', false],
    ['{"a":"cut\\', true],
  ])('%s: %s', (source, expected) => {
    expect(isPlain(source)).toBe(expected);
  });

  test.each([
    ['{"token":1}', true],
    ['{"token" \n: 1}', true],
    ['{"a":"token","b":["token"]}', false],
    ['{"a\\nb":1}', true],
    ['{"a":{"token":', true],
    ['{"a":{"tok', false],
  ])('%s may have a secret key: %s', (source, expected) => {
    expect(mayHaveSecretKey(source, (key) => key === 'token')).toBe(expected);
  });

  test('is redacted as one that is looked at closely, wherever it is cut', () => {
    fc.assert(
      fc.property(json, fc.integer({ min: 0, max: 80 }), fc.boolean(), (value, maxBytes, isPrinted) => {
        const source = JSON.stringify(value, null, isPrinted ? 1 : 0);
        expect(storedOf(fast, source, maxBytes)).toBe(storedOf(close, source, maxBytes));
        const bytes = Buffer.from(source).toString('latin1', 0, maxBytes);
        expect(fast.payload(bytes, 'latin1', 1000)).toEqual(close.payload(bytes, 'latin1', 1000));
        const characters = source.slice(0, maxBytes);
        expect(fast.payload(characters, 'utf8', 1000)).toEqual(close.payload(characters, 'utf8', 1000));
      }),
      { numRuns: 500 },
    );
  });
});
