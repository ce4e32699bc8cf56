import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { databasePath } from '../../store/database-path.ts';
import type { DatabaseInspection } from '../../store/inspect-database.ts';
import { SCHEMA_VERSION } from '../../store/migrations.ts';
import { shellWords, shortBytes, shortPath } from '../format.ts';
import type { Check, Examination, Finding } from './check.ts';

/** The share of `hub.log.maxBytes` from which on the log is called nearly full. */
const NEARLY_FULL = 0.95;

/** The log: whether it opens, is sound, and has room. */
export const checkDatabase: Check = {
  name: 'database',
  section: 'State',
  find: async (examination) => {
    const { context, stateDir, config } = examination;
    const path = databasePath(stateDir);
    const aside = damagedFiles(path);
    if (config?.log.enabled === false)
      return [{ state: 'ok', message: 'the log is switched off: hub.log.enabled is false' }, ...aside];
    if (statSync(path, { throwIfNoEntry: false }) === undefined)
      return [{ state: 'ok', message: `${shortPath(path, context.env)} is made with the first call` }, ...aside];
    const { inspectDatabase } = await import('../../store/inspect-database.ts');
    try {
      const found = inspectDatabase(path);
      return found === undefined ? aside : [verdictOf(examination, found), ...aside];
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return [unusable(examination, path, `cannot be opened: ${why}`), ...aside];
    }
  },
};

const verdictOf = (
  examination: Examination,
  { path, bytes, schema, damage, sqliteVersion }: DatabaseInspection,
): Finding => {
  const shown = shortPath(path, examination.context.env);
  const details = { path, bytes, schema, sqliteVersion };
  if (damage[0] !== undefined) return { ...unusable(examination, path, `is damaged: ${damage[0]}`), details };
  if (schema > SCHEMA_VERSION) {
    const message = `${shown} was made by a newer mcp-hub: schema ${schema}, this one knows ${SCHEMA_VERSION}`;
    return { state: 'fails', message, fix: 'update mcp-hub where this command runs', details };
  }
  const most = examination.config?.log.maxBytes ?? Number.POSITIVE_INFINITY;
  if (bytes > most * NEARLY_FULL) {
    const message = `${shown} has ${shortBytes(bytes)} of the ${shortBytes(most)} that it may have; old calls are dropped`;
    return { state: 'warning', message, fix: 'raise hub.log.maxBytes: mcp-hub config edit', details };
  }
  const older = schema < SCHEMA_VERSION ? ', brought up to date by the next hub' : '';
  return { state: 'ok', message: `${shown} is sound: ${shortBytes(bytes)}, schema ${schema}${older}`, details };
};

/** The hub begins a new log by itself once the damaged one is out of its way. */
const unusable = ({ context }: Examination, path: string, what: string): Finding => ({
  state: 'fails',
  message: `${shortPath(path, context.env)} ${what}`,
  fix: shellWords(['mv', path, `${path}.damaged`]),
});

const damagedFiles = (path: string): Finding[] => {
  const start = `${basename(path)}.corrupt-`;
  const folder = dirname(path);
  const names = namesIn(folder).filter((name) => name.startsWith(start) && !/-(?:wal|shm)$/.test(name));
  return names.map((name) => ({
    state: 'warning',
    message: `a damaged log was kept as ${name}`,
    fix: `delete it where it is not needed: ${shellWords(['rm', join(folder, name)])}`,
  }));
};

const namesIn = (folder: string): string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};
