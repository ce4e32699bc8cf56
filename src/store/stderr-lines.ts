import type Database from 'better-sqlite3';
import type { UpstreamStderr } from '../events/events.ts';

/** Lines that are kept of each upstream: about so many. */
const KEPT_LINES = 2000;
const TRIM_EVERY = 250;
/** Longer lines lose their end. */
const MAX_LINE_CHARS = 1000;

/** Writes what upstreams write to their stderr, and deletes what is more than the last lines of each. To be used inside a transaction. */
export interface StderrLines {
  /** @param row redacted already */
  write(run: number, row: UpstreamStderr): void;
}

export const createStderrLines = (database: Database.Database): StderrLines => {
  const insert = database.prepare<[number, string, number, string]>(
    'INSERT INTO upstream_lines (run, upstream, at, line) VALUES (?, ?, ?, ?)',
  );
  const trim = database.prepare<[string, string]>(
    `DELETE FROM upstream_lines WHERE upstream = ? AND at < (
       SELECT at FROM upstream_lines WHERE upstream = ? ORDER BY at DESC LIMIT 1 OFFSET ${KEPT_LINES})`,
  );
  const written = new Map<string, number>();
  return {
    write(run, { upstream, at, line }) {
      insert.run(run, upstream, Math.round(at), line.slice(0, MAX_LINE_CHARS));
      const count = (written.get(upstream) ?? 0) + 1;
      written.set(upstream, count % TRIM_EVERY);
      if (count === TRIM_EVERY) trim.run(upstream, upstream);
    },
  };
};
