import type Database from 'better-sqlite3';
import { END_COLUMNS, START_COLUMNS } from './chain.ts';
import type { CallEnd, CallStart } from './row-statements.ts';
import { isRowFault } from './sqlite-errors.ts';

/**
 * Writes calls many at a time: a statement for each costs as much again as the row itself. What calls that come together
 * mostly have in common, their client, their name and that they went well, is told once where they do. Ids ascend in the order
 * in which the calls were added. To be used inside a transaction, and for runs without a chain.
 */
export interface CallInserts {
  /** Puts a call in line; it need not be written before `flush`. @param end undefined: it is in flight */
  add(start: CallStart, end: CallEnd | undefined): void;
  /** Writes what is in line. */
  flush(): void;
  /** Forgets what is in line, and what was refused: a transaction that failed leaves it behind. */
  clear(): void;
  /** How many calls could not be stored at all since this was last asked. */
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

  const tell = (from: number, to: number): void => {
    for (let place = from; place < to; place += 1) {
      const end = ends[place];
      if (end !== undefined) onWritten(starts[place] as CallStart, end);
    }
  };
  const insert = (from: number, to: number): void => {
    const areAlike = to - from > 1 && haveMuchInCommon(starts, ends, from, to);
    const values: unknown[] = [];
    if (areAlike) addValues(values, COMMON, starts[from] as CallStart, ends[from] ?? NO_END);
    for (let place = from; place < to; place += 1)
      addValues(values, areAlike ? OWN : ALL, starts[place] as CallStart, ends[place] ?? NO_END);
    statements(to - from, areAlike).run(...values);
  };
  /** A statement that cannot store one of its calls stores none of them. */
  const insertPatiently = (from: number, to: number): void => {
    try {
      insert(from, to);
    } catch (error) {
      if (!isRowFault(error)) throw error;
      if (to - from === 1) refused += 1;
      else for (let place = from; place < to; place += 1) insertPatiently(place, place + 1);
      return;
    }
    tell(from, to);
  };
  const empty = (): void => {
    starts = [];
    ends = [];
  };
  const flush = (): void => {
    for (let from = 0; from < starts.length; ) {
      const left = starts.length - from;
      const to = from + (SIZES.find((size) => size <= left) as number);
      insertPatiently(from, to);
      from = to;
    }
    empty();
  };
  return {
    add(start, end) {
      starts.push(start);
      ends.push(end);
      if (starts.length === MOST) flush();
    },
    flush,
    clear() {
      empty();
      refused = 0;
    },
    takeRefused() {
      const count = refused;
      refused = 0;
      return count;
    },
  };
};

/** So many calls are written by one statement; the largest number that fits comes first. */
const SIZES = [32, 8, 1] as const;
const MOST = SIZES[0];

/** Places in `CallStart` and in `CallEnd`. */
interface Places {
  readonly ofStart: readonly number[];
  readonly ofEnd: readonly number[];
}

const columnsAt = ({ ofStart, ofEnd }: Places): string[] => [
  ...ofStart.map((place) => START_COLUMNS[place] as string),
  ...ofEnd.map((place) => END_COLUMNS[place] as string),
];

const ALL: Places = { ofStart: [...START_COLUMNS.keys()], ofEnd: [...END_COLUMNS.keys()] };

const OWN_COLUMNS: ReadonlySet<string> = new Set([
  ...['call_id', 'started_at', 'bytes_in', 'request'],
  ...['duration_ms', 'bytes_out', 'hub_ms', 'upstream_ms', 'result'],
]);

/** What each call has of its own. */
const OWN: Places = {
  ofStart: ALL.ofStart.filter((place) => OWN_COLUMNS.has(START_COLUMNS[place] as string)),
  ofEnd: ALL.ofEnd.filter((place) => OWN_COLUMNS.has(END_COLUMNS[place] as string)),
};

/** What many have in common. */
const COMMON: Places = {
  ofStart: ALL.ofStart.filter((place) => !OWN.ofStart.includes(place)),
  ofEnd: ALL.ofEnd.filter((place) => !OWN.ofEnd.includes(place)),
};

/** Of a call that is in flight. */
export const NO_END: CallEnd = [null, null, null, null, null, null, null, 0, null];

const haveMuchInCommon = (
  starts: readonly CallStart[],
  ends: ReadonlyArray<CallEnd | undefined>,
  from: number,
  to: number,
): boolean => {
  const start = starts[from] as CallStart;
  const end = ends[from] ?? NO_END;
  for (let index = from + 1; index < to; index += 1) {
    for (const place of COMMON.ofStart) if (starts[index]?.[place] !== start[place]) return false;
    const otherEnd = ends[index] ?? NO_END;
    for (const place of COMMON.ofEnd) if (otherEnd[place] !== end[place]) return false;
  }
  return true;
};

const addValues = (values: unknown[], { ofStart, ofEnd }: Places, start: CallStart, end: CallEnd): void => {
  for (const place of ofStart) values.push(start[place]);
  for (const place of ofEnd) values.push(end[place]);
};

/** Gives the statement for a number of calls; each is prepared when it is first needed. */
const prepareInserts = (
  database: Database.Database,
): ((size: number, areAlike: boolean) => Database.Statement<unknown[]>) => {
  const prepared = new Map<string, Database.Statement<unknown[]>>();
  return (size, areAlike) => {
    const key = `${size} ${areAlike}`;
    let statement = prepared.get(key);
    if (statement === undefined) {
      statement = database.prepare(areAlike ? alikeSql(size) : insertSql(size));
      prepared.set(key, statement);
    }
    return statement;
  };
};

const insertSql = (size: number): string => {
  const columns = columnsAt(ALL);
  return `INSERT INTO calls (${columns.join(', ')}) VALUES ${valuesSql(size, columns.length)}`;
};

/** The calls are the outer loop: they are written in their order. */
const alikeSql = (size: number): string => {
  const common = columnsAt(COMMON);
  const own = columnsAt(OWN);
  return `WITH common (${common.join(', ')}) AS MATERIALIZED (VALUES ${valuesSql(1, common.length)})
    INSERT INTO calls (${[...own, ...common].join(', ')})
    SELECT call.*, common.* FROM (VALUES ${valuesSql(size, own.length)}) AS call CROSS JOIN common`;
};

const valuesSql = (rows: number, columns: number): string => {
  const row = `(${Array(columns).fill('?').join(', ')})`;
  return Array(rows).fill(row).join(', ');
};
