import type Database from 'better-sqlite3';
import type { UpstreamState } from '../events/events.ts';
import type { Era } from '../protocol/era.ts';

/** What was last known of an upstream, whichever hub has seen it. Members that nobody has learned yet are absent. */
export interface UpstreamStatus {
  readonly upstream: string;
  readonly state?: UpstreamState;
  /** Why it is in that state, in words for a person. */
  readonly reason?: string;
  /** When it came into that state, in milliseconds since the epoch. */
  readonly stateAt?: number;
  readonly era?: Era;
  readonly tools?: number;
  readonly prompts?: number;
  readonly resources?: number;
  readonly templates?: number;
  /** Bytes of name, description and input schema of all tools. */
  readonly definitionBytes?: number;
  /** When the five members above were learned. */
  readonly listedAt?: number;
  /** When it last became ready or gave its lists. */
  readonly lastSeen?: number;
  /** Calls of the last 24 hours that have ended. */
  readonly calls: number;
  /** Those of them that ended otherwise than `ok`. */
  readonly errors: number;
  /** Duration of those calls: the middle one, and the one that 95 % do not exceed. Absent where there was no call. */
  readonly latencyMs?: { readonly p50: number; readonly p95: number };
}

const DAY_MS = 86_400_000;

/** Reads the status of every upstream, with its calls of the last 24 hours. */
export const selectUpstreamStatuses = (database: Database.Database): Map<string, UpstreamStatus> => {
  const sql = `
    WITH ranked AS (
      SELECT upstream, duration_ms, outcome <> 'ok' AS failed,
        row_number() OVER (PARTITION BY upstream ORDER BY duration_ms) AS place,
        count(*) OVER (PARTITION BY upstream) AS total
      FROM calls WHERE started_at >= ? AND outcome IS NOT NULL AND upstream IS NOT NULL
    ), latency AS (
      SELECT upstream, total, sum(failed) AS errors,
        max(duration_ms) FILTER (WHERE place = (total * 50 + 99) / 100) AS p50,
        max(duration_ms) FILTER (WHERE place = (total * 95 + 99) / 100) AS p95
      FROM ranked GROUP BY upstream
    )
    SELECT upstream_status.upstream, state, reason, state_at AS stateAt, era, tools, prompts, resources, templates,
      definition_bytes AS definitionBytes, listed_at AS listedAt, last_seen AS lastSeen,
      coalesce(total, 0) AS calls, coalesce(errors, 0) AS errors, p50, p95
    FROM upstream_status LEFT JOIN latency ON latency.upstream = upstream_status.upstream
    ORDER BY upstream_status.upstream`;
  const rows = database.prepare<[number], Record<string, unknown>>(sql).all(Date.now() - DAY_MS);
  return new Map(rows.map((row) => [row['upstream'] as string, toStatus(row)]));
};

/** Earlier versions had another word for it. */
const EARLIER_STATES: Readonly<Record<string, UpstreamState>> = { failed: 'backing_off' };

const toStatus = ({ p50, p95, state, ...row }: Record<string, unknown>): UpstreamStatus => {
  const present = Object.entries({ ...row, state: EARLIER_STATES[String(state)] ?? state }).filter(
    ([, value]) => value !== null,
  );
  const status = Object.fromEntries(present) as unknown as UpstreamStatus;
  return typeof p50 === 'number' && typeof p95 === 'number' ? { ...status, latencyMs: { p50, p95 } } : status;
};
