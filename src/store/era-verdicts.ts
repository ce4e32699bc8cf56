import { existsSync } from 'node:fs';
import type { Era } from '../protocol/era.ts';
import { databasePath } from './database-path.ts';

/** What was found out about an upstream's era, and when, in milliseconds since the epoch. */
export interface EraVerdict {
  readonly era: Era;
  readonly at: number;
}

const LOCK_WAIT_MS = 250;

/**
 * Reads the era that was last found for an upstream with this configuration. Undefined where there is none, and where
 * the database cannot be read, whatever the reason. It never throws and never makes a database; where there is one it
 * costs a few milliseconds, where there is none microseconds.
 */
export const readEraVerdict = async (stateDir: string, configHash: string): Promise<EraVerdict | undefined> => {
  const path = databasePath(stateDir);
  if (!existsSync(path)) return undefined;
  try {
    const { default: Database } = await import('better-sqlite3');
    using connection = closing(new Database(path, { readonly: true, fileMustExist: true, timeout: LOCK_WAIT_MS }));
    const row = connection.database
      .prepare<[string], EraVerdict>('SELECT era, decided_at AS at FROM era_verdicts WHERE config_hash = ?')
      .get(configHash);
    return row?.era === 'legacy' || row?.era === 'modern' ? row : undefined;
  } catch {
    return undefined;
  }
};

const closing = <T extends { close(): unknown }>(database: T): { database: T } & Disposable => ({
  database,
  [Symbol.dispose]: () => void database.close(),
});
