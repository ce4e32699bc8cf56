import { join } from 'node:path';

/** Where the database of a state directory is. Beside it SQLite keeps `calls.db-wal` and `calls.db-shm`. */
export const databasePath = (stateDir: string): string => join(stateDir, 'calls.db');

/** The database and the two files that SQLite keeps beside it. */
export const databaseFiles = (path: string): readonly string[] => [path, `${path}-wal`, `${path}-shm`];
