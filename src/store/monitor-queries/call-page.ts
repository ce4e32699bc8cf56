import type Database from 'better-sqlite3';
import type { Outcome } from '../../events/events.ts';
import { withAttempts } from '../call-attempts.ts';
import { selectCallsSql, toCallRow } from '../call-query.ts';
import { endedRunsWithOpenCalls } from '../ended-runs.ts';
import type { CallRow } from '../log-reader.ts';
import { callConditions } from './call-conditions.ts';
import { type CallSource, narrowingSources } from './call-sources.ts';

/** What a call is chosen by. Of the values of one member any may match; of several members all must. */
export interface CallTerms {
  /** Globs (`*`, `?`, in any case) on the upstream's name. */
  readonly servers?: readonly string[];
  /** Globs on the name or URI, as the client used it or as the upstream knows it. */
  readonly tools?: readonly string[];
  /** Globs on the client's name. */
  readonly clients?: readonly string[];
  /** `failed`: any but `ok` and `running`. */
  readonly statuses?: ReadonlyArray<Outcome | 'running' | 'failed'>;
  /** Texts, each of which must be part of the upstream's name, the call's name or the error. In any case. */
  readonly words?: readonly string[];
  /** Only calls that took at least so long. */
  readonly minMs?: number;
  /** Only calls that began at this time or later, in milliseconds since the epoch. */
  readonly sinceMs?: number;
}

export interface CallPageFilter extends CallTerms {
  /** Calls that match one of its members are left out. */
  readonly not?: CallTerms;
  /** Most calls to give. */
  readonly limit: number;
  /** Only calls written before the one with this `id`: the `reachedId` of the page before. */
  readonly beforeId?: number;
  /** Only calls written after the one with this `id`: what is new since then. The limit counts from there. */
  readonly afterId?: number;
  /** How long to look at most, in milliseconds; default 4. At least some thousand calls are looked at. */
  readonly budgetMs?: number;
}

/** A part of the calls that match. */
export interface CallPage {
  /** Latest first. */
  readonly calls: readonly CallRow[];
  /** All calls of a later `id`, or with `afterId` an earlier one, have been looked at. */
  readonly reachedId: number;
  /** Whether there is nothing left to look at. Else ask again with `reachedId`, also where this page is empty. */
  readonly isComplete: boolean;
}

const STEP_ROWS = 2000;
const DEFAULT_BUDGET_MS = 4;

/**
 * Reads calls by their `id`s, latest first. However rare what is asked for, and however long the log, it takes some
 * milliseconds: where they are over, the page ends and says how far it has looked.
 */
export const selectCallPage = (database: Database.Database, filter: CallPageFilter): CallPage => {
  const ended = endedRunsWithOpenCalls(database);
  const { where, values } = callConditions(filter, ended);
  const conditions = where.length > 0 ? `AND ${where.join(' AND ')}` : '';
  const order = filter.afterId === undefined ? 'DESC' : 'ASC';
  const among = database.prepare<unknown[], Record<string, unknown>>(
    `${selectCallsSql(false)} WHERE calls.id BETWEEN ? AND ? ${conditions} ORDER BY calls.id ${order} LIMIT ?`,
  );
  const listed = database.prepare<unknown[], Record<string, unknown>>(
    `${selectCallsSql(false)} WHERE calls.id IN (SELECT value FROM json_each(?)) ${conditions}
     ORDER BY calls.id ${order} LIMIT ?`,
  );
  const look: Look = (range, most) => {
    const rows =
      'from' in range
        ? among.all(range.from, range.to, ...values, most)
        : listed.all(JSON.stringify(range), ...values, most);
    return withAttempts(
      database,
      rows.map((row) => toCallRow(row, ended)),
    );
  };
  if (filter.afterId !== undefined) return pageAfter(database, filter.afterId, filter.limit, look);
  const sources = narrowingSources(database, filter, ended);
  const steps = sources === undefined ? allSteps(database, filter) : idSteps(database, filter, sources);
  return pageBefore(steps, filter, look);
};

interface IdRange {
  readonly from: number;
  readonly to: number;
}

type Look = (range: IdRange | readonly number[], most: number) => CallRow[];

/** Ids to look at next, and up to which one everything has been looked at then. */
interface Step {
  readonly range: IdRange | readonly number[];
  readonly reachedId: number;
}

/** What is new is little: a hub does not write more in the time between two looks. */
const pageAfter = (database: Database.Database, afterId: number, limit: number, look: Look): CallPage => {
  const last = lastId(database);
  const calls = look({ from: afterId + 1, to: last }, limit);
  const isComplete = calls.length < limit;
  return {
    calls: calls.toReversed(),
    reachedId: isComplete ? Math.max(last, afterId) : (calls.at(-1)?.id ?? last),
    isComplete,
  };
};

const pageBefore = (
  steps: Iterable<Step>,
  { limit, budgetMs = DEFAULT_BUDGET_MS }: CallPageFilter,
  look: Look,
): CallPage => {
  const until = performance.now() + budgetMs;
  const calls: CallRow[] = [];
  let reached: number | undefined;
  for (const { range, reachedId } of steps) {
    if (reached !== undefined && performance.now() >= until) return { calls, reachedId: reached, isComplete: false };
    calls.push(...look(range, limit - calls.length));
    if (calls.length >= limit) return { calls, reachedId: calls.at(-1)?.id ?? reachedId, isComplete: false };
    reached = reachedId;
  }
  return { calls, reachedId: 0, isComplete: true };
};

/** All calls, by ranges of ids. */
function* allSteps(database: Database.Database, { beforeId, sinceMs }: CallPageFilter): Generator<Step> {
  const first = firstId(database, sinceMs);
  if (first === undefined) return;
  let to = Math.min(beforeId ?? Number.MAX_SAFE_INTEGER, lastId(database) + 1) - 1;
  while (to >= first) {
    const from = Math.max(first, to - STEP_ROWS + 1);
    yield { range: { from, to }, reachedId: from };
    to = from - 1;
  }
}

/** The calls of sources that an index finds, merged by their ids. */
function* idSteps(
  database: Database.Database,
  { beforeId, sinceMs }: CallPageFilter,
  sources: readonly CallSource[],
): Generator<Step> {
  const first = firstId(database, sinceMs);
  if (first === undefined) return;
  const finders = sources.map(({ index, where, values }) => ({
    find: database
      .prepare<unknown[], number>(
        `SELECT id FROM calls INDEXED BY ${index} WHERE ${where} AND id < ? AND id >= ? ORDER BY id DESC LIMIT ?`,
      )
      .pluck(),
    values,
  }));
  const most = Math.max(100, Math.floor(STEP_ROWS / Math.max(1, finders.length)));
  let before = beforeId ?? Number.MAX_SAFE_INTEGER;
  for (;;) {
    const lists = finders.map(({ find, values }) => find.all(...values, before, first, most));
    const unfinished = lists.filter((ids) => ids.length === most).map((ids) => ids.at(-1) as number);
    const reachedId = unfinished.length === 0 ? 0 : Math.max(...unfinished);
    const ids = [...new Set(lists.flat())].filter((id) => id >= reachedId);
    if (ids.length > 0) yield { range: ids, reachedId };
    if (reachedId === 0) return;
    before = reachedId;
  }
}

/** The highest id that has been given; 0 where there is none. */
export const lastId = (database: Database.Database): number =>
  database.prepare<[], number | null>('SELECT max(id) FROM calls').pluck().get() ?? 0;

const EARLIEST = 500;
const SOME_EARLIER_MS = 60_000;

/**
 * An id that no call that began since then is below: ids ascend with the order of writing, which is nearly that of beginning.
 * Undefined where there is none.
 */
const firstId = (database: Database.Database, sinceMs: number | undefined): number | undefined => {
  const sql =
    sinceMs === undefined
      ? 'SELECT min(id) FROM calls'
      : `SELECT min(id) FROM (SELECT id FROM calls WHERE started_at >= ? ORDER BY started_at LIMIT ${EARLIEST})`;
  const values = sinceMs === undefined ? [] : [Math.floor(sinceMs) - SOME_EARLIER_MS];
  return (
    database
      .prepare<unknown[], number | null>(sql)
      .pluck()
      .get(...values) ?? undefined
  );
};
