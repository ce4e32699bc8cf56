import type Database from 'better-sqlite3';
import { END_COLUMNS, START_COLUMNS } from './chain.ts';
import type { CallEnd, CallStart } from './row-statements.ts';
import { isRowFault } from './sqlite-errors.ts';

/**
 * Writes calls many at a time: a statement for each costs as much again as the row itself. Calls of one client that have one
 * name, as most are that come together, are told that name once. Ids ascend in the order in which the calls were added.
 * To be used inside a transaction, and for runs without a chain.
 */
export interface CallInserts {
  /** Puts a call in line; it need not be written before `flush`. @param end undefined: it is in flight */
  add(start: CallStart, end: CallEnd | undefined): void;
  /** Writes what is in line. */
  flush(): void;
  /** Forgets what was not written, and gives how many calls could not be stored at all since this was last asked. */
  takeRefused(): number;
}

/** @param onWritten told of each call that has ended and is written */
export const createCallInserts = (
  database: Database.Database,
  onWritten: (start: CallStart, end: CallEnd) => void,
): CallInserts => {
  const statements = prepareInserts(database);
  let starts: CallStart[] = [];
  let ends: Array<CallEnd | undefined> = [];
  let refused = 0;

  const told = (from: number, to: number): void => {
    for (let place = from; place < to; place += 1) {
      const end = ends[place];
      if (end !== undefined) onWritten(starts[place] as CallStart, end);
    }
  };
  const insert = (from: number, to: number): void => {
    const isOfOneName = haveOneName(starts, from, to);
    const values: unknown[] = isOfOneName ? nameOf(starts[from] as CallStart) : [];
    for (let place = from; place < to; place += 1)
      addValues(values, starts[place] as CallStart, ends[place] ?? NO_END, isOfOneName);
    statements(to - from, isOfOneName).run(...values);
    told(from, to);
  };
  /** A statement that cannot store one of its calls stores none of them. */
  const insertPatiently = (from: number, to: number): void => {
    try {
      insert(from, to);
    } catch (error) {
      if (!isRowFault(error)) throw error;
      if (to - from === 1) refused += 1;
      else for (let place = from; place < to; place += 1) insertPatiently(place, place + 1);
    }
  };
  const flush = (): void => {
    for (let from = 0; from < starts.length; ) {
      const left = starts.length - from;
      const to = from + (SIZES.find((size) => size <= left) as number);
      insertPatiently(from, to);
      from = to;
    }
    starts = [];
    ends = [];
  };
  return {
    add(start, end) {
      starts.push(start);
      ends.push(end);
      if (starts.length === MOST) flush();
    },
    flush,
    takeRefused() {
      const count = refused;
      starts = [];
      ends = [];
      refused = 0;
      return count;
    },
  };
};

/** So many calls are written by one statement; the largest number that fits comes first. */
const SIZES = [32, 8, 1] as const;
const MOST = SIZES[0];

/** Of what a call is: the columns of `CallStart` from `run` to `own_name`. */
const NAME_FROM = 1;
const NAME_TO = 7;
const NAME_COLUMNS = START_COLUMNS.slice(NAME_FROM, NAME_TO);
const OWN_COLUMNS = [...START_COLUMNS.slice(0, NAME_FROM), ...START_COLUMNS.slice(NAME_TO), ...END_COLUMNS];

/** Of a call that is in flight. */
export const NO_END: CallEnd = [null, null, null, null, null, null, null, 0, null];

const nameOf = (start: CallStart): unknown[] => start.slice(NAME_FROM, NAME_TO);

/** A call that comes alone needs no such care. */
const haveOneName = (starts: readonly CallStart[], from: number, to: number): boolean => {
  if (to - from === 1) return false;
  const first = starts[from] as CallStart;
  for (let place = from + 1; place < to; place += 1) {
    const start = starts[place] as CallStart;
    for (let index = NAME_FROM; index < NAME_TO; index += 1) if (start[index] !== first[index]) return false;
  }
  return true;
};

const addValues = (values: unknown[], start: CallStart, end: CallEnd, isOfOneName: boolean): void => {
  for (let index = 0; index < start.length; index += 1)
    if (!isOfOneName || index < NAME_FROM || index >= NAME_TO) values.push(start[index]);
  for (const value of end) values.push(value);
};

/** Gives the statement for a number of calls; each is prepared when it is first needed. */
const prepareInserts = (
  database: Database.Database,
): ((size: number, isOfOneName: boolean) => Database.Statement<unknown[]>) => {
  const prepared = new Map<string, Database.Statement<unknown[]>>();
  return (size, isOfOneName) => {
    const key = `${size} ${isOfOneName}`;
    let statement = prepared.get(key);
    if (statement === undefined) {
      statement = database.prepare(isOfOneName ? namedOnceSql(size) : insertSql(size));
      prepared.set(key, statement);
    }
    return statement;
  };
};

const insertSql = (size: number): string => {
  const columns = [...START_COLUMNS, ...END_COLUMNS];
  return `INSERT INTO calls (${columns.join(', ')}) VALUES ${valuesSql(size, columns.length)}`;
};

/** The calls are the outer loop: they are written in their order. */
const namedOnceSql = (size: number): string =>
  `WITH name (${NAME_COLUMNS.join(', ')}) AS MATERIALIZED (VALUES ${valuesSql(1, NAME_COLUMNS.length)})
   INSERT INTO calls (${[...OWN_COLUMNS, ...NAME_COLUMNS].join(', ')})
   SELECT call.*, name.* FROM (VALUES ${valuesSql(size, OWN_COLUMNS.length)}) AS call CROSS JOIN name`;

const valuesSql = (rows: number, columns: number): string => {
  const row = `(${Array(columns).fill('?').join(', ')})`;
  return Array(rows).fill(row).join(', ');
};
