import type Database from 'better-sqlite3';
import type { Era } from '../../protocol/era.ts';
import { isProcessAlive } from '../../utils/process-start.ts';
import { selectCallsSql, toCallRow } from '../call-query.ts';
import { endedRunsWithOpenCalls } from '../ended-runs.ts';
import type { CallRow } from '../log-reader.ts';

/** One connection of a client: on stdio, or a session or principal on HTTP. */
export interface SessionRow {
  /** Ascends with the order of connecting, over all hubs. */
  readonly id: number;
  readonly clientId: string;
  readonly runId?: string;
  readonly client?: string;
  readonly clientVersion?: string;
  readonly transport?: 'stdio' | 'http';
  readonly era?: Era;
  readonly protocolVersion?: string;
  /** Milliseconds since the epoch. */
  readonly connectedAt?: number;
  /** Absent while it is connected, and where its hub died. */
  readonly disconnectedAt?: number;
  /** Whether it is connected now: its hub lives and has told of no end. */
  readonly isConnected: boolean;
  /** When its last call began; absent where none has ended. */
  readonly lastCallAt?: number;
  readonly calls: number;
  readonly errors: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** The upstreams that it has called, by name. */
  readonly servers: readonly string[];
}

export interface SessionFilter {
  /** Most sessions. */
  readonly limit: number;
  /** Only sessions with a lower `id`: the last one of the page before. */
  readonly beforeId?: number;
  /** Only sessions that were opened, have called or have ended at this time or later, in milliseconds since the epoch. */
  readonly sinceMs?: number;
}

/** When a session is last known to have been there. */
const LAST_SEEN = `coalesce(disconnected_at, max(coalesce(connected_at, 0),
  coalesce((SELECT max(last_at) FROM client_sums WHERE client = clients.id), 0)))`;

/** Reads the sessions of clients, latest first. */
export const selectSessions = (
  database: Database.Database,
  { limit, beforeId, sinceMs }: SessionFilter,
): SessionRow[] => {
  const isAlive = remembering(isProcessAlive);
  return database
    .prepare<[number, number, number], Record<string, unknown>>(
      `SELECT clients.id, client_id AS clientId, run_id AS runId, name AS client, clients.version AS clientVersion, transport,
         era, protocol_version AS protocolVersion, connected_at AS connectedAt, disconnected_at AS disconnectedAt,
         coalesce(sum(calls), 0) AS calls, coalesce(sum(errors), 0) AS errors, coalesce(sum(bytes_in), 0) AS bytesIn,
         coalesce(sum(bytes_out), 0) AS bytesOut, max(last_at) AS lastCallAt,
         json_group_array(upstream) FILTER (WHERE upstream <> '') AS servers,
         pid, process_start AS start, stopped_at AS stoppedAt
       FROM (SELECT * FROM clients WHERE id < ? AND ${LAST_SEEN} >= ? ORDER BY id DESC LIMIT ?)
         AS clients
         LEFT JOIN hub_runs ON hub_runs.id = clients.run LEFT JOIN client_sums ON client = clients.id
       GROUP BY clients.id ORDER BY clients.id DESC`,
    )
    .all(beforeId ?? Number.MAX_SAFE_INTEGER, Math.floor(sinceMs ?? 0), limit)
    .map(({ pid, start, stoppedAt, servers, ...row }) => ({
      ...(Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as unknown as Omit<
        SessionRow,
        'servers' | 'isConnected'
      >),
      isConnected:
        row['disconnectedAt'] === null &&
        stoppedAt === null &&
        typeof pid === 'number' &&
        isAlive(pid, start as string | null),
      servers: JSON.parse(servers as string) as string[],
    }));
};

/** Reads the calls of a session for a common axis of time, the earliest first; the last `limit` of them. */
export const selectSessionCalls = (database: Database.Database, session: number, limit: number): CallRow[] => {
  const ended = endedRunsWithOpenCalls(database);
  return database
    .prepare<[number, number], Record<string, unknown>>(
      `${selectCallsSql(false)} WHERE calls.client = ? ORDER BY calls.id DESC LIMIT ?`,
    )
    .all(session, limit)
    .map((row) => toCallRow(row, ended))
    .toReversed();
};

const remembering = (test: (pid: number, start: string | null) => boolean): typeof test => {
  const answers = new Map<string, boolean>();
  return (pid, start) => {
    const key = `${pid} ${start ?? ''}`;
    const answer = answers.get(key) ?? test(pid, start);
    answers.set(key, answer);
    return answer;
  };
};
