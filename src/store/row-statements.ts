import type Database from 'better-sqlite3';
import type { EndedCall } from './call-sums.ts';
import { END_COLUMNS, START_COLUMNS } from './chain.ts';

type Named = [Record<string, string | number | null>];

/** Values of calls go by their places, which costs less than by names where there are many rows. */
export type CallStart = [
  callId: string,
  run: number,
  client: number,
  upstream: string | null,
  method: string,
  qualifiedName: string | null,
  ownName: string | null,
  startedAt: number,
  bytesIn: number,
  requestCut: number,
  request: string | null,
];

export type CallEnd = [
  durationMs: number | null,
  outcome: string | null,
  errorCode: number | null,
  errorMessage: string | null,
  bytesOut: number | null,
  hubMs: number | null,
  upstreamMs: number | null,
  resultCut: number,
  result: string | null,
];

/** What the sums need of a call's beginning. */
export type BegunCall = Omit<EndedCall, 'outcome' | 'durationMs' | 'hubMs' | 'bytesOut'>;

/** The columns of `calls` that a `BegunCall` is read from. */
export const BEGUN_COLUMNS = `client, upstream, method, qualified_name AS qualifiedName, own_name AS ownName,
  started_at AS startedAt, bytes_in AS bytesIn`;

/** Where the chain of a run ends. */
export interface ChainHead {
  /** `hub_runs.id` */
  readonly run: number;
  seq: number;
  /** The last link; null where the run has no chain. */
  hash: string | null;
}

/** The number and link of an entry. */
export type ChainPlace = [seq: number | null, hash: string | null];

export type Statements = ReturnType<typeof prepareStatements>;

/** In the order of `CallStart` and `CallEnd`. */
const CALL_COLUMNS = [...START_COLUMNS, ...END_COLUMNS];

/** The statements that write rows of the log, prepared for one database. */
export const prepareStatements = (database: Database.Database) => ({
  insertRun: database.prepare<[string, number, string | null, string, string, number, string | null]>(
    `INSERT INTO hub_runs (run_id, pid, process_start, version, config_files, started_at, chain_hash)
     VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO NOTHING`,
  ),
  findRun: database.prepare<[string], ChainHead>(
    'SELECT id AS run, chain_seq AS seq, chain_hash AS hash FROM hub_runs WHERE run_id = ?',
  ),
  moveHead: database.prepare<[number, string | null, number]>(
    'UPDATE hub_runs SET chain_seq = ?, chain_hash = ? WHERE id = ?',
  ),
  stopRun: database.prepare<[number, string | null, number]>(
    'UPDATE hub_runs SET stopped_at = ?, stop_reason = ? WHERE id = ?',
  ),
  findClient: database
    .prepare<[number, string], number>('SELECT id FROM clients WHERE run = ? AND client_id = ?')
    .pluck(),
  insertUnknownClient: database.prepare<[number, string]>('INSERT INTO clients (run, client_id) VALUES (?, ?)'),
  upsertClient: database.prepare<Named>(
    `INSERT INTO clients (run, client_id, transport, era, protocol_version, name, version, connected_at)
     VALUES (@run, @client, @transport, @era, @protocolVersion, @name, @version, @at)
     ON CONFLICT (run, client_id) DO UPDATE SET transport = excluded.transport, era = excluded.era,
       protocol_version = excluded.protocol_version, name = excluded.name, version = excluded.version,
       connected_at = coalesce(connected_at, excluded.connected_at), disconnected_at = NULL`,
  ),
  disconnectClient: database.prepare<[number, number, string, number]>(
    'UPDATE clients SET disconnected_at = ? WHERE run = ? AND client_id = ? AND coalesce(connected_at, 0) <= ?',
  ),
  /** Of a run with a chain; for others see call-inserts.ts. */
  insertCall: database.prepare<[...CallStart, ...CallEnd, ...ChainPlace]>(
    `INSERT INTO calls (${CALL_COLUMNS.join(', ')}, seq, hash)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ),
  /** Gives what the call began with, where it was open. */
  finishCall: database.prepare<[...CallEnd, ...ChainPlace, callId: string], BegunCall>(
    `UPDATE calls SET duration_ms = ?, outcome = ?, error_code = ?, error_message = ?, bytes_out = ?, hub_ms = ?,
       upstream_ms = ?, result_cut = ?, result = ?, end_seq = ?, end_hash = ?
     WHERE call_id = ? AND outcome IS NULL
     RETURNING ${BEGUN_COLUMNS}`,
  ),
  insertEvent: database.prepare<Named>(
    `INSERT INTO upstream_events (run, upstream, state, reason, error_code, pid, era, start_ms, at)
     VALUES (@run, @upstream, @state, @reason, @errorCode, @pid, @era, @startMs, @at)`,
  ),
  /** Of two hubs that know the upstream, the later word counts. */
  upsertState: database.prepare<Named>(
    `INSERT INTO upstream_status (upstream, state, reason, error_code, state_at, era, last_seen)
     VALUES (@upstream, @state, @reason, @errorCode, @at, @era, @lastSeen)
     ON CONFLICT (upstream) DO UPDATE SET state = excluded.state, reason = excluded.reason,
       error_code = excluded.error_code, state_at = excluded.state_at, era = coalesce(excluded.era, era), last_seen = coalesce(excluded.last_seen, last_seen)
     WHERE coalesce(state_at, 0) <= excluded.state_at`,
  ),
  upsertListed: database.prepare<Named>(
    `INSERT INTO upstream_status (upstream, tools, prompts, resources, templates, definition_bytes, listed_at, last_seen)
     VALUES (@upstream, @tools, @prompts, @resources, @templates, @definitionBytes, @at, @at)
     ON CONFLICT (upstream) DO UPDATE SET tools = excluded.tools, prompts = excluded.prompts,
       resources = excluded.resources, templates = excluded.templates, definition_bytes = excluded.definition_bytes,
       listed_at = excluded.listed_at, last_seen = excluded.last_seen
     WHERE coalesce(listed_at, 0) <= excluded.listed_at`,
  ),
  deleteTools: database.prepare<[string]>('DELETE FROM upstream_tools WHERE upstream = ?'),
  insertTool: database.prepare<[string, string, number]>(
    'INSERT INTO upstream_tools (upstream, own_name, definition_bytes) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
  ),
  insertProblem: database.prepare<[number, string | null, string | null, number]>(
    'INSERT INTO problems (run, upstream, message, at) VALUES (?, ?, ?, ?)',
  ),
});
