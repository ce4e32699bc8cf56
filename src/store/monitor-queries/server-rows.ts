import type Database from 'better-sqlite3';
import type { UpstreamState } from '../../events/events.ts';
import type { Era } from '../../protocol/era.ts';
import { FIRST_WITH_CODES, schemaVersion } from '../migrations.ts';
import { TALLY_COLUMNS, type Tally, type TallyRow, tallyOf } from './tally.ts';
import { lastMinutes, type SpanRange, spansOf, spread, type Window } from './window.ts';

/** What the log knows of one upstream. Members that nobody has learned yet are absent. */
export interface ServerRow extends Tally {
  readonly upstream: string;
  /** As it was last told by any hub; a hub that was killed has told of no end. */
  readonly state?: UpstreamState;
  /** Why it is in that state, in words for a person. */
  readonly reason?: string;
  /** Of the error by which it came into that state, see errors/codes.ts; absent where none did. */
  readonly errorCode?: number;
  /** When it came into that state, in milliseconds since the epoch. */
  readonly stateAt?: number;
  readonly era?: Era;
  /** Of the process that was ready last. */
  readonly pid?: number;
  /** How long its start took. */
  readonly startMs?: number;
  readonly tools?: number;
  readonly prompts?: number;
  readonly resources?: number;
  readonly templates?: number;
  /** Bytes of name, description and input schema of all tools. */
  readonly definitionBytes?: number;
  /** When it last became ready or gave its lists. */
  readonly lastSeen?: number;
  /** Calls of each of the last 30 minutes, the present one last. */
  readonly perMinute: readonly number[];
}

const SPARK_MINUTES = 30;

/** Reads a row for each upstream that was ever started or called, by its name. */
export const selectServerRows = (database: Database.Database, window: Window): ServerRow[] => {
  const known = new Map(selectKnown(database).map((row) => [row.upstream, row]));
  const sums = selectUpstreamTallies(database, window);
  const recent = Map.groupBy(
    selectRecent(database, lastMinutes(SPARK_MINUTES, window.nowMs)),
    ([upstream]) => upstream,
  );
  const names = new Set([...known.keys(), ...sums.keys()]);
  return [...names].sort().map((upstream) => ({
    ...present(known.get(upstream) ?? { upstream }),
    ...(sums.get(upstream) ?? tallyOf([])),
    perMinute: spread(
      lastMinutes(SPARK_MINUTES, window.nowMs),
      (recent.get(upstream) ?? []).map(([, at, calls]) => [at, calls] as const),
    ),
  }));
};

/** The calls of each upstream that had some in the window. */
export const selectUpstreamTallies = (database: Database.Database, window: Window): Map<string, Tally> => {
  const rows = Map.groupBy(selectSums(database, spansOf(window)), ({ upstream }) => upstream);
  return new Map([...rows].map(([upstream, sums]) => [upstream, tallyOf(sums)]));
};

type Known = Omit<ServerRow, keyof Tally | 'perMinute'>;

const selectKnown = (database: Database.Database): Known[] => {
  const hasCodes = schemaVersion(database) >= FIRST_WITH_CODES;
  return database
    .prepare<[], Known>(
      `SELECT upstream, state, reason, ${hasCodes ? 'error_code' : 'NULL'} AS errorCode, state_at AS stateAt, era, tools, prompts, resources, templates,
         definition_bytes AS definitionBytes, last_seen AS lastSeen,
         (SELECT pid FROM upstream_events AS e WHERE e.upstream = s.upstream AND e.state = 'ready' ORDER BY at DESC LIMIT 1) AS pid,
         (SELECT start_ms FROM upstream_events AS e WHERE e.upstream = s.upstream AND e.state = 'ready' ORDER BY at DESC LIMIT 1) AS startMs
       FROM upstream_status AS s`,
    )
    .all();
};

const selectSums = (
  database: Database.Database,
  { span, fromMs }: SpanRange,
): Array<TallyRow & { readonly upstream: string }> =>
  database
    .prepare<[number, number], TallyRow & { readonly upstream: string }>(
      `SELECT upstream, ${TALLY_COLUMNS} FROM call_names CROSS JOIN call_sums ON name = call_names.id
       WHERE span = ? AND at >= ? AND upstream <> '' GROUP BY call_names.id`,
    )
    .all(span, fromMs);

const selectRecent = (
  database: Database.Database,
  { span, fromMs }: SpanRange,
): Array<[upstream: string, at: number, calls: number]> =>
  database
    .prepare<[number, number], [string, number, number]>(
      `SELECT upstream, at, sum(calls) FROM call_names CROSS JOIN call_sums ON name = call_names.id
       WHERE span = ? AND at >= ? AND upstream <> '' GROUP BY upstream, at`,
    )
    .raw()
    .all(span, fromMs);

const present = (row: Known): Known =>
  Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as unknown as Known;
