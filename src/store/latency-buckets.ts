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

/** How many calls are in each bucket, from the lowest one on: bucket b at the place `b - LOWEST_BUCKET`. */
export type BucketCounts = Float64Array;

export const LOWEST_BUCKET = bucketOf(0);

/** The highest of them begins at more than a million years. */
const PLACES = 256;

const SPACE = 0x20;
const MINUS = 0x2d;
const ZERO = 0x30;
const COLON = 0x3a;

export const noBuckets = (): BucketCounts => new Float64Array(PLACES);

/**
 * Adds the counts of a text such as `12:3 13:1 `, or of several that were joined. A screen reads some hundred kilobytes of them
 * at a time, so nothing is made for a count.
 */
export const addBuckets = (counts: BucketCounts, text: string): void => {
  let [number, sign, place] = [0, 1, 0];
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === COLON) {
      place = Math.min(PLACES - 1, Math.max(0, sign * number - LOWEST_BUCKET));
      number = 0;
      sign = 1;
    } else if (code === SPACE) {
      counts[place] = (counts[place] ?? 0) + number;
      number = 0;
    } else if (code === MINUS) sign = -1;
    else number = number * 10 + code - ZERO;
  }
};
