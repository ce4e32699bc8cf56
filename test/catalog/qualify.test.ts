import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isSafeName, type QualifyOptions, qualify, shorten } from '../../src/catalog/qualify.ts';

const OPTIONS: QualifyOptions = { upstream: 'github', prefix: 'github', separator: '__', maxLength: 54 };

const options = fc.record({
  upstream: fc.string({ minLength: 1 }),
  prefix: fc.oneof(fc.constantFrom('', 'p'), fc.string({ maxLength: 40 })),
  separator: fc.constantFrom('__', '-', '_', '.'),
  maxLength: fc.integer({ min: 16, max: 128 }),
});
const name = fc.oneof(
  fc.string({ minLength: 1 }),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }),
  fc.string({ unit: fc.constantFrom('a', 'b', '_', '-', '.'), minLength: 1, maxLength: 200 }),
);

describe('a qualified name', () => {
  test('is prefix, separator and name where that is short and safe', () => {
    expect(qualify('search_issues', OPTIONS)).toBe('github__search_issues');
    expect(qualify('search', { ...OPTIONS, prefix: '' })).toBe('search');
    expect(qualify('a'.repeat(46), OPTIONS)).toBe(`github__${'a'.repeat(46)}`);
  });

  test('is made safe and short with a hash at its end where it is not', () => {
    expect(qualify('a.b', OPTIONS)).toMatch(/^github__a_b_[0-9a-f]{8}$/);
    expect(qualify('a'.repeat(47), OPTIONS)).toMatch(/^github__a{37}_[0-9a-f]{8}$/);
    expect(qualify('a'.repeat(47), OPTIONS)).toHaveLength(54);
  });

  test('is the same on every start and every machine', () => {
    expect(qualify('größe', OPTIONS)).toBe('github__gr__e_fc04b4f5');
  });

  test('is always legal and never longer than it may be', () => {
    fc.assert(
      fc.property(name, options, (own, how) => {
        const qualified = qualify(own, how);
        expect(qualified).toMatch(/^[a-zA-Z0-9_-]+$/);
        expect(qualified.length).toBeLessThanOrEqual(how.maxLength);
        expect(qualify(own, how)).toBe(qualified);
      }),
    );
  });

  test('differs wherever the names differ', () => {
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 20 }), options, (names, how) => {
        const wellFormed = names.filter((own) => own.isWellFormed());
        expect(new Set(wellFormed.map((own) => qualify(own, how))).size).toBe(wellFormed.length);
      }),
    );
  });

  test('that is shortened differs between upstreams of one prefix', () => {
    const long = 'a'.repeat(100);
    expect(shorten(long, long, OPTIONS)).not.toBe(shorten(long, long, { ...OPTIONS, upstream: 'other' }));
  });
});

test.each([
  ['add', true],
  ['add_2-x', true],
  ['a.b', false],
  ['', false],
  ['é', false],
  ['a b', false],
  ['a\n', false],
  ['aaaaaaaaaaa', false],
])('%j is safe as it is, in at most 10 characters: %s', (own, isSafe) => expect(isSafeName(own, 10)).toBe(isSafe));
