import type Database from 'better-sqlite3';
import { SPANS } from './call-sums.ts';
import { type ChainedRow, prepareCuts } from './chain-cuts.ts';

const CHUNK_ROWS = 200;
const DAY_MS = 86_400_000;
/** Sums of minutes are for what was just now; those of hours and days are kept as long as the calls. */
const MINUTES_KEPT_DAYS = 2;

/** A step deletes a bounded number of rows in a transaction of its own, so that nobody waits long for the lock; false when nothing was left to do. */
export type DeletionStep = () => boolean;

/** The steps that delete what is older than `keepDays`. */
export const deleteOld = (database: Database.Database, keepDays: number, now: number): DeletionStep[] => {
  const cutoff = now - keepDays * DAY_MS;
  const others = [
    'DELETE FROM upstream_events WHERE id IN (SELECT id FROM upstream_events WHERE at < ? ORDER BY at LIMIT ?)',
    'DELETE FROM upstream_lines WHERE id IN (SELECT id FROM upstream_lines WHERE at < ? LIMIT ?)',
    `DELETE FROM call_names WHERE id IN (SELECT id FROM call_names WHERE last_used < ? - ${3 * DAY_MS} LIMIT ?)`,
    'DELETE FROM problems WHERE id IN (SELECT id FROM problems WHERE at < ? ORDER BY at LIMIT ?)',
    `DELETE FROM clients WHERE id IN (SELECT id FROM clients WHERE coalesce(disconnected_at, connected_at, 0) < ?
       AND NOT EXISTS (SELECT 1 FROM calls WHERE calls.client = clients.id) LIMIT ?)`,
    `DELETE FROM hub_runs WHERE id IN (SELECT id FROM hub_runs WHERE coalesce(stopped_at, started_at) < ?
       AND NOT EXISTS (SELECT 1 FROM clients WHERE clients.run = hub_runs.id) LIMIT ?)`,
  ].map((sql) => {
    const statement = database.prepare(sql);
    return () => statement.run(cutoff, CHUNK_ROWS).changes > 0;
  });
  const deleteCalls = prepareDeletion(database, 'WHERE started_at < ? ORDER BY started_at');
  const deleteSums = prepareSumDeletion(database);
  const sums = [
    () => deleteSums(SPANS.minute, Math.max(cutoff, now - MINUTES_KEPT_DAYS * DAY_MS)),
    () => deleteSums(SPANS.hour, cutoff),
    () => deleteSums(SPANS.day, cutoff - DAY_MS),
  ];
  return [() => deleteCalls(cutoff), ...sums, ...others];
};

const prepareSumDeletion = (database: Database.Database): ((span: number, before: number) => boolean) => {
  const remove = database.prepare<[number, number, number]>(
    `DELETE FROM call_sums WHERE (span, name, at) IN (
       SELECT span, name, at FROM call_sums WHERE span = ? AND at < ? LIMIT ?)`,
  );
  return (span, before) => remove.run(span, before, CHUNK_ROWS).changes > 0;
};

/** The step that deletes the oldest calls while the database holds more than `maxBytes`. */
export const deleteBeyond = (database: Database.Database, maxBytes: number): DeletionStep => {
  const deleteCalls = prepareDeletion(database, 'ORDER BY id');
  return () => usedBytes(database) > maxBytes && deleteCalls();
};

/**
 * Deletes the first calls of a choice and notes that their entries are gone; false where there were none. The room that the
 * note takes has been made before, so that it can be done where nothing more fits.
 */
const prepareDeletion = (database: Database.Database, choice: string): ((...values: number[]) => boolean) => {
  const select = database.prepare<number[], ChainedRow>(
    `SELECT id, run, seq, hash, end_seq AS endSeq, end_hash AS endHash FROM calls ${choice} LIMIT ${CHUNK_ROWS}`,
  );
  const remove = database.prepare<[string]>('DELETE FROM calls WHERE id IN (SELECT value FROM json_each(?))');
  const removeAttempts = database.prepare<[string]>(
    'DELETE FROM attempts WHERE call_id IN (SELECT call_id FROM calls WHERE id IN (SELECT value FROM json_each(?)))',
  );
  const noteCuts = prepareCuts(database);
  const deleteSome = database.transaction((...values: number[]): boolean => {
    const rows = select.all(...values);
    if (rows.length === 0) return false;
    const ids = JSON.stringify(rows.map((row) => row.id));
    removeAttempts.run(ids);
    remove.run(ids);
    noteCuts(rows);
    return true;
  });
  return (...values) => deleteSome.immediate(...values);
};

/** What the rows take, without the pages that wait to be used again. */
export const usedBytes = (database: Database.Database): number => {
  const number = (name: string): number => database.pragma(name, { simple: true }) as number;
  return (number('page_count') - number('freelist_count')) * number('page_size');
};
