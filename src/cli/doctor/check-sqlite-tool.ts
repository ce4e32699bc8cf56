import { findCommand } from '../find-command.ts';
import type { Check } from './check.ts';

/** Before this, two connections that write and checkpoint at once can damage a database (https://sqlite.org/wal.html#walresetbug). */
const OLDEST = '3.51.3';
const TIMEOUT_MS = 5000;

/** The `sqlite3` command that a person would open the log with. The hub brings its own SQLite; this is another one. */
export const checkSqliteTool: Check = {
  name: 'sqlite3',
  section: 'State',
  find: async ({ context }) => {
    const path = findCommand('sqlite3', context.env);
    if (path === undefined) return [];
    const { execa } = await import('execa');
    const { stdout } = await execa(path, ['--version'], { reject: false, stdin: 'ignore', timeout: TIMEOUT_MS });
    const version = /^\d+\.\d+(?:\.\d+)?/.exec(stdout)?.[0];
    if (version === undefined) return [];
    const details = { path, version };
    if (version.localeCompare(OLDEST, 'en', { numeric: true }) >= 0)
      return [{ state: 'ok', message: `the sqlite3 command is ${version}, safe to open the log with`, details }];
    return [
      {
        state: 'warning',
        message: `the sqlite3 command is ${version}: one before ${OLDEST} can damage a log that a hub writes to`,
        fix: "read the log with mcp-hub logs, or open it as 'file:calls.db?mode=ro'",
        details,
      },
    ];
  },
};
