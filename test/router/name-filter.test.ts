import { describe, expect, test } from 'vitest';
import { compileNameFilter, matchesGlob } from '../../src/router/name-filter.ts';

describe('a glob', () => {
  test.each([
    ['math_add', 'math_*', true],
    ['math_add', 'math*add', true],
    ['MATH_add', 'math_*', false],
    ['.hidden', '*hidden', true],
    ['a.b.c', 'a.*', true],
    ['a', '{a,b}', true],
    ['c', '{a,b}', false],
    ['a1', 'a[0-9]', true],
    ['ab', 'a?', true],
    ['a', '!b', true],
    ['b', '!b', false],
    ['a+b', 'a+b', true],
    ['constructor', 'con*', true],
    ['', 'x', false],
    ['file:///a/b.md', 'file:///**', true],
    ['file:///a/b.md', 'file:///*/b.md', true],
    ['https://x/?q=1', 'https://x/**', true],
    ['any/thing\nat all', '*', true],
  ])('%j and %s: %s', (name, glob, matches) => expect(matchesGlob(name, [glob])).toBe(matches));

  test.each(['delete\n', '\ndelete', 'x\rdelete', 'delete\u2028'])('is not escaped by the line end in %j', (name) => {
    expect(matchesGlob(name, ['*delete*'])).toBe(true);
  });

  test('costs little, whatever the name', () => {
    const startedAt = performance.now();
    for (const name of ['a_'.repeat(512), 'a'.repeat(1_000_000), '_'.repeat(100_000)]) {
      expect(matchesGlob(name, ['*a*a_x', '*_*_x'])).toBe(false);
    }
    expect(performance.now() - startedAt).toBeLessThan(500);
  });

  test('that is one of several is enough', () => {
    expect(matchesGlob('b', ['a', 'b'])).toBe(true);
    expect(matchesGlob('b', [])).toBe(false);
  });
});

describe('a filter', () => {
  const offered = (include: readonly string[], exclude: readonly string[], names: readonly string[]): string[] =>
    names.filter(compileNameFilter({ include, exclude }));
  const NAMES = ['read_file', 'write_file', 'delete_file', 'stat'];

  test('without globs lets everything in', () => {
    expect(offered([], [], [...NAMES, 'x'.repeat(10_000)])).toHaveLength(5);
  });

  test('lets in what `include` names, and takes away what `exclude` names', () => {
    expect(offered(['*_file'], [], NAMES)).toEqual(['read_file', 'write_file', 'delete_file']);
    expect(offered([], ['delete_*', 'write_*'], NAMES)).toEqual(['read_file', 'stat']);
    expect(offered(['*_file'], ['delete_*'], NAMES)).toEqual(['read_file', 'write_file']);
  });

  test('keeps out a name that is too long to be judged', () => {
    expect(offered([], ['delete_*'], ['x'.repeat(1025), 'x'.repeat(1024)])).toEqual(['x'.repeat(1024)]);
  });

  test('says the same of a name every time', () => {
    const isOffered = compileNameFilter({ include: ['a*'], exclude: ['*b'] });
    expect(['a', 'ab', 'a', 'ab', 'c', 'c'].map(isOffered)).toEqual([true, false, true, false, false, false]);
  });

  test('goes on judging when it has judged more names than it remembers', () => {
    const isOffered = compileNameFilter({ include: ['a*'], exclude: [] });
    for (let count = 0; count < 10_050; count += 1) isOffered(`b${count}`);
    expect(isOffered('a_new_one')).toBe(true);
    expect(isOffered('b_new_one')).toBe(false);
  });
});
