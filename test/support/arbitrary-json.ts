import fc from 'fast-check';

/**
 * Keys that have misled readers of JSON, beside any string. There is no backslash in them: once V8 (13.6
 * and 14.6, not 12.4) has parsed a key with one, its `JSON.parse` takes keys that are written with escapes for that key.
 */
const key = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 8 }).map((name) => name.replaceAll('\\', '/')) },
  fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty', '', 'a', 'b', '"', 'é', '😀', '\u2028'),
);

/** Halves of surrogate pairs, which `JSON.stringify` escapes. */
const text = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
  fc.constantFrom('\ud800', 'a\udc00b', '\ud83d\ude00', '\u0000', '\\"', '{}', '[,]', '\u2028\u2029'),
);

/** The text of a JSON number of any size and notation. */
export const numberText = fc.oneof(
  fc.integer().map(String),
  fc.bigInt().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc.constantFrom(
    '-0',
    '1.0',
    '1e400',
    '-1E+2',
    '0.10',
    '9007199254740993',
    '1.7976931348623157e+309',
    '123456789012345678',
  ),
  fc
    .tuple(fc.bigInt(), fc.string({ unit: fc.constantFrom('0', '5', '9'), minLength: 1, maxLength: 30 }))
    .map(([whole, fraction]) => `${whole}.${fraction}`),
);

const space = fc.string({ unit: fc.constantFrom(' ', '\t', '\r', '\n'), maxLength: 3 });
const tightSpace = fc.constant('');

interface TextNode {
  readonly value: string;
  readonly object: string;
}

/** JSON text as a stubborn writer might write it: any notation of a character, any number, equal keys, white space where it is allowed. */
const textWith = (gap: fc.Arbitrary<string>) =>
  fc.letrec<TextNode>((tie: fc.LetrecTypedTie<TextNode>) => {
    const array: fc.Arbitrary<string> = fc
      .tuple(fc.array(fc.tuple(gap, tie('value'), gap), { maxLength: 4 }), gap)
      .map(([items, inner]) =>
        items.length === 0 ? `[${inner}]` : `[${items.map((item) => item.join('')).join(',')}]`,
      );
    const member: fc.Arbitrary<string> = fc
      .tuple(gap, stringText(key), gap, gap, tie('value'), gap)
      .map(([a, name, b, c, value, d]) => `${a}${name}${b}:${c}${value}${d}`);
    const object: fc.Arbitrary<string> = fc
      .tuple(fc.array(member, { maxLength: 5 }), gap)
      .map(([members, inner]) => (members.length === 0 ? `{${inner}}` : `{${members.join(',')}}`));
    const scalar: fc.Arbitrary<string> = fc.oneof(
      fc.constantFrom('null', 'true', 'false'),
      numberText,
      stringText(text),
    );
    const value: fc.Arbitrary<string> = fc.oneof({ depthSize: 'small' }, scalar, array, tie('object'));
    return { value, object };
  });

const stringText = (characters: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(characters, fc.boolean())
    .map(([value, isEscaped]) => (isEscaped ? escapeAll(value) : JSON.stringify(value)));

const escapeAll = (value: string): string =>
  `"${value
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')}"`;

const loose = textWith(space);
const tight = textWith(tightSpace);

/** Text of any JSON value. */
export const jsonText: fc.Arbitrary<string> = loose.value;

/** Text of any JSON object. */
export const objectText: fc.Arbitrary<string> = loose.object;

/** Text of any JSON object, without white space. */
export const tightObjectText: fc.Arbitrary<string> = tight.object;

/** Text of an array, with its elements as texts. */
export const arrayText: fc.Arbitrary<{ readonly text: string; readonly elements: readonly string[] }> = fc
  .array(fc.tuple(space, loose.value, space), { maxLength: 6 })
  .map((items) => ({
    text: `[${items.map((item) => item.join('')).join(',')}]`,
    elements: items.map(([, element]) => element),
  }));
