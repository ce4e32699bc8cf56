import type Database from 'better-sqlite3';
import { withAttempts } from './call-attempts.ts';
import { endedRunsWithOpenCalls, LOST_END } from './ended-runs.ts';
import type { CallRow } from './log-reader.ts';
import { FIRST_WITH_SUMS, schemaVersion } from './migrations.ts';

/** A log that an older hub has made says nothing of the processes of its hubs until it is brought up to date. */
const FIRST_WITH_PROCESSES = 2;

/** Which calls are wanted. Globs know `*` and `?`, and do not distinguish upper and lower case. */
export interface CallFilter {
  /** Glob on the upstream's name. Default: any. */
  readonly server?: string;
  /** Glob on the name or URI, as the client used it or as the upstream knows it. Default: any. */
  readonly tool?: string;
  /** Glob on the client's name. Default: any. */
  readonly client?: string;
  /** Only calls that ended otherwise than `ok`. Default: false. */
  readonly errorsOnly?: boolean;
  /** Only calls that started at this time or later, in milliseconds since the epoch. Default: all. */
  readonly sinceMs?: number;
  /** Only calls written after the one with this `id`. Default: all. */
  readonly afterId?: number;
  /** Only the calls with these `id`s. Default: all. */
  readonly ids?: readonly number[];
  /** The most rows to give. */
  readonly limit: number;
  /** By `id`; the limit counts from this end. Default: `desc`, the latest first. */
  readonly order?: 'asc' | 'desc';
  /** Whether `request` and `result` are read too. Default: false. */
  readonly payloads?: boolean;
}

/** Reads columns of calls that `toCallRow` understands; a `WHERE` may follow. */
export const selectCallsSql = (hasPayloads: boolean): string => `
    SELECT calls.id, call_id AS callId, run_id AS runId, clients.name AS client, clients.version AS clientVersion,
      client_id AS clientId, transport, era, protocol_version AS protocolVersion, upstream, method,
      qualified_name AS qualifiedName, own_name AS ownName, calls.started_at AS startedAt,
      outcome, calls.run AS run, duration_ms AS durationMs, hub_ms AS hubMs, upstream_ms AS upstreamMs,
      error_code AS errorCode, error_message AS errorMessage, bytes_in AS bytesIn, bytes_out AS bytesOut,
      request_cut AS isRequestCut, result_cut AS isResultCut ${hasPayloads ? ', request, result' : ''}
    FROM calls LEFT JOIN clients ON clients.id = calls.client LEFT JOIN hub_runs ON hub_runs.id = calls.run`;

/** Reads the calls that match. */
export const selectCalls = (database: Database.Database, filter: CallFilter): CallRow[] => {
  const ended = schemaVersion(database) < FIRST_WITH_PROCESSES ? [] : endedRunsWithOpenCalls(database);
  const { where, values } = conditions(filter, ended);
  const sql = `
    ${selectCallsSql(filter.payloads === true)}
    ${where.length > 0 ? `WHERE ${where.join(' AND ')}` : ''}
    ORDER BY calls.id ${filter.order === 'asc' ? 'ASC' : 'DESC'} LIMIT ?`;
  const rows = database.prepare<unknown[], Record<string, unknown>>(sql).all(...values, filter.limit);
  const calls = rows.map((row) => toCallRow(row, ended));
  return schemaVersion(database) < FIRST_WITH_SUMS ? calls : withAttempts(database, calls);
};

const conditions = (filter: CallFilter, ended: readonly number[]): { where: string[]; values: unknown[] } => {
  const where: string[] = [];
  const values: unknown[] = [];
  const add = (condition: string, ...bound: unknown[]): void => {
    where.push(condition);
    values.push(...bound);
  };
  if (filter.server !== undefined) add('lower(upstream) GLOB ?', sqlGlob(filter.server));
  if (filter.tool !== undefined) {
    const glob = sqlGlob(filter.tool);
    add('(lower(qualified_name) GLOB ? OR lower(own_name) GLOB ?)', glob, glob);
  }
  if (filter.client !== undefined) add('lower(clients.name) GLOB ?', sqlGlob(filter.client));
  if (filter.errorsOnly === true) {
    const lost = ended.length === 0 ? '' : `OR (outcome IS NULL AND calls.run IN (${ended.join(', ')}))`;
    add(`(outcome <> 'ok' ${lost})`);
  }
  if (filter.sinceMs !== undefined) add('calls.started_at >= ?', Math.floor(filter.sinceMs));
  if (filter.afterId !== undefined) add('calls.id > ?', filter.afterId);
  if (filter.ids !== undefined) add('calls.id IN (SELECT value FROM json_each(?))', JSON.stringify(filter.ids));
  return { where, values };
};

/** In SQLite's GLOB a bracket opens a class of characters; here it is a character like any other. */
export const sqlGlob = (glob: string): string => glob.toLowerCase().replaceAll('[', '[[]');

/** What the next hub will write of a call whose hub has died. */
const LOST = { outcome: 'unknown', errorMessage: LOST_END } as const;

/**
 * A row of `selectCallsSql` as a call.
 * @param ended the runs whose process has ended, see `endedRunsWithOpenCalls`
 */
export const toCallRow = ({ run, ...row }: Record<string, unknown>, ended: readonly number[]): CallRow => {
  const present = Object.entries(row).filter(([, value]) => value !== null);
  const call: Record<string, unknown> = Object.fromEntries(present);
  if (row['outcome'] === null && ended.includes(run as number)) Object.assign(call, LOST);
  call['outcome'] ??= 'running';
  call['isRequestCut'] = row['isRequestCut'] === 1;
  call['isResultCut'] = row['isResultCut'] === 1;
  return call as unknown as CallRow;
};
