/*
 * Durations are counted in buckets, each 19 % longer than the one before: four for each doubling. Bucket 0 begins at one
 * millisecond.
 */

const BUCKETS_PER_DOUBLING = 4;

/** Shorter durations count as this long. Milliseconds. */
const SHORTEST_MS = 0.01;

/** The bucket of a duration in milliseconds. */
export const bucketOf = (durationMs: number): number =>
  Math.floor(Math.log2(Math.max(durationMs, SHORTEST_MS)) * BUCKETS_PER_DOUBLING);

/** The shortest duration of a bucket, in milliseconds; with a fraction, one within it. */
export const bucketStartMs = (bucket: number): number => 2 ** (bucket / BUCKETS_PER_DOUBLING);

/** The bucket of a duration, for SQL. */
export const bucketSql = (durationMs: string): string =>
  `CAST(floor(log2(max(${durationMs}, ${SHORTEST_MS})) * ${BUCKETS_PER_DOUBLING}) AS INTEGER)`;
