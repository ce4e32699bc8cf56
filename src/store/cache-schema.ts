import type Database from 'better-sqlite3';

/** What `cache.db` can hold is made anew, so a file of an older version is deleted; one of a newer version is left alone. */
export const CACHE_SCHEMA_VERSION = 1;

const DAY_MS = 24 * 60 * 60 * 1000;

/** An entry that has not been confirmed for this long goes. */
const UNUSED_MS = 30 * DAY_MS;

/** The newest rows of each table that stay. */
const MAX_ROWS = 1_000;

/** Times are milliseconds since the epoch. */
export const CACHE_SCHEMA = `
  CREATE TABLE catalogs (
    config_hash TEXT NOT NULL,
    profile TEXT NOT NULL,               -- the client capabilities that were declared
    upstream TEXT NOT NULL,
    saved_at INTEGER NOT NULL,           -- when what is kept was last new
    checked_at INTEGER NOT NULL,         -- when it was last found to be so
    identity TEXT NOT NULL,              -- JSON
    tools BLOB NOT NULL,
    prompts BLOB NOT NULL,
    resources BLOB NOT NULL,
    templates BLOB NOT NULL,
    PRIMARY KEY (config_hash, profile)
  ) STRICT;

  CREATE TABLE eras (
    config_hash TEXT PRIMARY KEY,
    upstream TEXT NOT NULL,
    era TEXT NOT NULL,
    decided_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

/** Deletes what is old, and what is too much. To be used inside a transaction. */
export const pruneCache = (database: Database.Database, now: number): void => {
  database.prepare('DELETE FROM catalogs WHERE checked_at < ?').run(now - UNUSED_MS);
  database.prepare('DELETE FROM eras WHERE decided_at < ?').run(now - UNUSED_MS);
  keepNewest(database, 'catalogs', 'checked_at');
  keepNewest(database, 'eras', 'decided_at');
};

const keepNewest = (database: Database.Database, table: string, time: string): void => {
  const edge = database
    .prepare<[number], number>(`SELECT ${time} FROM ${table} ORDER BY ${time} DESC LIMIT 1 OFFSET ?`)
    .pluck()
    .get(MAX_ROWS - 1);
  if (edge !== undefined) database.prepare(`DELETE FROM ${table} WHERE ${time} < ?`).run(edge);
};
