import Database from 'better-sqlite3';
import type { CheckResult } from './log-messages.ts';
import { isCorruption } from './sqlite-errors.ts';

const LOCK_WAIT_MS = 1000;

/**
 * Has SQLite read all of a database and look for damage; a second for some hundred megabytes, in which others may read and
 * write. It changes nothing.
 */
export const checkDatabase = (path: string): CheckResult => {
  try {
    const database = new Database(path, { readonly: true, fileMustExist: true, timeout: LOCK_WAIT_MS });
    try {
      const found = database.pragma('quick_check(1)', { simple: true });
      return found === 'ok' ? { kind: 'sound' } : { kind: 'damaged', why: String(found) };
    } finally {
      database.close();
    }
  } catch (error) {
    return isCorruption(error) ? { kind: 'damaged', why: (error as Error).message } : { kind: 'unknown' };
  }
};
