/** A source of chance that a seed repeats. */
export interface Chance {
  /** From 0 to 1, without 1. */
  next(): number;
  /** An integer from 0 to below `count`. */
  below(count: number): number;
  pick<T>(values: readonly T[]): T;
  /** One of the values, each as likely as its weight says. */
  weighed<T>(values: readonly (readonly [weight: number, value: T])[]): T;
}

/** Mulberry32. */
export const createChance = (seed: number): Chance => {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (count: number): number => Math.floor(next() * count);
  return {
    next,
    below,
    pick: (values) => values[below(values.length)] as never,
    weighed(values) {
      let left = next() * values.reduce((sum, [weight]) => sum + weight, 0);
      for (const [weight, value] of values) {
        left -= weight;
        if (left < 0) return value;
      }
      return (values.at(-1) as (typeof values)[number])[1];
    },
  };
};
