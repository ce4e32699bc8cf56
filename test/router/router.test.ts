import { describe, expect, test } from 'vitest';
import { afterLiteral, createRouter } from '../../src/router/router.ts';

describe('a router', () => {
  const router = createRouter([
    { match: 'math_secret_*', kind: 'tool', to: ['vault'] },
    { match: 'math_*', kind: 'tool', to: ['math', 'spare'] },
    { match: 'file:///**', kind: 'resource', to: ['files'] },
    { match: '*', to: ['rest'] },
  ]);

  test.each([
    ['tool', 'math_secret_add', 0],
    ['tool', 'math_add', 1],
    ['prompt', 'math_add', 3],
    ['resource', 'file:///a/b', 2],
    ['tool', 'anything', 3],
    ['tool', '__proto__', 3],
  ] as const)('sends the %s %s by the first row that matches', (subject, name, index) => {
    expect(router.routeOf(subject, name)?.index).toBe(index);
    expect(router.routeOf(subject, name)?.index).toBe(index);
  });

  test('has no route where no row matches, and none without rows', () => {
    expect(createRouter([{ match: 'a', to: ['x'] }]).routeOf('tool', 'b')).toBeUndefined();
    expect(createRouter([]).routeOf('tool', 'b')).toBeUndefined();
  });

  test('remembers no more than it can afford, and is right all the same', () => {
    const small = createRouter([{ match: 'a*', to: ['x'] }]);
    for (let count = 0; count < 10_100; count += 1) small.routeOf('tool', `b${count}`);
    small.routeOf('tool', 'a'.repeat(1_000_000));
    expect(small.routeOf('tool', 'a_late')?.row.to).toEqual(['x']);
    expect(small.routeOf('tool', 'b_late')).toBeUndefined();
  });
});

test.each([
  ['math_add', 'math_*', 'add'],
  ['math_add', 'math_add', undefined],
  ['math_add', '*', undefined],
  ['math_add', '*_add', undefined],
  ['math_add', 'math_{add,sub}', 'add'],
  ['math_', 'math_*', undefined],
  ['math_add', 'm[a]th_*', 'ath_add'],
])('what is left of %s after the literal beginning of %s is %s', (name, glob, rest) => {
  expect(afterLiteral(name, glob)).toBe(rest);
});
