import type Database from 'better-sqlite3';
import { isProcessAlive } from './process-start.ts';

/** What the log says of a call whose hub ended before its answer came. */
export const LOST_END = 'the hub that carried it ended before its answer came';

interface OpenRun {
  readonly run: number | null;
  readonly pid: number | null;
  readonly start: string | null;
}

/**
 * The runs (`hub_runs.id`) with calls that have not ended although their process has: killed, crashed, or without power.
 * Calls of hubs that live are theirs. Costs an index and a look at each process.
 */
export const endedRunsWithOpenCalls = (database: Database.Database): number[] => {
  const sql = `
    SELECT open.run, pid, process_start AS start
    FROM (SELECT DISTINCT run FROM calls WHERE outcome IS NULL) AS open JOIN hub_runs ON hub_runs.id = open.run`;
  const runs = database.prepare<[], OpenRun>(sql).all();
  return runs.flatMap(({ run, pid, start }) =>
    run !== null && pid !== null && !isProcessAlive(pid, start) ? [run] : [],
  );
};

/**
 * Gives the outcome `unknown` to calls that no hub will ever end, and tells how many they are. Of several hubs that do so
 * at once each call is settled by one.
 */
export const settleLostCalls = (database: Database.Database): number => {
  const runs = endedRunsWithOpenCalls(database);
  if (runs.length === 0) return 0;
  const settle = database.prepare<[string, number]>(
    "UPDATE calls SET outcome = 'unknown', error_message = ? WHERE run = ? AND outcome IS NULL",
  );
  const settleAll = database.transaction(() => runs.reduce((sum, run) => sum + settle.run(LOST_END, run).changes, 0));
  return settleAll.immediate();
};
