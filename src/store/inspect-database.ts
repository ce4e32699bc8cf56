import { statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { databaseFiles } from './database-path.ts';
import { schemaVersion } from './migrations.ts';

/** How a database of the state directory is. It is read, never changed. */
export interface DatabaseInspection {
  readonly path: string;
  /** With the files that SQLite keeps beside it. */
  readonly bytes: number;
  readonly schema: number;
  readonly sqliteVersion: string;
  /** What SQLite complains of, at most ten sentences; empty where all is well. */
  readonly damage: readonly string[];
}

const LOCK_WAIT_MS = 1000;
const MOST_COMPLAINTS = 10;

/**
 * Opens a database for reading and has SQLite check it; undefined where there is no file.
 * Throws what SQLite throws where it cannot be opened at all.
 */
export const inspectDatabase = (path: string): DatabaseInspection | undefined => {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
  const database = new Database(path, { readonly: true, fileMustExist: true, timeout: LOCK_WAIT_MS });
  try {
    const complaints = database.prepare<[], string>(`PRAGMA quick_check(${MOST_COMPLAINTS})`).pluck().all();
    return {
      path,
      bytes: databaseFiles(path).reduce((sum, file) => sum + sizeOf(file), 0),
      schema: schemaVersion(database),
      sqliteVersion: database.prepare<[], string>('SELECT sqlite_version()').pluck().get() ?? '',
      damage: complaints.filter((complaint) => complaint !== 'ok'),
    };
  } finally {
    database.close();
  }
};

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
