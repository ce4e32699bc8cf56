import type Database from 'better-sqlite3';
import { isProcessAlive } from '../utils/process-start.ts';
import { createAttemptWriter } from './call-attempts.ts';
import { createCallSums } from './call-sums.ts';
import { END_COLUMNS, linkOfEnd } from './chain.ts';
import { BEGUN_COLUMNS, type BegunCall, type CallEnd, type ChainPlace } from './row-statements.ts';

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
  const open = database.prepare<[number], OpenCall>(
    `SELECT id, call_id AS callId, ${BEGUN_COLUMNS} FROM calls WHERE run = ? AND outcome IS NULL ORDER BY id`,
  );
  const settleAll = database.transaction(() => {
    let settled = 0;
    for (const run of runs) {
      const calls = open.all(run);
      appendEnds(database, run, calls);
      settled += calls.length;
    }
    return settled;
  });
  return settleAll.immediate();
};

interface OpenCall extends BegunCall {
  readonly id: number;
  readonly callId: string;
}

/** The end that nobody saw is an entry of the run like any other. */
const appendEnds = (database: Database.Database, run: number, calls: readonly OpenCall[]): void => {
  const end = database.prepare<[...CallEnd, ...ChainPlace, number]>(
    `UPDATE calls SET ${END_COLUMNS.map((column) => `${column} = ?`).join(', ')}, end_seq = ?, end_hash = ? WHERE id = ?`,
  );
  const head = database
    .prepare<[number], { seq: number; hash: string | null }>(
      'SELECT chain_seq AS seq, chain_hash AS hash FROM hub_runs WHERE id = ?',
    )
    .get(run);
  if (head === undefined) return;
  const sums = createCallSums(database);
  const attempts = createAttemptWriter(database);
  for (const { id, callId, ...begun } of calls) {
    if (head.hash !== null) {
      head.seq += 1;
      head.hash = linkOfEnd(head.hash, head.seq, callId, LOST_CALL);
    }
    end.run(...LOST_CALL, head.hash === null ? null : head.seq, head.hash, id);
    attempts.end(callId);
    sums.add({ ...begun, durationMs: null, outcome: 'unknown', bytesOut: null, hubMs: null });
  }
  sums.write();
  database.prepare('UPDATE hub_runs SET chain_seq = ?, chain_hash = ? WHERE id = ?').run(head.seq, head.hash, run);
};

const LOST_CALL: CallEnd = [null, 'unknown', null, LOST_END, null, null, null, 0, null];
