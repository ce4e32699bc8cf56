import type Database from 'better-sqlite3';
import type { UpstreamState } from '../../events/events.ts';
import { FIRST_WITH_CODES, schemaVersion } from '../migrations.ts';

/** One change of the state of an upstream. */
export interface UpstreamChange {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly state: UpstreamState;
  /** In words for a person. */
  readonly reason: string;
  /** Of the error by which it came into that state, see errors/codes.ts; absent where none did. */
  readonly errorCode?: number;
}

/** The last `limit` changes of an upstream, of all hubs, the earliest first. */
export const selectUpstreamHistory = (
  database: Database.Database,
  upstream: string,
  limit: number,
): UpstreamChange[] => {
  const code = schemaVersion(database) >= FIRST_WITH_CODES ? 'error_code' : 'NULL';
  return database
    .prepare<[string, number], Omit<UpstreamChange, 'errorCode'> & { readonly errorCode: number | null }>(
      `SELECT at, state, reason, ${code} AS errorCode FROM upstream_events WHERE upstream = ?
       ORDER BY at DESC, id DESC LIMIT ?`,
    )
    .all(upstream, limit)
    .reverse()
    .map(({ errorCode, ...change }) => (errorCode === null ? change : { ...change, errorCode }));
};
