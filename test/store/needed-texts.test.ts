import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DEFAULT_REDACT } from '../../src/config/default-redact.ts';
import { neededTexts } from '../../src/store/needed-texts.ts';
import { createNeedTest, createPatternSearch, parsePattern } from '../../src/store/text-patterns.ts';

const textsOf = (pattern: RegExp): readonly string[] | undefined => neededTexts(pattern)?.texts;

test('the longest run of plain characters has to be there', () => {
  expect(textsOf(/\bgh[pousr]_[A-Za-z0-9]{16,}/g)).toEqual(['gh']);
  expect(textsOf(/a\.b\/cd?[xyz]longer{2}/g)).toEqual(['a.b/c']);
  expect(textsOf(/(?<=x:\/\/)[^@]*(?=@end)/g)).toEqual(['x://']);
  expect(textsOf(/(?:AKIA|ASIA)[A-Z]{16}/g)).toEqual(['AKIA', 'ASIA']);
  expect(textsOf(/\\x41/)).toEqual(['x41']);
});

test('nothing is said of what may be absent, or is one of several', () => {
  for (const pattern of [
    /ab|cd/,
    /(?:abc)?/,
    /(?:abc)*x/,
    /(?!abc)x/,
    /(?<!abc)x/,
    /[abc]/,
    /a*/,
    /(a(bc))/,
    /(x)\1/,
    /abc/u,
    /\x41KIA[0-9A-Z]{16}/,
    /\u0041KIA/,
    /\cJabc/,
    /\0abc/,
    /\\\x41BC/,
  ])
    expect(textsOf(pattern)).toBeUndefined();
  expect(textsOf(/(?:ab|cd)|ef/)).toBeUndefined();
  expect(textsOf(/(?:ab|cd)?ef/)).toEqual(['ef']);
});

const defaults = DEFAULT_REDACT.flatMap((entry) => parsePattern(entry) ?? []);

test('something is known of every pattern that is looked for by default', () => {
  expect(defaults.filter((pattern) => neededTexts(pattern) === undefined)).toEqual([]);
});

const PIECES = [
  'gh',
  'p_',
  'ghp_',
  'sk-',
  'AKIA',
  'ASIA',
  'eyJ',
  'Bearer ',
  'bASIC  ',
  '://',
  'u:p@',
  '-----BEGIN ',
  'PRIVATE KEY-----',
];

test('no pattern matches in a text, or in a part of it, that has none of what they need', () => {
  const piece = fc.oneof(fc.constantFrom(...PIECES), fc.stringMatching(/^[A-Za-z0-9_.-]{0,40}$/), fc.string());
  const mayMatch = createNeedTest(defaults) as (text: string) => boolean;
  const search = createPatternSearch(defaults);
  fc.assert(
    fc.property(
      fc.array(piece).map((pieces) => pieces.join('')),
      fc.nat(),
      fc.nat(),
      (text, from, to) => {
        const part = text.slice(from % (text.length + 1), to % (text.length + 1));
        if (!mayMatch(text)) expect([search(text), search(part)]).toEqual([[], []]);
      },
    ),
    { numRuns: 3000 },
  );
});

test('any pattern of plain characters, classes and groups needs what is said', () => {
  const atom = fc.constantFrom('a', 'b', '-', '\\.', '[ab]', '(?:ab)', '(?:a|b)', '.');
  const count = fc.constantFrom('', '', '', '?', '*', '+', '{0,2}', '{2}');
  const bare = fc.constantFrom('(?=b)', '(?<=a)', '(?!a)', '(?<!ab)', '\\b', 'ab', '|');
  const part = fc.oneof({ weight: 4, arbitrary: fc.tuple(atom, count).map((pair) => pair.join('')) }, bare);
  const source = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(''));
  const text = fc.stringMatching(/^[ab.AB-]{0,12}$/);
  fc.assert(
    fc.property(source, fc.constantFrom('g', 'gi'), text, (pattern, flags, given) => {
      const made = new RegExp(pattern, flags);
      const needed = neededTexts(made);
      fc.pre(needed !== undefined);
      const has = (needed?.texts ?? []).some((each) => given.toLowerCase().includes(each.toLowerCase()));
      if (!has) expect(given.match(made)?.filter((match) => match !== '') ?? []).toEqual([]);
    }),
    { numRuns: 5000 },
  );
});
