import type { UpstreamSet } from '../dispatch/call.ts';
import type { RouteRow } from './router.ts';

export interface BalanceOptions {
  /** Whether an upstream would refuse a call now, as one that keeps failing does. */
  readonly isOpen: (upstream: string) => boolean;
  /** From 0 to 1; default `Math.random`. */
  readonly random?: () => number;
}

/** Puts servers that can answer the same in the order in which a call tries them. */
export type Balance = <T extends { readonly upstream: string }>(
  row: RouteRow,
  replicas: readonly T[],
  upstreams: UpstreamSet,
) => readonly T[];

/**
 * Orders the servers of a route by its strategy; those that would refuse the call come last.
 * - `failover`: as the route names them
 * - `round-robin`: each call begins with the next one
 * - `least-pending`: the one with the fewest calls first
 * - `weighted`: drawn at random, in proportion to the weights of the route (default 1 each)
 */
export const createBalance = ({ isOpen, random = Math.random }: BalanceOptions): Balance => {
  const turns = new WeakMap<RouteRow, number>();

  const arrange = <T extends { readonly upstream: string }>(
    row: RouteRow,
    replicas: readonly T[],
    upstreams: UpstreamSet,
  ): readonly T[] => {
    switch (row.strategy) {
      case 'round-robin': {
        const turn = turns.get(row) ?? 0;
        turns.set(row, turn + 1);
        return startingAt(replicas, turn % replicas.length);
      }
      case 'least-pending': {
        const pendingOf = ({ upstream }: T): number => upstreams.get(upstream)?.pending ?? 0;
        return [...replicas].sort((one, other) => pendingOf(one) - pendingOf(other));
      }
      case 'weighted':
        return startingAt(replicas, draw(replicas.map(({ upstream }) => row.weights?.[upstream] ?? 1)));
      default:
        return replicas;
    }
  };

  /** The index of a weight, drawn in proportion to it. */
  const draw = (weights: readonly number[]): number => {
    let rest = random() * weights.reduce((sum, weight) => sum + weight, 0);
    const index = weights.findIndex((weight) => {
      rest -= weight;
      return rest < 0;
    });
    return Math.max(0, index);
  };

  return (row, replicas, upstreams) => {
    const arranged = arrange(row, replicas, upstreams);
    const isAway = ({ upstream }: { readonly upstream: string }): boolean =>
      isOpen(upstream) || upstreams.get(upstream)?.isResting() === true;
    return arranged.some(isAway)
      ? [...arranged.filter((replica) => !isAway(replica)), ...arranged.filter(isAway)]
      : arranged;
  };
};

const startingAt = <T>(values: readonly T[], index: number): readonly T[] => [
  ...values.slice(index),
  ...values.slice(0, index),
];
