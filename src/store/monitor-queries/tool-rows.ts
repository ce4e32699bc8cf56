import type Database from 'better-sqlite3';
import { type LatencyBucket, latencyBuckets, TALLY_COLUMNS, type Tally, type TallyRow, tallyOf } from './tally.ts';
import { type SpanRange, spansOf, type Window } from './window.ts';

/** What the log knows of one tool. */
export interface ToolRow extends Tally {
  readonly upstream: string;
  /** The name that the upstream knows. */
  readonly ownName: string;
  /** The name that clients used last; absent where none has called it. */
  readonly qualifiedName?: string;
  /** Whether its upstream offered it, by its last list. One that it did not may be gone, or hidden. */
  readonly isOffered: boolean;
  /** Bytes of name, description and input schema; absent where it is not offered. */
  readonly definitionBytes?: number;
  /** Mean size of a result in the window; absent where there was no call. */
  readonly resultBytes?: number;
  /** When a call of it last began, also before the window; absent where there was none. */
  readonly lastUsedAt?: number;
}

/** Reads a row for each tool that is offered or was called, by upstream and name. Never called in the window: `calls` is 0. */
export const selectToolRows = (database: Database.Database, window: Window): ToolRow[] => {
  const sums = Map.groupBy(selectSums(database, spansOf(window)), ({ name }) => name);
  return selectTools(database).map(({ id, isOffered, ...tool }) => {
    const tally = tallyOf(id === null ? [] : (sums.get(id) ?? []));
    const known = Object.fromEntries(Object.entries(tool).filter(([, value]) => value !== null));
    return {
      ...(known as unknown as Pick<ToolRow, 'upstream' | 'ownName'>),
      isOffered: isOffered === 1,
      ...tally,
      ...(tally.calls > 0 && { resultBytes: tally.bytesOut / tally.calls }),
    };
  });
};

/** How long the calls of a tool took in the window. */
export const selectToolLatency = (
  database: Database.Database,
  { upstream, ownName }: Pick<ToolRow, 'upstream' | 'ownName'>,
  window: Window,
): LatencyBucket[] => {
  const { span, fromMs } = spansOf(window);
  const rows = database
    .prepare<[string, string, number, number], TallyRow>(
      `SELECT ${TALLY_COLUMNS} FROM call_names CROSS JOIN call_sums ON name = call_names.id
       WHERE upstream = ? AND method = 'tools/call' AND own_name = ? AND span = ? AND at >= ?`,
    )
    .all(upstream, ownName, span, fromMs);
  return latencyBuckets(rows);
};

interface KnownTool {
  readonly id: number | null;
  readonly upstream: string;
  readonly ownName: string;
  readonly qualifiedName: string | null;
  readonly isOffered: number;
  readonly definitionBytes: number | null;
  readonly lastUsedAt: number | null;
}

const selectTools = (database: Database.Database): KnownTool[] =>
  database
    .prepare<[], KnownTool>(
      `SELECT id, upstream, own_name AS ownName, qualified_name AS qualifiedName, definition_bytes IS NOT NULL AS isOffered,
         definition_bytes AS definitionBytes, last_used AS lastUsedAt
       FROM upstream_tools FULL JOIN (SELECT * FROM call_names WHERE method = 'tools/call' AND qualified_name <> '')
         USING (upstream, own_name)
       ORDER BY upstream, own_name`,
    )
    .all();

const selectSums = (
  database: Database.Database,
  { span, fromMs }: SpanRange,
): Array<TallyRow & { readonly name: number }> =>
  database
    .prepare<[number, number], TallyRow & { readonly name: number }>(
      `SELECT name, ${TALLY_COLUMNS} FROM call_names CROSS JOIN call_sums ON name = call_names.id
       WHERE span = ? AND at >= ? AND method = 'tools/call' GROUP BY call_names.id`,
    )
    .all(span, fromMs);
