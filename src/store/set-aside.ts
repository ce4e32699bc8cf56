import { closeSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { fileIdentity } from './file-identity.ts';
import { pauseThread } from './pause-thread.ts';

const STALE_LOCK_MS = 10_000;
const PAUSE_MS = 20;

/**
 * Gives a damaged database another name, `calls.db.corrupt-<time>`, and returns it. Undefined where the file is no longer
 * the one that was found damaged: of several hubs that find the same damage, one moves it, and none moves the new one.
 * Hubs that still have the old file open keep writing to it, under its new name, until they look again. On Windows, where
 * an open file may not be renamed, it throws until they have let go of it; that is untested.
 */
export const setAside = (path: string, identity: string | undefined): string | undefined =>
  underLock(`${path}.lock`, () => {
    if (identity === undefined || fileIdentity(path) !== identity) return undefined;
    const name = `${path}.corrupt-${new Date().toISOString().replace(/[-:]|\.\d+/g, '')}-${process.pid}`;
    // The database last: a new one must not come into being beside the write-ahead log of the old one.
    for (const suffix of ['-shm', '-wal', '']) renameIfThere(path + suffix, name + suffix);
    return name;
  });

const renameIfThere = (from: string, to: string): void => {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
};

const underLock = <T>(lock: string, work: () => T): T => {
  while (!takeLock(lock)) {
    const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > STALE_LOCK_MS) rmSync(lock, { force: true });
    else pauseThread(PAUSE_MS);
  }
  try {
    return work();
  } finally {
    rmSync(lock, { force: true });
  }
};

const takeLock = (lock: string): boolean => {
  try {
    closeSync(openSync(lock, 'wx', 0o600));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
};
