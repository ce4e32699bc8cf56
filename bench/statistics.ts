/** What some values of one measure come to. */
export interface Summary {
  readonly median: number;
  /** The quartiles: half of all values lie between them. */
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/**
 * The value below which a share of all values lies, interpolated between the two that are next to it.
 * @param share 0 to 1; 0.5 is the median.
 * @returns NaN for no values.
 */
export const quantile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  if (below === undefined || above === undefined) return Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
};

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Median and quartiles of values; those that are not numbers are left out. */
export const summarize = (values: readonly number[]): Summary => {
  const known = values.filter((value) => Number.isFinite(value));
  return {
    median: median(known),
    low: quantile(known, 0.25),
    high: quantile(known, 0.75),
    count: known.length,
  };
};

/**
 * The ratio of two measures, round by round: what disturbs the machine in a round disturbs both, and a quotient of two
 * medians would not know it.
 */
export const ratio = (values: readonly number[], basis: readonly number[]): Summary =>
  summarize(values.map((value, round) => value / (basis[round] ?? Number.NaN)));
