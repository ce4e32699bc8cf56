import { addBuckets, type BucketCounts, bucketStartMs, LOWEST_BUCKET, noBuckets } from '../latency-buckets.ts';

/** What is known of calls that have ended. */
export interface Tally {
  readonly calls: number;
  /** Those that ended otherwise than `ok`. */
  readonly errors: number;
  /** Durations that half, and 95 %, of the calls do not exceed, to some percent; absent where there was no call. */
  readonly latencyMs?: { readonly p50: number; readonly p95: number; readonly max: number };
  /** Sum of the durations, and the part of it that the hub itself used. Milliseconds. */
  readonly totalMs: number;
  readonly hubMs: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** Rows of `call_sums` put together. */
export interface TallyRow {
  readonly calls: number;
  readonly errors: number;
  readonly totalMs: number;
  readonly maxMs: number;
  readonly hubMs: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Texts of counts, joined. */
  readonly durations: string;
  readonly failures: string;
}

/** The columns of a `TallyRow`, of grouped rows of `call_sums`. */
export const TALLY_COLUMNS = `sum(calls) AS calls, sum(errors) AS errors, sum(sum_ms) AS totalMs, max(max_ms) AS maxMs,
  sum(hub_ms) AS hubMs, sum(bytes_in) AS bytesIn, sum(bytes_out) AS bytesOut, group_concat(durations, '') AS durations,
  group_concat(failures, '') AS failures`;

/** How many calls took how long. */
export interface LatencyBucket {
  /** From this duration on, up to that of the next bucket, which is 19 % longer. */
  readonly fromMs: number;
  readonly calls: number;
}

/** Puts the rows of one subject together. */
export const tallyOf = (rows: readonly TallyRow[]): Tally => {
  let [calls, errors, totalMs, hubMs, bytesIn, bytesOut, max] = [0, 0, 0, 0, 0, 0, 0];
  for (const row of rows) {
    // Grouped rows of nothing at all are one row of NULLs.
    if (row.calls === null) continue;
    calls += row.calls;
    errors += row.errors;
    totalMs += row.totalMs;
    hubMs += row.hubMs;
    bytesIn += row.bytesIn;
    bytesOut += row.bytesOut;
    max = Math.max(max, row.maxMs);
  }
  const sums = { calls, errors, totalMs, hubMs, bytesIn, bytesOut };
  if (calls === 0) return sums;
  const buckets = bucketsOf(rows);
  const at = (part: number): number => Math.min(max, durationAt(buckets, Math.ceil(calls * part)));
  return { ...sums, latencyMs: { p50: at(0.5), p95: at(0.95), max } };
};

/** Counts the calls of the rows by their durations, in the order of these; buckets between two that are used are there too. */
export const latencyBuckets = (rows: readonly TallyRow[]): LatencyBucket[] => {
  const buckets = [...bucketsOf(rows)].map((calls, place) => ({ fromMs: bucketStartMs(place + LOWEST_BUCKET), calls }));
  const isUsed = ({ calls }: LatencyBucket): boolean => calls > 0;
  const first = buckets.findIndex(isUsed);
  return first === -1 ? [] : buckets.slice(first, buckets.findLastIndex(isUsed) + 1);
};

const bucketsOf = (rows: readonly TallyRow[]): BucketCounts => {
  const counts = noBuckets();
  for (const { durations } of rows) addBuckets(counts, durations ?? '');
  return counts;
};

/** The duration of the call at a place, counted from the shortest; within a bucket they count as evenly spread. */
const durationAt = (buckets: BucketCounts, place: number): number => {
  let passed = 0;
  for (const [index, calls] of buckets.entries()) {
    if (calls > 0 && passed + calls >= place)
      return bucketStartMs(index + LOWEST_BUCKET + (place - passed - 0.5) / calls);
    passed += calls;
  }
  return 0;
};
