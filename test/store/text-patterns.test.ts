import { expect, test } from 'vitest';
import { createPatternSearch, parsePattern } from '../../src/store/text-patterns.ts';

const search = (...entries: readonly string[]) =>
  createPatternSearch(entries.flatMap((entry) => parsePattern(entry) ?? []));

const partsOf = (text: string, ...entries: readonly string[]): string[] =>
  search(...entries)(text)
    .map(({ start, length }) => text.slice(start, start + length))
    .sort();

test('an entry is a pattern when slashes enclose it', () => {
  expect(parsePattern('/a b/i')).toEqual(/a b/gi);
  expect(parsePattern('/a/y')).toEqual(/a/g);
  expect(parsePattern('*token*')).toBeUndefined();
  expect(parsePattern('//')).toBeUndefined();
});

test('every pattern finds all of its own, also where they overlap', () => {
  expect(partsOf('Bearer sk-1234 SK-5', '/Bearer \\w+/', '/sk-\\d+/i', '/k-\\d+ S/')).toEqual([
    'Bearer sk',
    'SK-5',
    'k-1234 S',
    'sk-1234',
  ]);
});

test('patterns with groups and references keep their meaning beside others', () => {
  expect(partsOf('aa bb ab', '/(x)/', '/(\\w)\\1/', '/(?<q>b)\\k<q>/', '/(?<=a)b/')).toEqual(['aa', 'b', 'bb', 'bb']);
});

test('anchors mean the text that is searched', () => {
  expect(partsOf('abc', '/^b/', '/^a/', '/c$/')).toEqual(['a', 'c']);
});

test('a pattern that matches nothing at all finds nothing, and ends', () => {
  expect(partsOf('🐎a', '/x*/u', '/(?:)/')).toEqual([]);
});

test('what is found in a long text is what is found in a short one', () => {
  const filler = 'lorem ipsum '.repeat(40);
  expect(partsOf(`${filler}abc-1 ${filler}ABC-2`, '/abc-\\d/i')).toEqual(['ABC-2', 'abc-1']);
  expect(partsOf(`${filler}abc-1`, '/abc-\\d/', '/[b]c?/')).toEqual(['abc-1', 'bc']);
});
