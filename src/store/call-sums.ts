import type Database from 'better-sqlite3';
import { addCounts, type Counts, formatCounts } from './counts.ts';
import { bucketOf } from './latency-buckets.ts';

/** A call that has ended, as its row has it. */
export interface EndedCall {
  readonly client: number | null;
  readonly upstream: string | null;
  readonly method: string;
  readonly qualifiedName: string | null;
  readonly ownName: string | null;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly bytesIn: number;
  readonly outcome: string | null;
  readonly durationMs: number | null;
  readonly hubMs: number | null;
  readonly bytesOut: number | null;
}

/**
 * Keeps the sums of calls beside the calls, in the same transaction: per minute, hour and day, for each tool and for all
 * together, by outcome and bucket of the duration. Whoever shows a million calls reads some hundreds of rows.
 */
export interface CallSums {
  /** Counts a call; nothing is written by that. */
  add(call: EndedCall): void;
  /** Writes what was counted; some statements for each tool, however many calls there were. */
  write(): void;
  /** Forgets what was counted and not written. */
  clear(): void;
}

/** The spans that are summed, in minutes. */
export const SPANS = { minute: 1, hour: 60, day: 1440 } as const;

const MINUTE_MS = 60_000;

/** Methods whose names are counted apart: their names are those of a list. URIs have no end of them. */
const NAMED_METHODS: ReadonlySet<string> = new Set(['tools/call', 'prompts/get']);

/** What a client calls need not be there: beyond so many names further ones are counted without a name. */
const MAX_NAMES = 20_000;

/** Prepares to count, for one database. */
export const createCallSums = (database: Database.Database): CallSums => {
  const findOrAddName = prepareNames(database);
  const addToRow = prepareRows(database);
  const upsertClient = database.prepare<[number, string, number, number, number, number, number]>(
    `INSERT INTO client_sums (client, upstream, calls, errors, bytes_in, bytes_out, last_at) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET calls = calls + excluded.calls, errors = errors + excluded.errors,
       bytes_in = bytes_in + excluded.bytes_in, bytes_out = bytes_out + excluded.bytes_out,
       last_at = max(last_at, excluded.last_at)`,
  );
  const names = createNames();
  const clients = createClients();

  const writeSums = (name: number, minutes: ReadonlyMap<number, Sums>): void => {
    for (const span of Object.values(SPANS))
      for (const [at, sums] of inSpans(minutes, span * MINUTE_MS)) addToRow(span, name, at, sums);
  };
  const clear = (): void => {
    names.clear();
    clients.clear();
  };
  return {
    add(call) {
      const name = names.of(call);
      name.lastUsed = Math.max(name.lastUsed, call.startedAt);
      addCall(sumsAt(name.minutes, call.startedAt - (call.startedAt % MINUTE_MS)), call);
      addToClient(clients, call);
    },
    write() {
      const counted = names.all();
      if (counted.length === 0) return;
      const all = new Map<number, Sums>();
      for (const { minutes } of counted) addAll(all, minutes, MINUTE_MS);
      writeSums(ALL_NAMES, all);
      for (const name of counted) writeSums(findOrAddName(name), name.minutes);
      for (const { client, upstream, calls, errors, bytesIn, bytesOut, lastAt } of clients.all())
        upsertClient.run(client, upstream, calls, errors, bytesIn, bytesOut, lastAt);
      clear();
    },
    clear,
  };
};

/** The `name` under which all calls are counted together. */
export const ALL_NAMES = 0;

/** Calls of one span of time. */
interface Sums {
  calls: number;
  errors: number;
  sumMs: number;
  maxMs: number;
  hubMs: number;
  bytesIn: number;
  bytesOut: number;
  /** By bucket. */
  readonly durations: Map<number, number>;
  /** By outcome. */
  readonly failures: Counts;
}

interface NameSums {
  readonly upstream: string;
  readonly method: string;
  readonly qualifiedName: string;
  readonly ownName: string;
  lastUsed: number;
  readonly minutes: Map<number, Sums>;
}

interface ClientSums {
  readonly client: number;
  readonly upstream: string;
  calls: number;
  errors: number;
  bytesIn: number;
  bytesOut: number;
  lastAt: number;
}

/** Most calls are of the name of the call before. */
const createNames = () => {
  const names = new Map<string, NameSums>();
  let last: NameSums | undefined;
  return {
    of(call: EndedCall): NameSums {
      const upstream = call.upstream ?? '';
      const { method } = call;
      const isNamed = call.upstream !== null && NAMED_METHODS.has(method);
      const qualifiedName = isNamed ? (call.qualifiedName ?? '') : '';
      if (last?.qualifiedName === qualifiedName && last.upstream === upstream && last.method === method) return last;
      const key = `${method} ${upstream} ${qualifiedName}`;
      last = names.get(key);
      if (last === undefined) {
        const ownName = isNamed ? (call.ownName ?? '') : '';
        last = { upstream, method, qualifiedName, ownName, lastUsed: 0, minutes: new Map() };
        names.set(key, last);
      }
      return last;
    },
    all: () => [...names.values()],
    clear() {
      names.clear();
      last = undefined;
    },
  };
};

const sumsAt = (spans: Map<number, Sums>, at: number): Sums => {
  const known = spans.get(at);
  if (known !== undefined) return known;
  const numbers = { calls: 0, errors: 0, sumMs: 0, maxMs: 0, hubMs: 0, bytesIn: 0, bytesOut: 0 };
  const sums = { ...numbers, durations: new Map(), failures: new Map() };
  spans.set(at, sums);
  return sums;
};

const addCall = (sums: Sums, { outcome, durationMs, hubMs, bytesIn, bytesOut }: EndedCall): void => {
  const ms = durationMs ?? 0;
  sums.calls += 1;
  sums.sumMs += ms;
  sums.maxMs = Math.max(sums.maxMs, ms);
  sums.hubMs += hubMs ?? 0;
  sums.bytesIn += bytesIn;
  sums.bytesOut += bytesOut ?? 0;
  increment(sums.durations, bucketOf(ms), 1);
  if (outcome === 'ok') return;
  sums.errors += 1;
  increment(sums.failures, outcome ?? 'unknown', 1);
};

const increment = <Key>(counts: Map<Key, number>, key: Key, more: number): void =>
  void counts.set(key, (counts.get(key) ?? 0) + more);

/** Minutes put together to longer spans; nearly always there is one of them. */
const inSpans = (minutes: ReadonlyMap<number, Sums>, spanMs: number): ReadonlyMap<number, Sums> => {
  if (spanMs === MINUTE_MS || minutes.size === 1)
    return new Map([...minutes].map(([at, sums]) => [at - (at % spanMs), sums]));
  const spans = new Map<number, Sums>();
  addAll(spans, minutes, spanMs);
  return spans;
};

/** Adds sums of minutes to those of the spans that they are in. */
const addAll = (spans: Map<number, Sums>, minutes: ReadonlyMap<number, Sums>, spanMs: number): void => {
  for (const [at, more] of minutes) {
    const sums = sumsAt(spans, at - (at % spanMs));
    sums.calls += more.calls;
    sums.errors += more.errors;
    sums.sumMs += more.sumMs;
    sums.maxMs = Math.max(sums.maxMs, more.maxMs);
    sums.hubMs += more.hubMs;
    sums.bytesIn += more.bytesIn;
    sums.bytesOut += more.bytesOut;
    for (const [key, count] of more.durations) increment(sums.durations, key, count);
    for (const [key, count] of more.failures) increment(sums.failures, key, count);
  }
};

/** Most calls are of the client and the upstream of the call before. */
const createClients = () => {
  const clients = new Map<string, ClientSums>();
  let last: ClientSums | undefined;
  return {
    of(client: number, upstream: string): ClientSums {
      if (last?.client === client && last.upstream === upstream) return last;
      const key = `${client} ${upstream}`;
      last = clients.get(key);
      if (last === undefined) {
        last = { client, upstream, calls: 0, errors: 0, bytesIn: 0, bytesOut: 0, lastAt: 0 };
        clients.set(key, last);
      }
      return last;
    },
    all: () => [...clients.values()],
    clear() {
      clients.clear();
      last = undefined;
    },
  };
};

const addToClient = (clients: ReturnType<typeof createClients>, call: EndedCall): void => {
  if (call.client === null) return;
  const sums = clients.of(call.client, call.upstream ?? '');
  sums.calls += 1;
  if (call.outcome !== 'ok') sums.errors += 1;
  sums.bytesIn += call.bytesIn;
  sums.bytesOut += call.bytesOut ?? 0;
  sums.lastAt = Math.max(sums.lastAt, call.startedAt);
};

type RowKey = [span: number, name: number, at: number];

/** Adds sums to a row, and makes it where there is none. */
const prepareRows = (database: Database.Database): ((...values: [...RowKey, Sums]) => void) => {
  const find = database.prepare<RowKey, { durations: string; failures: string }>(
    'SELECT durations, failures FROM call_sums WHERE span = ? AND name = ? AND at = ?',
  );
  const upsert = database.prepare<
    [...RowKey, number, number, number, number, number, number, number, durations: string, failures: string]
  >(
    `INSERT INTO call_sums (span, name, at, calls, errors, sum_ms, max_ms, hub_ms, bytes_in, bytes_out, durations, failures)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET calls = calls + excluded.calls, errors = errors + excluded.errors,
       sum_ms = sum_ms + excluded.sum_ms, max_ms = max(max_ms, excluded.max_ms), hub_ms = hub_ms + excluded.hub_ms,
       bytes_in = bytes_in + excluded.bytes_in, bytes_out = bytes_out + excluded.bytes_out,
       durations = excluded.durations, failures = excluded.failures`,
  );
  return (span, name, at, sums) => {
    const known = find.get(span, name, at);
    const { calls, errors, sumMs, maxMs, hubMs, bytesIn, bytesOut } = sums;
    const durations = together(known?.durations, inWords(sums.durations));
    const failures = together(known?.failures, sums.failures);
    upsert.run(span, name, at, calls, errors, sumMs, maxMs, hubMs, bytesIn, bytesOut, durations, failures);
  };
};

/** As they are stored. */
const inWords = (durations: ReadonlyMap<number, number>): Counts =>
  new Map([...durations].map(([bucket, count]) => [String(bucket), count]));

const together = (text: string | undefined, counts: Counts): string => {
  if (text === undefined || text === '') return formatCounts(counts);
  if (counts.size === 0) return text;
  const sum = new Map(counts);
  addCounts(sum, text);
  return formatCounts(sum);
};

/** Gives the id of a name and notes when it was last used. No id is remembered: the transaction may be rolled back. */
const prepareNames = (database: Database.Database): ((name: NameSums) => number) => {
  const lastId = database.prepare<[], number | null>('SELECT max(id) FROM call_names').pluck();
  const update = database
    .prepare<[number, string, string, string], number>(
      `UPDATE call_names SET last_used = max(last_used, ?) WHERE upstream = ? AND method = ? AND qualified_name = ?
       RETURNING id`,
    )
    .pluck();
  const insert = database
    .prepare<[string, string, string, string, number], number>(
      `INSERT INTO call_names (upstream, method, qualified_name, own_name, last_used) VALUES (?, ?, ?, ?, ?)
       RETURNING id`,
    )
    .pluck();
  const findOrAdd = ({ upstream, method, qualifiedName, ownName, lastUsed }: Omit<NameSums, 'minutes'>): number => {
    const known = update.get(lastUsed, upstream, method, qualifiedName);
    if (known !== undefined) return known;
    const isTooMuch = qualifiedName !== '' && (lastId.get() ?? 0) >= MAX_NAMES;
    if (isTooMuch) return findOrAdd({ upstream, method, qualifiedName: '', ownName: '', lastUsed });
    return insert.get(upstream, method, qualifiedName, ownName, lastUsed) as number;
  };
  return findOrAdd;
};
