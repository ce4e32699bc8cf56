import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type Database from 'better-sqlite3';
import { CACHE_SCHEMA, CACHE_SCHEMA_VERSION, pruneCache } from './cache-schema.ts';
import { fileIdentity } from './file-identity.ts';
import { createPrivateFile } from './private-file.ts';
import { isBusy, isCorruption, isFull } from './sqlite-errors.ts';

/**
 * A small database, `cache.db` in the state directory, of what can be made anew. It has a rollback journal, so that who
 * only reads leaves nothing behind, and is not synchronised: a damaged file is deleted and made again.
 */
export interface CacheDatabase {
  /**
   * Gives what the query gives. Undefined where there is no database, or it cannot be read, or it has another schema; and
   * where there was none when the cache was opened and this process has written none since. Never throws, makes nothing,
   * and waits at most `READ_WAIT_MS` for a hub that is writing.
   */
  read<T>(query: (database: Database.Database) => T): T | undefined;
  /**
   * Makes the change in one transaction, and the directory (0700), the file (0600) and the schema where they are missing.
   * Waits for other hubs without holding up this one.
   * @returns false where nothing was written; never rejects.
   */
  write(change: (database: Database.Database) => void): Promise<boolean>;
}

export type CacheConnection = Database.Database;

type Sqlite = typeof Database;

const READ_WAIT_MS = 250;

/** One try to write holds up the process for at most this long, all tries together take `WRITE_WAIT_MS`. */
const LOCK_WAIT_MS = 20;
const WRITE_WAIT_MS = 2_000;
const RETRY_MS = 20;

/** A cache that has grown to this is made again. */
const MAX_BYTES = 256 * 1024 * 1024;

/** Prepares reading and writing the cache of a state directory. SQLite is loaded only where there is one, or with the first write. */
export const openCacheDatabase = async (stateDir: string): Promise<CacheDatabase> => {
  const path = join(stateDir, 'cache.db');
  let sqlite: Sqlite | undefined;
  const load = async (): Promise<Sqlite> => {
    sqlite ??= (await import('better-sqlite3')).default;
    return sqlite;
  };
  if (existsSync(path)) await load().catch(() => {});
  return {
    read: (query) => (sqlite !== undefined && existsSync(path) ? tryToRead(sqlite, path, query) : undefined),
    async write(change) {
      try {
        return await writePatiently(await load(), path, change);
      } catch {
        return false;
      }
    },
  };
};

const tryToRead = <T>(sqlite: Sqlite, path: string, query: (database: Database.Database) => T): T | undefined => {
  let database: Database.Database | undefined;
  try {
    database = new sqlite(path, { readonly: true, fileMustExist: true, timeout: READ_WAIT_MS });
    return versionOf(database) === CACHE_SCHEMA_VERSION ? query(database) : undefined;
  } catch {
    return undefined;
  } finally {
    database?.close();
  }
};

const writePatiently = async (
  sqlite: Sqlite,
  path: string,
  change: (database: Database.Database) => void,
): Promise<boolean> => {
  const deadline = performance.now() + WRITE_WAIT_MS;
  let isNew = false;
  for (;;) {
    createPrivateFile(path);
    const identity = fileIdentity(path);
    try {
      return writeOnce(sqlite, path, change);
    } catch (error) {
      if (isBusy(error) && performance.now() < deadline) await pause(RETRY_MS);
      else if (!isNew && (isCorruption(error) || isFull(error) || error === OUTDATED)) {
        isNew = true;
        remove(path, identity);
      } else throw error;
    }
  }
};

/** Thrown for a database of an older schema. */
const OUTDATED = new RangeError('cache.db has an older schema');

const writeOnce = (sqlite: Sqlite, path: string, change: (database: Database.Database) => void): boolean => {
  const database = new sqlite(path, { fileMustExist: true, timeout: LOCK_WAIT_MS });
  try {
    database.pragma('synchronous = OFF');
    database.pragma('temp_store = MEMORY');
    database.pragma(`max_page_count = ${MAX_BYTES / 4096}`);
    return database
      .transaction(() => {
        const version = versionOf(database);
        if (version > CACHE_SCHEMA_VERSION) return false;
        if (version === 0 && isEmpty(database)) {
          database.exec(CACHE_SCHEMA);
          database.pragma(`user_version = ${CACHE_SCHEMA_VERSION}`);
        } else if (version < CACHE_SCHEMA_VERSION) throw OUTDATED;
        change(database);
        pruneCache(database, Date.now());
        return true;
      })
      .immediate();
  } finally {
    database.close();
  }
};

/** The journal first: that of an old database must not stand beside a new one. Another hub's new database is left alone. */
const remove = (path: string, identity: string | undefined): void => {
  if (fileIdentity(path) !== identity) return;
  rmSync(`${path}-journal`, { force: true });
  rmSync(path, { force: true });
};

const versionOf = (database: Database.Database): number => database.pragma('user_version', { simple: true }) as number;

const isEmpty = (database: Database.Database): boolean =>
  database.prepare<[], number>('SELECT count(*) FROM sqlite_schema').pluck().get() === 0;
