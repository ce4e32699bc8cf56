import { setImmediate as nextTurn } from 'node:timers/promises';
import type Database from 'better-sqlite3';
import type { LogConfig } from '../config/hub-config.ts';
import { checkInThread } from './check-thread.ts';
import { settleLostCalls } from './ended-runs.ts';
import { deleteBeyond, deleteOld } from './retention.ts';

const DAY_MS = 86_400_000;
const BUSY_TIMEOUT_MS = 5000;
const CHECKPOINT_WAIT_MS = 100;
const VACUUM_PAGES = 1000;

/**
 * Settles the calls of hubs that have died, deletes what is older than `keepDays` and beyond `maxBytes`, once a day, over all
 * hubs, has the file checked, gives the room back to the disk, and empties the write-ahead log. Between its steps, and while
 * the file is checked, other work of the thread gets its turn.
 * @throws SqliteError SQLITE_CORRUPT when the file turns out to be damaged
 */
export const runUpkeep = async (database: Database.Database, config: LogConfig, now = Date.now()): Promise<void> => {
  settleLostCalls(database);
  for (const step of [...deleteOld(database, config.keepDays, now), deleteBeyond(database, config.maxBytes)]) {
    while (database.open && step()) await nextTurn();
  }
  await nextTurn();
  if (database.open) await checkOncePerDay(database, now);
  if (database.open) database.pragma(`incremental_vacuum(${VACUUM_PAGES})`);
  if (database.open) emptyWriteAheadLog(database);
};

/**
 * SQLite writes into a damaged file as long as it does not come by the damage; so it is looked for, in a thread of its own: it
 * takes seconds for a long log. A check that could not be made is made with the next upkeep.
 */
const checkOncePerDay = async (database: Database.Database, now: number): Promise<void> => {
  const last = database.prepare<[], number>("SELECT done_at FROM upkeep WHERE job = 'check'").pluck().get();
  if (last !== undefined && now - last < DAY_MS) return;
  const found = await checkInThread(database.name);
  if (found.kind === 'damaged') throw Object.assign(new Error(found.why), { code: 'SQLITE_CORRUPT' });
  if (found.kind === 'unknown' || !database.open) return;
  database
    .prepare("INSERT INTO upkeep VALUES ('check', ?) ON CONFLICT (job) DO UPDATE SET done_at = excluded.done_at")
    .run(now);
};

/** Readers are not waited for: while it waits, nobody can write. */
const emptyWriteAheadLog = (database: Database.Database): void => {
  database.pragma(`busy_timeout = ${CHECKPOINT_WAIT_MS}`);
  try {
    database.pragma('wal_checkpoint(TRUNCATE)');
  } finally {
    database.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
  }
};
