import { setTimeout as wait } from 'node:timers/promises';
import type { CallFilter } from '../store/call-query.ts';
import { type CallRow, type LogReader, openLogReader } from '../store/log-reader.ts';
import { EXIT } from './exit-codes.ts';
import { logJsonLine } from './log-json.ts';
import { createLogTable, type LogTable } from './log-table.ts';
import type { Paint } from './style.ts';

export interface ShowLogsOptions {
  readonly stateDir: string;
  /** Whether to go on with calls as they begin and end. */
  readonly follow: boolean;
  /** Glob on the server's name. Default: any. */
  readonly server: string | undefined;
  /** Glob on the tool's name. Default: any. */
  readonly tool: string | undefined;
  /** Only calls that ended otherwise than `ok`. */
  readonly errors: boolean;
  /** Only calls that began then or later, in milliseconds since the epoch. Default: any. */
  readonly sinceMs: number | undefined;
  /** How many of the last calls are shown at first. */
  readonly limit: number;
  /** One JSON object per line, payloads included, in the place of the table. */
  readonly json: boolean;
  /** Characters in a line of the terminal; undefined where there is none. */
  readonly width: number | undefined;
  /** Default: no colours. */
  readonly paint?: Paint;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Ends the following. */
  readonly signal: AbortSignal;
}

const POLL_MS = 250;
const PAGE_ROWS = 1000;
const MOST_RUNNING = 10_000;
const NO_CALLS = 'There are no calls yet.\n';

/**
 * Shows the last calls, oldest first, and with `follow` those that come, until the signal. A call that was shown as
 * `running` is shown again when it has ended. Gives the exit code.
 * @throws HubError STORE_UNAVAILABLE when there is a log that cannot be read
 */
export const showLogs = async (options: ShowLogsOptions): Promise<number> => {
  const first = openLogReader(options.stateDir);
  if (first === undefined) options.stderr(NO_CALLS);
  if (first === undefined && !options.follow) return EXIT.ok;
  const reader = first ?? (await waitForLog(options));
  if (reader === undefined) return EXIT.interrupted;
  try {
    return await showFrom(reader, options);
  } finally {
    reader.close();
  }
};

const waitForLog = async ({ stateDir, signal }: ShowLogsOptions): Promise<LogReader | undefined> => {
  while (await pause(signal)) {
    const reader = openLogReader(stateDir);
    if (reader !== undefined) return reader;
  }
  return undefined;
};

const showFrom = async (reader: LogReader, options: ShowLogsOptions): Promise<number> => {
  const filter = filterOf(options);
  let version = reader.dataVersion();
  const newest = reader.calls({ limit: 1 })[0]?.id ?? 0;
  const calls = reader.calls({ ...filter, errorsOnly: options.errors, limit: options.limit }).reverse();
  const print = createPrinter(options, calls);
  print(calls);
  if (!options.follow) {
    if (calls.length === 0) options.stderr(newest === 0 ? NO_CALLS : 'No calls match.\n');
    return EXIT.ok;
  }
  const feed = createFeed(reader, filter, Math.max(newest, calls.at(-1)?.id ?? 0));
  while (await pause(options.signal)) {
    const present = reader.dataVersion();
    if (present !== version) print(feed.next().filter((call) => !options.errors || isFailure(call)));
    version = present;
  }
  return EXIT.interrupted;
};

const filterOf = ({ server, tool, sinceMs, json }: ShowLogsOptions): Omit<CallFilter, 'limit'> => ({
  ...(server === undefined ? {} : { server }),
  ...(tool === undefined ? {} : { tool }),
  ...(sinceMs === undefined ? {} : { sinceMs }),
  payloads: json,
});

/** What has come since the last time, and what of the earlier has ended. */
interface Feed {
  next(): CallRow[];
}

const createFeed = (reader: LogReader, filter: Omit<CallFilter, 'limit'>, startId: number): Feed => {
  let lastId = startId;
  const earlier = reader.calls({ ...filter, payloads: false, limit: PAGE_ROWS });
  const running = new Set(earlier.filter((call) => call.id <= startId && isRunning(call)).map((call) => call.id));
  return {
    next: () => {
      const ended = reader.calls({ ...filter, ids: [...running], order: 'asc', limit: running.size }).filter(hasEnded);
      for (const call of ended) running.delete(call.id);
      const fresh: CallRow[] = [];
      for (let page: CallRow[] | undefined; page === undefined || page.length === PAGE_ROWS; ) {
        page = reader.calls({ ...filter, afterId: lastId, order: 'asc', limit: PAGE_ROWS });
        lastId = page.at(-1)?.id ?? lastId;
        fresh.push(...page);
      }
      for (const call of fresh.filter(isRunning)) running.add(call.id);
      for (const id of running) if (running.size > MOST_RUNNING) running.delete(id);
      return [...ended, ...fresh];
    },
  };
};

const isRunning = (call: CallRow): boolean => call.outcome === 'running';

const hasEnded = (call: CallRow): boolean => !isRunning(call);

const isFailure = (call: CallRow): boolean => hasEnded(call) && call.outcome !== 'ok';

/** The table is laid out for the first calls that are printed; its heading comes before them. */
const createPrinter = (
  { json, width, paint, stdout }: ShowLogsOptions,
  first: readonly CallRow[],
): ((calls: readonly CallRow[]) => void) => {
  if (json) return (calls) => stdout(calls.map(logJsonLine).join(''));
  let table: LogTable | undefined;
  return (calls) => {
    if (calls.length === 0) return;
    const heading = table === undefined;
    table ??= createLogTable(first.length > 0 ? first : calls, { width, ...(paint && { paint }) });
    stdout((heading ? table.heading() : '') + calls.map(table.lines).join(''));
  };
};

/** False when the signal came first. */
const pause = async (signal: AbortSignal): Promise<boolean> => {
  try {
    await wait(POLL_MS, undefined, { signal });
    return true;
  } catch {
    return false;
  }
};
