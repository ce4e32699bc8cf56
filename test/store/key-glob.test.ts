import { expect, test } from 'vitest';
import { createKeyTest } from '../../src/store/key-glob.ts';

test.each([
  ['token', 'token', true],
  ['token', 'Token', true],
  ['token', 'tokens', false],
  ['*token', 'access_TOKEN', true],
  ['token*', 'token_type', true],
  ['*tok*en*', 'xtokyenz', true],
  ['*tok*en*', 'entok', false],
  ['a*a', 'a', false],
  ['ab*ba', 'aba', false],
  ['*', '', true],
  ['a.c', 'abc', false],
  ['[ab]', 'a', false],
])('the glob %j answers %j with %j', (glob, key, expected) => {
  expect(createKeyTest([glob])(key)).toBe(expected);
});

test('a glob after ! takes back what was matched before it, and a later glob may take it again', () => {
  const isSecret = createKeyTest(['*token*', '!next*', 'next_token_secret']);
  expect(['accessToken', 'nextToken', 'next_token_secret', 'other'].map(isSecret)).toEqual([true, false, true, false]);
});

test('a long name against many stars takes no long time', () => {
  const started = performance.now();
  createKeyTest([`${'*a'.repeat(50)}*b`])(`${'a'.repeat(100_000)}c`);
  expect(performance.now() - started).toBeLessThan(1000);
});
