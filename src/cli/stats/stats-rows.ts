import type { Tally } from '../../store/monitor-queries/tally.ts';
import type { Window } from '../../store/monitor-queries/window.ts';
import type { MonitorReader } from '../../store/monitor-reader.ts';

/** What calls are counted by. */
export const STATS_KEYS = ['server', 'tool', 'client', 'hour'] as const;

export type StatsKey = (typeof STATS_KEYS)[number];

/** Calls of one server, tool, client or hour. */
export interface StatsRow {
  readonly name: string;
  readonly calls: number;
  readonly errors: number;
  readonly latencyMs?: NonNullable<Tally['latencyMs']>;
  /** Sizes of all requests and of all answers; absent where they are not summed. */
  readonly bytesIn?: number;
  readonly bytesOut?: number;
}

/** The rows that had calls in the window, those with most calls first; hours in their order. */
export const statsRows = (reader: MonitorReader, key: StatsKey, window: Window): StatsRow[] => {
  switch (key) {
    case 'server':
      return busiest(reader.servers(window).map((row) => ({ ...tallyRow(row), name: row.upstream })));
    case 'tool':
      return busiest(
        reader
          .tools(window)
          .map((row) => ({ ...tallyRow(row), name: row.qualifiedName ?? `${row.upstream}.${row.ownName}` })),
      );
    case 'client':
      return busiest(
        reader.stats(window).clients.map(({ client, calls, errors, bytesIn, bytesOut }) => ({
          name: client,
          calls,
          errors,
          bytesIn,
          bytesOut,
        })),
      );
    case 'hour':
      return hours(reader, window);
  }
};

const tallyRow = ({ calls, errors, latencyMs, bytesIn, bytesOut }: Tally): Omit<StatsRow, 'name'> => ({
  calls,
  errors,
  ...(latencyMs === undefined ? {} : { latencyMs }),
  bytesIn,
  bytesOut,
});

const busiest = (rows: readonly StatsRow[]): StatsRow[] =>
  rows.filter(({ calls }) => calls > 0).toSorted((one, other) => other.calls - one.calls);

const HOUR_MS = 3_600_000;

/** A window of more than eight days has a row per day. */
const hours = (reader: MonitorReader, window: Window): StatsRow[] => {
  const { spanMs, fromMs, calls, errors } = reader.stats(window).timeline;
  const rowMs = Math.max(HOUR_MS, spanMs);
  const rows = new Map<number, { calls: number; errors: number }>();
  for (const [index, count] of calls.entries()) {
    const at = fromMs + index * spanMs;
    const start = at - (at % rowMs);
    const row = rows.get(start) ?? { calls: 0, errors: 0 };
    rows.set(start, { calls: row.calls + count, errors: row.errors + (errors[index] ?? 0) });
  }
  return [...rows]
    .filter(([, row]) => row.calls > 0)
    .map(([at, row]) => ({ name: new Date(at).toISOString(), ...row }));
};
