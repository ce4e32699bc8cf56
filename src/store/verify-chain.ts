import type Database from 'better-sqlite3';
import {
  type ChainValue,
  END_COLUMNS,
  firstLink,
  linkOfEnd,
  linkOfStart,
  RUN_COLUMNS,
  START_COLUMNS,
} from './chain.ts';

/** What is left of the chain of a run. */
export interface ChainReport {
  readonly runId: string;
  /** When the run began, in milliseconds since the epoch. */
  readonly startedAt: number;
  /** `unchained`: the run was logged with `hub.log.chain` off. */
  readonly state: 'intact' | 'broken' | 'unchained';
  /** Entries that were found and are as they were written. */
  readonly entries: number;
  /** Entries that retention has deleted. */
  readonly cutEntries: number;
  /** The link of the last of those, on which the next entry hangs. */
  readonly anchor?: string;
  /** The first entry that is not as it was written, counted from 1. */
  readonly brokenAt?: number;
  /** Why, in words for a person. */
  readonly reason?: string;
}

/** An entry as it was found: its link, and what the link must be. */
interface Entry {
  readonly callId: string;
  readonly hash: ChainValue;
  readonly linkAfter: (previous: string) => string;
}

interface RunRow {
  readonly id: number;
  readonly runId: string;
  readonly startedAt: number;
  readonly headSeq: number;
  readonly headHash: string | null;
}

interface Walk {
  readonly run: RunRow;
  next: number;
  /** The link of the entry before `next`. */
  link: string;
  entries: number;
  cutEntries: number;
  anchor: string | undefined;
  broken: { readonly seq: number; readonly reason: string } | undefined;
  /** Entries whose turn comes after that of others: ends of calls that took longer. */
  readonly waiting: Map<number, Entry>;
}

/**
 * Recomputes the chains of all runs, or of one, in one pass over the calls: what was changed, removed or put in another order
 * is found at the first entry that it touches. Memory holds what was in flight at the same time. One read transaction: hubs
 * may go on writing.
 * @param runId the run that is wanted. Default: all.
 */
export const verifyChains = (database: Database.Database, runId?: string): ChainReport[] =>
  database.transaction(() => {
    const walks = new Map(runsOf(database, runId).map((run) => [run.id, beginWalk(database, run)]));
    const takeCut = prepareTakeCut(database);
    let strays = 0;
    const columns = ['seq', 'hash', 'end_seq', 'end_hash', ...START_COLUMNS, ...END_COLUMNS].join(', ');
    const calls = database.prepare<[], ChainValue[]>(`SELECT ${columns} FROM calls ORDER BY id`).raw();
    for (const call of calls.iterate()) {
      const walk = walks.get(call[RUN_PLACE] as number);
      if (walk === undefined && call[0] !== null) strays += 1;
      if (walk === undefined || walk.broken !== undefined || walk.run.headHash === null) continue;
      readCall(walk, call);
      advance(walk, takeCut);
      const seq = call[0] as number;
      if (walk.waiting.has(seq)) breakAt(walk, walk.next, `it is missing: call ${call[CALL_PLACE]} is entry ${seq}`);
    }
    const reports = [...walks.values()].map((walk) => finishWalk(walk, takeCut));
    return runId === undefined && strays > 0 ? [...reports, strayReport(strays)] : reports;
  })();

/** Entries whose run is gone: retention deletes a run after its calls. */
const strayReport = (calls: number): ChainReport => ({
  runId: '-',
  startedAt: 0,
  state: 'broken',
  entries: 0,
  cutEntries: 0,
  brokenAt: 1,
  reason: `the run of ${calls} ${calls === 1 ? 'call' : 'calls'} is missing`,
});

const PLACES = 4;
const CALL_PLACE = PLACES;
const RUN_PLACE = PLACES + START_COLUMNS.indexOf('run');
const END_PLACE = PLACES + START_COLUMNS.length;
const OUTCOME_PLACE = END_PLACE + END_COLUMNS.indexOf('outcome');

type TakeCut = (run: number, seq: number) => { readonly lastSeq: number; readonly hash: string } | undefined;

const prepareTakeCut = (database: Database.Database): TakeCut => {
  const cut = database.prepare<[number, number], { lastSeq: number; hash: string }>(
    'SELECT last_seq AS lastSeq, hash FROM chain_cuts WHERE run = ? AND first_seq = ?',
  );
  return (run, seq) => cut.get(run, seq);
};

const runsOf = (database: Database.Database, runId: string | undefined): RunRow[] =>
  database
    .prepare<[string | null], RunRow>(
      `SELECT id, run_id AS runId, started_at AS startedAt, chain_seq AS headSeq, chain_hash AS headHash FROM hub_runs
       WHERE run_id = coalesce(?, run_id) ORDER BY id`,
    )
    .all(runId ?? null);

const beginWalk = (database: Database.Database, run: RunRow): Walk => {
  const values = database.prepare<[number], ChainValue[]>(
    `SELECT ${RUN_COLUMNS.join(', ')} FROM hub_runs WHERE id = ?`,
  );
  const link = firstLink(values.raw().get(run.id) ?? []);
  const walk = { run, next: 1, link, entries: 0, cutEntries: 0, anchor: undefined, waiting: new Map() };
  return { ...walk, broken: undefined };
};

const readCall = (walk: Walk, call: readonly ChainValue[]): void => {
  const [seq, hash, endSeq, endHash] = call;
  const callId = call[CALL_PLACE] as string;
  const start = call.slice(PLACES, END_PLACE);
  const end = call.slice(END_PLACE);
  const isWhole = endSeq === null && call[OUTCOME_PLACE] !== null;
  wait(walk, seq, {
    callId,
    hash: hash ?? null,
    linkAfter: (previous) => linkOfStart(previous, seq as number, start, isWhole ? end : undefined),
  });
  if (endSeq === null || endSeq === undefined) return;
  wait(walk, endSeq, {
    callId,
    hash: endHash ?? null,
    linkAfter: (previous) => linkOfEnd(previous, endSeq as number, callId, end),
  });
};

const wait = (walk: Walk, seq: ChainValue | undefined, entry: Entry): void => {
  if (typeof seq !== 'number') breakAt(walk, walk.next, `call ${entry.callId} was written by no hub`);
  else if (seq < walk.next || walk.waiting.has(seq)) breakAt(walk, seq, `call ${entry.callId} is not in its place`);
  else walk.waiting.set(seq, entry);
};

/** Goes on as far as entries follow each other. */
const advance = (walk: Walk, takeCut: TakeCut): void => {
  while (walk.broken === undefined) {
    const entry = walk.waiting.get(walk.next);
    if (entry === undefined) {
      const cut = walk.next > walk.run.headSeq ? undefined : takeCut(walk.run.id, walk.next);
      if (cut === undefined) return;
      walk.cutEntries += cut.lastSeq - walk.next + 1;
      walk.anchor = cut.hash;
      walk.link = cut.hash;
      walk.next = cut.lastSeq + 1;
      continue;
    }
    const link = entry.linkAfter(walk.link);
    if (link !== entry.hash) {
      breakAt(walk, walk.next, `call ${entry.callId} is not as it was written`);
      return;
    }
    walk.waiting.delete(walk.next);
    walk.link = link;
    walk.next += 1;
    walk.entries += 1;
  }
};

const breakAt = (walk: Walk, seq: number, reason: string): void => {
  walk.broken ??= { seq, reason };
};

const finishWalk = (walk: Walk, takeCut: TakeCut): ChainReport => {
  const { run, broken } = walk;
  if (run.headHash !== null && broken === undefined) {
    advance(walk, takeCut);
    if (walk.next <= run.headSeq) breakAt(walk, walk.next, 'it is missing');
    else if (walk.link !== run.headHash || walk.next !== run.headSeq + 1)
      breakAt(walk, run.headSeq, 'the chain does not end as the run says');
  }
  return {
    runId: run.runId,
    startedAt: run.startedAt,
    state: run.headHash === null ? 'unchained' : walk.broken === undefined ? 'intact' : 'broken',
    entries: walk.entries,
    cutEntries: walk.cutEntries,
    ...(walk.anchor !== undefined && { anchor: walk.anchor }),
    ...(walk.broken !== undefined && { brokenAt: walk.broken.seq, reason: walk.broken.reason }),
  };
};
