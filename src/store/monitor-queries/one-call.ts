import type Database from 'better-sqlite3';
import { type AttemptRow, selectAttempts } from '../call-attempts.ts';
import { selectCallsSql, toCallRow } from '../call-query.ts';
import { endedRunsWithOpenCalls } from '../ended-runs.ts';
import type { CallRow } from '../log-reader.ts';

/** A call with all that is kept of it. */
export interface CallDetail extends CallRow {
  /** In their order; empty where it was sent once, so that the call itself says it all. */
  readonly attempts: readonly AttemptRow[];
}

/** Reads one call whole, with its payloads; undefined where there is none. */
export const selectCallDetail = (database: Database.Database, id: number): CallDetail | undefined => {
  const row = database.prepare<[number], Record<string, unknown>>(`${selectCallsSql(true)} WHERE calls.id = ?`).get(id);
  if (row === undefined) return undefined;
  const call = toCallRow(row, endedRunsWithOpenCalls(database));
  return { ...call, attempts: selectAttempts(database, [call.callId]).get(call.callId) ?? [] };
};

/** Reads calls by their ids, without payloads: to see how those went on that were in flight. Latest first. */
export const selectCallsByIds = (database: Database.Database, ids: readonly number[]): CallRow[] => {
  const ended = endedRunsWithOpenCalls(database);
  return database
    .prepare<[string], Record<string, unknown>>(
      `${selectCallsSql(false)} WHERE calls.id IN (SELECT value FROM json_each(?)) ORDER BY calls.id DESC`,
    )
    .all(JSON.stringify(ids))
    .map((row) => toCallRow(row, ended));
};
