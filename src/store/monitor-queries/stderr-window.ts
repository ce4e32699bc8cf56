import type Database from 'better-sqlite3';

/** A line that an upstream wrote to its stderr, as the log keeps it: redacted, its end missing where it was long. */
export interface StderrLine {
  /** When it was read, in milliseconds since the epoch. */
  readonly at: number;
  readonly line: string;
}

export interface StderrWindow {
  readonly upstream: string;
  /** Milliseconds since the epoch; default: from the first line that is kept. */
  readonly fromMs?: number;
  /** Default: to the last one. */
  readonly toMs?: number;
  /** Most lines; the last ones are given. Default 200. */
  readonly limit?: number;
}

/** Reads what an upstream wrote to its stderr in a window of time, in its order. The log keeps the last lines of each upstream. */
export const selectStderr = (database: Database.Database, window: StderrWindow): StderrLine[] =>
  database
    .prepare<[string, number, number, number], StderrLine>(
      `SELECT at, line FROM upstream_lines WHERE upstream = ? AND at BETWEEN ? AND ? ORDER BY at DESC, id DESC LIMIT ?`,
    )
    .all(window.upstream, window.fromMs ?? 0, window.toMs ?? Number.MAX_SAFE_INTEGER, window.limit ?? 200)
    .toReversed();
