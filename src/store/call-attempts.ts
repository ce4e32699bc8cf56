import type Database from 'better-sqlite3';
import type { CallRepeated, Outcome } from '../events/events.ts';
import type { CallRow } from './log-reader.ts';

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

/** The calls, those of several attempts with these. */
export const withAttempts = (database: Database.Database, calls: readonly CallRow[]): CallRow[] => {
  const found = selectAttempts(
    database,
    calls.map(({ callId }) => callId),
  );
  if (found.size === 0) return [...calls];
  return calls.map((call) => {
    const attempts = found.get(call.callId);
    return attempts === undefined ? call : { ...call, attempts };
  });
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

/** Writes the attempts of calls that are sent more than once. To be used inside a transaction. */
export interface AttemptWriter {
  /** @param row its texts are redacted already */
  repeat(row: CallRepeated): void;
  /** Ends the last attempt of a call as the call has ended. */
  end(callId: string): void;
}

export const createAttemptWriter = (database: Database.Database): AttemptWriter => {
  const first = database.prepare<[string, string, string, number]>(
    `INSERT INTO attempts (call_id, attempt, upstream, started_at)
     SELECT ?, 1, ?, coalesce((SELECT started_at FROM calls WHERE call_id = ?), ?) WHERE true ON CONFLICT DO NOTHING`,
  );
  const fail = database.prepare<[number, string, number, string | null, string, number]>(
    `UPDATE attempts SET duration_ms = ?, outcome = ?, error_code = ?, error_message = ?
     WHERE call_id = ? AND attempt = ?`,
  );
  const begin = database.prepare<[string, number, string, number]>(
    `INSERT INTO attempts (call_id, attempt, upstream, started_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  const end = database.prepare<[string]>(
    `UPDATE attempts SET outcome = calls.outcome, error_code = calls.error_code, error_message = calls.error_message,
       duration_ms = max(0, calls.started_at + calls.duration_ms - attempts.started_at)
     FROM calls WHERE calls.call_id = ? AND attempts.call_id = calls.call_id AND attempts.outcome IS NULL`,
  );
  return {
    repeat({ callId, attempt, upstream, reason, failed, at }) {
      const startedAt = Math.round(at);
      if (attempt === 2) first.run(callId, failed.upstream, callId, startedAt);
      fail.run(failed.durationMs, failed.outcome, failed.errorCode, reason, callId, attempt - 1);
      begin.run(callId, attempt, upstream, startedAt);
    },
    end: (callId) => void end.run(callId),
  };
};
