import type Database from 'better-sqlite3';
import type { UpstreamState } from '../events/events.ts';
import type { Era } from '../protocol/era.ts';
import { FIRST_WITH_SUMS, schemaVersion } from './migrations.ts';
import { selectUpstreamTallies } from './monitor-queries/server-rows.ts';
import type { Tally } from './monitor-queries/tally.ts';

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
  /** Duration of those calls, to some percent: the middle one, and the one that 95 % do not exceed. Absent where there was no call. */
  readonly latencyMs?: { readonly p50: number; readonly p95: number };
}

const DAY_MS = 86_400_000;

/** Reads the status of every upstream, with its calls of the last 24 hours, to the hour. A log that an older hub has made has no sums of these yet. */
export const selectUpstreamStatuses = (database: Database.Database): Map<string, UpstreamStatus> => {
  const rows = database
    .prepare<[], Record<string, unknown> & { readonly upstream: string }>(
      `SELECT upstream, state, reason, state_at AS stateAt, era, tools, prompts, resources, templates,
         definition_bytes AS definitionBytes, listed_at AS listedAt, last_seen AS lastSeen
       FROM upstream_status ORDER BY upstream`,
    )
    .all();
  const tallies =
    schemaVersion(database) < FIRST_WITH_SUMS
      ? new Map<string, Tally>()
      : selectUpstreamTallies(database, { sinceMs: Date.now() - DAY_MS });
  return new Map(rows.map((row) => [row.upstream, toStatus(row, tallies.get(row.upstream))]));
};

/** Earlier versions had another word for it. */
const EARLIER_STATES: Readonly<Record<string, UpstreamState>> = { failed: 'backing_off' };

const toStatus = ({ state, ...row }: Record<string, unknown>, tally: Tally | undefined): UpstreamStatus => {
  const members = Object.entries({ ...row, state: EARLIER_STATES[String(state)] ?? state });
  const present = Object.fromEntries(members.filter(([, value]) => value !== null));
  const { calls = 0, errors = 0, latencyMs } = tally ?? {};
  const status = { ...present, calls, errors } as unknown as UpstreamStatus;
  return latencyMs === undefined ? status : { ...status, latencyMs: { p50: latencyMs.p50, p95: latencyMs.p95 } };
};
