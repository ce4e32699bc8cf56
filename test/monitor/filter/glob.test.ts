import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matchesGlob } from '../../../src/monitor/filter/glob.ts';

test.each([
  ['github', 'git*', true],
  ['github', '*hub', true],
  ['github', 'g?thub', true],
  ['github', '*', true],
  ['github', 'git', false],
  ['github', '', false],
  ['', '*', true],
  ['a[b]', 'a[b]', true],
  ['aab', '*ab', true],
  ['GitHub', 'gIT*', true],
])('%s and %s: %s', (text, glob, expected) => {
  expect(matchesGlob(text, glob)).toBe(expected);
});

test('a text matches itself, and itself with any part replaced by a star', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c') });
  fc.assert(
    fc.property(letters, letters, letters, (before, between, after) => {
      const text = before + between + after;
      expect(matchesGlob(text, text)).toBe(true);
      expect(matchesGlob(text, `${before}*${after}`)).toBe(true);
    }),
  );
});

test('a pattern of many stars takes no long time', () => {
  const glob = `${'*a'.repeat(200)}*b`;
  const startedAt = performance.now();
  expect(matchesGlob('a'.repeat(20_000), glob)).toBe(false);
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});
