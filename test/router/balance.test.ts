import { describe, expect, test } from 'vitest';
import { createBalance } from '../../src/router/balance.ts';
import type { RouteRow } from '../../src/router/router.ts';
import { createFakeUpstream, upstreamSet } from '../support/fake-upstream.ts';

const NAMES = ['a', 'b', 'c'];
const REPLICAS = NAMES.map((upstream) => ({ upstream }));

interface Situation {
  readonly open?: readonly string[];
  readonly resting?: readonly string[];
  readonly pending?: Readonly<Record<string, number>>;
  readonly random?: number;
}

/** The order of the servers, as letters, for each of so many calls. */
const orders = (row: Partial<RouteRow>, situation: Situation = {}, calls = 1): string[] => {
  const { open = [], resting = [], pending = {}, random = 0 } = situation;
  const upstreams = upstreamSet(
    ...NAMES.map((name) => ({
      ...createFakeUpstream(name),
      pending: pending[name] ?? 0,
      isResting: () => resting.includes(name),
    })),
  );
  const balance = createBalance({ isOpen: (name) => open.includes(name), random: () => random });
  const route: RouteRow = { match: '*', to: NAMES, ...row };
  return Array.from({ length: calls }, () =>
    balance(route, REPLICAS, upstreams)
      .map(({ upstream }) => upstream)
      .join(''),
  );
};

describe('servers that can answer the same', () => {
  test('are asked in the order of the route where it says nothing else', () => {
    expect(orders({}, {}, 2)).toEqual(['abc', 'abc']);
    expect(orders({ strategy: 'failover' }, { pending: { a: 9 } })).toEqual(['abc']);
  });

  test('take turns with round-robin', () => {
    expect(orders({ strategy: 'round-robin' }, {}, 4)).toEqual(['abc', 'bca', 'cab', 'abc']);
  });

  test('are asked by the number of calls that are with them with least-pending', () => {
    expect(orders({ strategy: 'least-pending' }, { pending: { a: 2, b: 0, c: 1 } })).toEqual(['bca']);
    expect(orders({ strategy: 'least-pending' })).toEqual(['abc']);
  });

  test('are drawn in proportion to their weights with weighted', () => {
    const first = (random: number): string | undefined =>
      orders({ strategy: 'weighted', weights: { a: 2, b: 7 } }, { random })[0]?.[0];
    expect([0, 0.19, 0.2, 0.89, 0.9, 0.999].map(first)).toEqual(['a', 'a', 'b', 'b', 'c', 'c']);
  });

  test.each(['failover', 'round-robin', 'least-pending', 'weighted'] as const)(
    'are asked last with %s while they keep failing, or are not started again yet',
    (strategy) => {
      expect(orders({ strategy }, { open: ['a'] })[0]?.at(-1)).toBe('a');
      expect(orders({ strategy }, { resting: ['a'], open: ['b'] })[0]?.[0]).toBe('c');
    },
  );

  test('are asked all the same where none is well', () => {
    expect(orders({}, { open: NAMES })).toEqual(['abc']);
  });
});
