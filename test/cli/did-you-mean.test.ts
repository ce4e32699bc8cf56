import { expect, test } from 'vitest';
import { closest } from '../../src/cli/did-you-mean.ts';

test('the nearest name is suggested, whatever its case', () => {
  expect(closest('githb', ['gitlab', 'github'])).toBe('github');
  expect(closest('GITHUB', ['gitlab', 'github'])).toBe('github');
  expect(closest('lsit', ['list', 'get'])).toBe('list');
});

test('nothing is suggested when nothing is near', () => {
  expect(closest('sentry', ['github', 'files'])).toBeUndefined();
  expect(closest('x', ['ab', 'yz'])).toBeUndefined();
  expect(closest('', ['a'])).toBeUndefined();
});
