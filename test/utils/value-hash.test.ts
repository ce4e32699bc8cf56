import { expect, test } from 'vitest';
import { valueHash } from '../../src/utils/value-hash.ts';

test('the order of members does not count, at any depth', () => {
  expect(valueHash({ a: 1, b: [{ c: 2, d: 3 }] })).toBe(valueHash({ b: [{ d: 3, c: 2 }], a: 1 }));
});

test('everything else does', () => {
  const values = [{ a: 1 }, { a: '1' }, { a: [1] }, { a: null }, {}, [], ['a', 1], { b: 1 }, [1, 2], [2, 1]];
  expect(new Set(values.map(valueHash)).size).toBe(values.length);
});
