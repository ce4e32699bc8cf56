import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes an empty file that only its owner can read, and its directory, where there is none. SQLite gives the files beside
 * a database the same permissions. An existing file is not opened: closing it would drop the locks that SQLite holds in
 * this process. On Windows the permissions are those of the user's profile; that is untested.
 */
export const createPrivateFile = (path: string): void => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
};
