import type Database from 'better-sqlite3';
import type { Outcome } from '../events/events.ts';

/** One time that a call was sent. A call that was sent once has no such row: its own says it all. */
export interface AttemptRow {
  /** Counts from 1. */
  readonly attempt: number;
  readonly upstream: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Absent while it is in flight, and where its hub died. */
  readonly durationMs?: number;
  readonly outcome: Outcome | 'running';
  readonly errorCode?: number;
  readonly errorMessage?: string;
}

/** Reads the attempts of calls, by their call ids, each in their order. */
export const selectAttempts = (
  database: Database.Database,
  callIds: readonly string[],
): ReadonlyMap<string, readonly AttemptRow[]> => {
  const rows = database
    .prepare<[string], AttemptColumns>(
      `SELECT call_id AS callId, attempt, upstream, started_at AS startedAt, duration_ms AS durationMs, outcome,
         error_code AS errorCode, error_message AS errorMessage
       FROM attempts WHERE call_id IN (SELECT value FROM json_each(?)) ORDER BY call_id, attempt`,
    )
    .all(JSON.stringify(callIds));
  const attempts = new Map<string, AttemptRow[]>();
  for (const { callId, ...row } of rows) attempts.set(callId, [...(attempts.get(callId) ?? []), toAttempt(row)]);
  return attempts;
};

interface AttemptColumns {
  readonly callId: string;
  readonly attempt: number;
  readonly upstream: string;
  readonly startedAt: number;
  readonly durationMs: number | null;
  readonly outcome: Outcome | null;
  readonly errorCode: number | null;
  readonly errorMessage: string | null;
}

const toAttempt = (row: Omit<AttemptColumns, 'callId'>): AttemptRow => ({
  attempt: row.attempt,
  upstream: row.upstream,
  startedAt: row.startedAt,
  outcome: row.outcome ?? 'running',
  ...(row.durationMs !== null && { durationMs: row.durationMs }),
  ...(row.errorCode !== null && { errorCode: row.errorCode }),
  ...(row.errorMessage !== null && { errorMessage: row.errorMessage }),
});
