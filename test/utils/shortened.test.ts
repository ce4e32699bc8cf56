import { expect, test } from 'vitest';
import { shortened } from '../../src/utils/shortened.ts';

test('a name stays as it is, and of one that nobody can read only its beginning is told', () => {
  expect(shortened('math__add')).toBe('math__add');
  expect(shortened('x'.repeat(200))).toBe('x'.repeat(200));
  expect(shortened('x'.repeat(201))).toBe(`${'x'.repeat(200)}...`);
});
