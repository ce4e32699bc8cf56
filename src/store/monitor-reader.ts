import type Database from 'better-sqlite3';
import { HubError } from '../errors/hub-error.ts';
import type { CallRow } from './log-reader.ts';
import { openLogDatabase, readExplained } from './log-reader.ts';
import { FIRST_WITH_SUMS, schemaVersion } from './migrations.ts';
import { type CallPage, type CallPageFilter, lastId, selectCallPage } from './monitor-queries/call-page.ts';
import { type CallDetail, selectCallDetail, selectCallsByIds } from './monitor-queries/one-call.ts';
import { type ServerRow, selectServerRows } from './monitor-queries/server-rows.ts';
import { type SessionFilter, type SessionRow, selectSessionCalls, selectSessions } from './monitor-queries/sessions.ts';
import { type CallStats, selectStats } from './monitor-queries/stats.ts';
import { type StderrLine, type StderrWindow, selectStderr } from './monitor-queries/stderr-window.ts';
import { type CallSummary, selectSummary } from './monitor-queries/summary.ts';
import type { LatencyBucket } from './monitor-queries/tally.ts';
import { selectToolLatency, selectToolRows, type ToolRow } from './monitor-queries/tool-rows.ts';
import { selectUpstreamHistory, type UpstreamChange } from './monitor-queries/upstream-history.ts';
import type { Window } from './monitor-queries/window.ts';

/**
 * What is shown of the log, each in some milliseconds whatever its length. It never writes. Ask `dataVersion` some times a
 * second, and the rest when that has changed: rows that are new by `callPage({ afterId })`, rows that were running by
 * `callsById`, what is above them by `summary`.
 */
export interface MonitorReader {
  /** Changes whenever another connection has committed something; costs microseconds. */
  dataVersion(): number;
  /** The highest `id` of a call; 0 where there is none. Costs microseconds. */
  lastId(): number;
  /** A page of calls, latest first. */
  callPage(filter: CallPageFilter): CallPage;
  /** Calls as they are now, latest first, without payloads. */
  callsById(ids: readonly number[]): CallRow[];
  /** One call with its payloads and attempts; undefined where it is gone. */
  call(id: number): CallDetail | undefined;
  /** What an upstream wrote to its stderr in a window of time. */
  stderr(window: StderrWindow): StderrLine[];
  /** @param minutes how many places `perMinute` has; default 30 */
  summary(window: Window, minutes?: number): CallSummary;
  servers(window: Window): ServerRow[];
  /** The last `limit` changes of the state of an upstream, the earliest first. */
  history(upstream: string, limit: number): UpstreamChange[];
  /** Whether the run of a hub has come to an end that it could tell of; undefined for a run that the log does not know. */
  hasStopped(runId: string): boolean | undefined;
  tools(window: Window): ToolRow[];
  /** How long the calls of one tool took. */
  toolLatency(tool: Pick<ToolRow, 'upstream' | 'ownName'>, window: Window): LatencyBucket[];
  stats(window: Window): CallStats;
  sessions(filter: SessionFilter): SessionRow[];
  /** The last `limit` calls of a session, the earliest first. */
  sessionCalls(session: number, limit: number): CallRow[];
  close(): void;
}

/**
 * Opens the log of a state directory; undefined where no hub has logged anything yet. Nothing is created.
 * @throws HubError STORE_UNAVAILABLE when it cannot be read, was made by a newer program, or by an older one and no hub of
 *   this one has written to it yet
 */
export const openMonitorReader = (stateDir: string): MonitorReader | undefined => {
  const database = openLogDatabase(stateDir);
  if (database === undefined) return undefined;
  try {
    assertSums(database);
    database.pragma(`cache_size = -${CACHE_KIB}`);
  } catch (error) {
    database.close();
    throw error;
  }
  const read = <T>(query: () => T): T => readExplained(database.name, query);
  return {
    dataVersion: () => read(() => database.pragma('data_version', { simple: true }) as number),
    lastId: () => read(() => lastId(database)),
    callPage: (filter) => read(() => selectCallPage(database, filter)),
    callsById: (ids) => read(() => selectCallsByIds(database, ids)),
    call: (id) => read(() => selectCallDetail(database, id)),
    stderr: (window) => read(() => selectStderr(database, window)),
    summary: (window, minutes) => read(() => selectSummary(database, window, minutes)),
    history: (upstream, limit) => read(() => selectUpstreamHistory(database, upstream, limit)),
    hasStopped: (runId) => read(() => selectHasStopped(database, runId)),
    servers: (window) => read(() => selectServerRows(database, window)),
    tools: (window) => read(() => selectToolRows(database, window)),
    toolLatency: (tool, window) => read(() => selectToolLatency(database, tool, window)),
    stats: (window) => read(() => selectStats(database, window)),
    sessions: (filter) => read(() => selectSessions(database, filter)),
    sessionCalls: (session, limit) => read(() => selectSessionCalls(database, session, limit)),
    close: () => void database.close(),
  };
};

const selectHasStopped = (database: Database.Database, runId: string): boolean | undefined => {
  const stopped = database
    .prepare<[string], number>('SELECT stopped_at IS NOT NULL FROM hub_runs WHERE run_id = ?')
    .pluck()
    .get(runId);
  return stopped === undefined ? undefined : stopped === 1;
};

/** Of pages that the connection keeps; what it reads again beyond that, the system has in its own cache. */
const CACHE_KIB = 4096;

const assertSums = (database: Database.Database): void => {
  const version = schemaVersion(database);
  if (version >= FIRST_WITH_SUMS) return;
  throw new HubError(
    'STORE_UNAVAILABLE',
    `${database.name} was made by an older mcp-hub and has not been brought up to date yet`,
    {
      hint: 'start a hub of this version once, with mcp-hub call or by your client',
    },
  );
};
