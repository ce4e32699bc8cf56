import type Database from 'better-sqlite3';

/** What retention needs of a row of `calls`. */
export interface ChainedRow {
  readonly id: number;
  readonly run: number | null;
  readonly seq: number | null;
  readonly hash: string | null;
  readonly endSeq: number | null;
  readonly endHash: string | null;
}

/** Entries of a run that retention has deleted, one after the other; `hash` is the link of the last of them, the anchor. */
interface Cut {
  readonly run: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly hash: string;
}

/**
 * Prepares to note which entries of the chains were deleted, so that what is left can still be verified. Cuts that touch
 * each other become one: a run has few of them however much of it is gone. To be used in the transaction that deletes.
 */
export const prepareCuts = (database: Database.Database): ((rows: readonly ChainedRow[]) => void) => {
  const before = database.prepare<[number, number], { firstSeq: number; lastSeq: number }>(
    `SELECT first_seq AS firstSeq, last_seq AS lastSeq FROM chain_cuts WHERE run = ? AND first_seq < ?
     ORDER BY first_seq DESC LIMIT 1`,
  );
  const takeAfter = database.prepare<[number, number], { lastSeq: number; hash: string }>(
    'DELETE FROM chain_cuts WHERE run = ? AND first_seq = ? RETURNING last_seq AS lastSeq, hash',
  );
  const write = database.prepare<[number, number, number, string]>(
    `INSERT INTO chain_cuts (run, first_seq, last_seq, hash) VALUES (?, ?, ?, ?)
     ON CONFLICT (run, first_seq) DO UPDATE SET last_seq = excluded.last_seq, hash = excluded.hash`,
  );
  return (rows) => {
    for (const { run, firstSeq, lastSeq, hash } of cutsOf(rows)) {
      const left = before.get(run, firstSeq);
      const right = takeAfter.get(run, lastSeq + 1);
      const first = left?.lastSeq === firstSeq - 1 ? left.firstSeq : firstSeq;
      write.run(run, first, right?.lastSeq ?? lastSeq, right?.hash ?? hash);
    }
  };
};

const cutsOf = (rows: readonly ChainedRow[]): Cut[] => {
  const entries = rows.flatMap(({ run, seq, hash, endSeq, endHash }) => [
    ...(run === null || seq === null || hash === null ? [] : [{ run, seq, hash }]),
    ...(run === null || endSeq === null || endHash === null ? [] : [{ run, seq: endSeq, hash: endHash }]),
  ]);
  entries.sort((one, other) => one.run - other.run || one.seq - other.seq);
  const cuts: Cut[] = [];
  for (const { run, seq, hash } of entries) {
    const last = cuts.at(-1);
    if (last?.run === run && last.lastSeq === seq - 1) cuts[cuts.length - 1] = { ...last, lastSeq: seq, hash };
    else cuts.push({ run, firstSeq: seq, lastSeq: seq, hash });
  }
  return cuts;
};
