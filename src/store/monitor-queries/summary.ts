import type Database from 'better-sqlite3';
import { ALL_NAMES } from '../call-sums.ts';
import { endedRunsWithOpenCalls } from '../ended-runs.ts';
import { TALLY_COLUMNS, type Tally, type TallyRow, tallyOf } from './tally.ts';
import { lastMinutes, type SpanRange, spansOf, spread, type Window } from './window.ts';

/** What stands above every screen. */
export interface CallSummary extends Tally {
  /** Calls in flight, of hubs that live. */
  readonly running: number;
  /** Calls of each of the last minutes, the present one last. */
  readonly perMinute: readonly number[];
}

/** Sums up a window, and the last minutes. */
export const selectSummary = (database: Database.Database, window: Window, minutes = 30): CallSummary => ({
  ...tallyOf(selectAllSums(database, spansOf(window))),
  running: countRunning(database),
  perMinute: callsPerSpan(database, lastMinutes(minutes, window.nowMs)),
});

/** The sums of all calls of a range. */
export const selectAllSums = (database: Database.Database, { span, fromMs }: SpanRange): TallyRow[] =>
  database
    .prepare<[number, number, number], TallyRow>(
      `SELECT ${TALLY_COLUMNS} FROM call_sums WHERE span = ? AND name = ? AND at >= ?`,
    )
    .all(span, ALL_NAMES, fromMs);

const callsPerSpan = (database: Database.Database, range: SpanRange): number[] => {
  const rows = database
    .prepare<[number, number, number], [number, number]>(
      'SELECT at, sum(calls) FROM call_sums WHERE span = ? AND name = ? AND at >= ? GROUP BY at',
    )
    .raw()
    .all(range.span, ALL_NAMES, range.fromMs);
  return spread(range, rows);
};

const countRunning = (database: Database.Database): number => {
  const ended = endedRunsWithOpenCalls(database).join(', ');
  return (
    database
      .prepare<[], number>(
        `SELECT count(*) FROM calls INDEXED BY calls_open WHERE outcome IS NULL AND coalesce(run, 0) NOT IN (${ended})`,
      )
      .pluck()
      .get() ?? 0
  );
};
