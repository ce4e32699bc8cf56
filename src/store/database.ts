import { chmodSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { HubError } from '../errors/hub-error.ts';
import { databaseFiles } from './database-path.ts';
import { fileIdentity } from './file-identity.ts';
import { assertKnownSchema, migrate } from './migrations.ts';
import { pauseThread } from './pause-thread.ts';
import { createPrivateFile } from './private-file.ts';
import { setAside } from './set-aside.ts';
import { isBusy, isCorruption } from './sqlite-errors.ts';

export interface OpenDatabaseOptions {
  /** The file; its directory need not exist. */
  readonly path: string;
  /** `audit` commits survive a power cut, `batched` ones the end of the process. */
  readonly durability: 'batched' | 'audit';
  /** The file never grows beyond this; a write that would make it fails with SQLITE_FULL. */
  readonly maxBytes: number;
  /** Told, in one sentence, when a damaged file had to be set aside. */
  readonly onNotice: (message: string) => void;
}

/** SQLite before this can damage a database that two connections write and checkpoint at once (https://sqlite.org/wal.html#walresetbug). */
const OLDEST_SQLITE = '3.51.3';
const BUSY_TIMEOUT_MS = 5000;
const OPEN_RACE_MS = 10_000;
const PAUSE_MS = 20;
const JOURNAL_BYTES = 16 * 1024 * 1024;
const PAGE_BYTES = 4096;
const FEWEST_PAGES = 256;

/**
 * Opens the database for writing, and makes it where there is none: directory 0700, files 0600, the present schema. Several
 * processes may do so at once. A file that is damaged or no database is set aside and a new one is begun.
 * @throws HubError STORE_UNAVAILABLE when a newer program has made it, and whatever Node or SQLite throws
 */
export const openDatabase = (options: OpenDatabaseOptions): Database.Database => {
  createPrivateFile(options.path);
  const identity = fileIdentity(options.path);
  try {
    return open(options);
  } catch (error) {
    if (!isCorruption(error)) throw error;
    replaceDamaged(options, identity);
    return open(options);
  }
};

/** Sets a damaged database aside, unless another process has done so, and makes an empty file in its place. */
export const replaceDamaged = (
  { path, onNotice }: Pick<OpenDatabaseOptions, 'path' | 'onNotice'>,
  identity: string | undefined,
): void => {
  const name = setAside(path, identity);
  if (name !== undefined) onNotice(`The log ${path} was damaged; it is kept as ${name}, and a new log was begun`);
  createPrivateFile(path);
};

const open = ({ path, durability, maxBytes }: OpenDatabaseOptions): Database.Database => {
  const database = new Database(path, { fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
  try {
    assertSound(database);
    patiently(() => assertKnownSchema(database));
    restrictFiles(path);
    database.pragma('auto_vacuum = INCREMENTAL');
    patiently(() => useWriteAheadLog(database));
    database.pragma(`synchronous = ${durability === 'audit' ? 'FULL' : 'NORMAL'}`);
    if (durability === 'audit') database.pragma('fullfsync = ON');
    database.pragma(`journal_size_limit = ${JOURNAL_BYTES}`);
    database.pragma('temp_store = MEMORY');
    database.pragma(`max_page_count = ${Math.max(FEWEST_PAGES, Math.floor(maxBytes / PAGE_BYTES))}`);
    patiently(() => migrate(database));
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
};

const assertSound = (database: Database.Database): void => {
  const version = database.prepare<[], string>('SELECT sqlite_version()').pluck().get() ?? '0';
  if (version.localeCompare(OLDEST_SQLITE, 'en', { numeric: true }) >= 0) return;
  throw new HubError('STORE_UNAVAILABLE', `SQLite ${version} can damage the log; ${OLDEST_SQLITE} or later is needed`, {
    hint: 'install mcp-hub again',
  });
};

const useWriteAheadLog = (database: Database.Database): void => {
  const mode = database.pragma('journal_mode = WAL', { simple: true });
  if (mode === 'wal') return;
  throw new HubError(
    'STORE_UNAVAILABLE',
    `${database.name} cannot have a write-ahead log: its file system lacks shared memory`,
    {
      hint: 'set MCP_HUB_STATE_DIR to a folder on a local disk',
    },
  );
};

/** SQLite gives up at once, whatever its timeout, where two connections set a new database up at the same moment. */
const patiently = (step: () => void): void => {
  const deadline = Date.now() + OPEN_RACE_MS;
  for (;;) {
    try {
      step();
      return;
    } catch (error) {
      if (!isBusy(error) || Date.now() > deadline) throw error;
      pauseThread(PAUSE_MS);
    }
  }
};

const restrictFiles = (path: string): void => {
  if (process.platform === 'win32') return;
  for (const file of databaseFiles(path)) {
    const mode = statSync(file, { throwIfNoEntry: false })?.mode ?? 0;
    if ((mode & 0o077) !== 0) chmodSync(file, 0o600);
  }
};
