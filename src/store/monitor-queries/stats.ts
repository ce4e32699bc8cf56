import type Database from 'better-sqlite3';
import type { Outcome } from '../../events/events.ts';
import { ALL_NAMES } from '../call-sums.ts';
import { addCounts, type Counts } from '../counts.ts';
import { selectAllSums } from './summary.ts';
import { type LatencyBucket, latencyBuckets, type Tally, tallyOf } from './tally.ts';
import { type SpanRange, spansOf, spread, timelineSpansOf, type Window } from './window.ts';

/** The calls of a window over time, by duration, by kind of failure, and by who made them. */
export interface CallStats extends Tally {
  readonly timeline: Timeline;
  readonly latency: readonly LatencyBucket[];
  /** Most frequent first. */
  readonly failures: readonly FailureKind[];
  /** Clients by name, those with most calls first; all their calls that the log has summed, where one began in the window. */
  readonly clients: readonly ClientTally[];
}

export interface Timeline {
  /** How much time a place of the lists stands for. */
  readonly spanMs: number;
  /** When the first one begins, in milliseconds since the epoch. */
  readonly fromMs: number;
  readonly calls: readonly number[];
  readonly errors: readonly number[];
}

export interface FailureKind {
  readonly upstream: string;
  readonly outcome: Outcome;
  readonly calls: number;
  /** What the last such call said. */
  readonly lastMessage?: string;
  /** Its `id`. */
  readonly lastId?: number;
}

export interface ClientTally {
  readonly client: string;
  readonly sessions: number;
  readonly calls: number;
  readonly errors: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

const MOST_KINDS = 12;
const MOST_CLIENTS = 20;

export const selectStats = (database: Database.Database, window: Window): CallStats => {
  const range = spansOf(window);
  const sums = selectAllSums(database, range);
  return {
    ...tallyOf(sums),
    timeline: selectTimeline(database, timelineSpansOf(window)),
    latency: latencyBuckets(sums),
    failures: selectFailures(database, range),
    clients: selectClients(database, window.sinceMs),
  };
};

const selectTimeline = (database: Database.Database, range: SpanRange): Timeline => {
  const rows = database
    .prepare<[number, number, number], [at: number, calls: number, errors: number]>(
      'SELECT at, calls, errors FROM call_sums WHERE span = ? AND name = ? AND at >= ?',
    )
    .raw()
    .all(range.span, ALL_NAMES, range.fromMs);
  return {
    spanMs: range.spanMs,
    fromMs: range.fromMs,
    calls: spread(
      range,
      rows.map(([at, calls]) => [at, calls] as const),
    ),
    errors: spread(
      range,
      rows.map(([at, , errors]) => [at, errors] as const),
    ),
  };
};

const selectFailures = (database: Database.Database, { span, fromMs }: SpanRange): FailureKind[] => {
  const last = database.prepare<[string, string], { lastId: number; lastMessage: string | null }>(
    `SELECT id AS lastId, error_message AS lastMessage FROM calls
     WHERE id IN (SELECT id FROM calls WHERE outcome = ? AND outcome <> 'ok' ORDER BY id DESC LIMIT 200)
       AND coalesce(upstream, '') = ? ORDER BY id DESC LIMIT 1`,
  );
  const rows = database
    .prepare<[number, number], { upstream: string; failures: string }>(
      `SELECT upstream, group_concat(failures, '') AS failures FROM call_names CROSS JOIN call_sums ON name = call_names.id
       WHERE span = ? AND at >= ? AND errors > 0 GROUP BY upstream`,
    )
    .all(span, fromMs);
  const kinds = rows.flatMap(({ upstream, failures }) => {
    const counts: Counts = new Map();
    addCounts(counts, failures);
    return [...counts].map(([outcome, calls]) => ({ upstream, outcome: outcome as Outcome, calls }));
  });
  return kinds
    .sort((one, other) => other.calls - one.calls)
    .slice(0, MOST_KINDS)
    .map((kind) => {
      const { lastId, lastMessage } = last.get(kind.outcome, kind.upstream) ?? {};
      return { ...kind, ...(lastId !== undefined && { lastId }), ...(lastMessage && { lastMessage }) };
    });
};

const selectClients = (database: Database.Database, sinceMs: number): ClientTally[] =>
  database
    .prepare<[number], ClientTally>(
      `SELECT coalesce(name, '') AS client, count(DISTINCT client) AS sessions, sum(calls) AS calls, sum(errors) AS errors,
         sum(bytes_in) AS bytesIn, sum(bytes_out) AS bytesOut
       FROM client_sums JOIN clients ON clients.id = client WHERE last_at >= ? GROUP BY 1 ORDER BY calls DESC LIMIT ${MOST_CLIENTS}`,
    )
    .all(Math.floor(sinceMs));
