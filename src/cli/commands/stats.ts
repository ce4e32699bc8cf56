import { stateDirectory } from '../../config/state-directory.ts';
import { type MonitorReader, openMonitorReader } from '../../store/monitor-reader.ts';
import { usage } from '../cli-errors.ts';
import type { CliContext, GlobalOptions } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { jsonText } from '../json-text.ts';
import { parseSince } from '../parse-since.ts';
import { STATS_KEYS, type StatsKey, statsRows } from '../stats/stats-rows.ts';
import { failuresText, rowsText, type StatsTextOptions, summaryText } from '../stats/stats-text.ts';
import { paintFor } from '../style.ts';

export interface StatsFlags extends GlobalOptions {
  readonly since?: string;
  readonly by?: string;
  readonly json?: boolean;
}

const DEFAULT_SINCE = '24h';

/** Rows of each table where no one table was asked for. */
const MOST_ROWS = 10;

/** `stats`: what the calls of a window of time come to, by the sums that the log keeps. Only the log is read. */
export const runStats = async (context: CliContext, flags: StatsFlags): Promise<number> => {
  const now = Date.now();
  const sinceMs = parseSince(flags.since ?? DEFAULT_SINCE, now);
  if (sinceMs > now)
    throw usage(`--since ${flags.since} lies in the future`, 'use 1h, 24h, 7d, or a date that is past');
  const by = keyOf(flags.by);
  const reader = openMonitorReader(stateDirectory(context.env));
  if (reader === undefined) return nothing(context, flags, sinceMs);
  try {
    const print = flags.json === true ? printJson : printText;
    print(context, reader, { sinceMs, by });
  } finally {
    reader.close();
  }
  return EXIT.ok;
};

const keyOf = (by: string | undefined): StatsKey | undefined => {
  if (by === undefined) return undefined;
  const known = STATS_KEYS.find((key) => key === by || `${key}s` === by);
  if (known !== undefined) return known;
  throw usage(`--by ${by} is unknown. Allowed choices are ${STATS_KEYS.join(', ')}.`, 'like this: --by tool');
};

interface Asked {
  readonly sinceMs: number;
  readonly by: StatsKey | undefined;
}

const printText = (context: CliContext, reader: MonitorReader, { sinceMs, by }: Asked): void => {
  const window = { sinceMs };
  const options: StatsTextOptions = { sinceMs, paint: paintFor(context), width: context.width };
  const stats = reader.stats(window);
  if (stats.calls === 0) {
    context.out(NO_CALLS);
    return;
  }
  const tables = (by === undefined ? (['server', 'tool', 'client'] as const) : [by]).map((key) => {
    const rows = statsRows(reader, key, window);
    return rowsText(by === undefined ? rows.slice(0, MOST_ROWS) : rows, key, options);
  });
  const note = by === 'client' ? '  a client counts with all calls of its sessions\n' : '';
  const parts = [
    summaryText(stats, options),
    ...tables,
    ...(by === undefined ? [failuresText(stats.failures, options)] : []),
  ];
  context.out(parts.filter((part) => part !== '').join('\n') + note);
};

const printJson = (context: CliContext, reader: MonitorReader, { sinceMs, by }: Asked): void => {
  const window = { sinceMs };
  const { calls, errors, latencyMs, totalMs, hubMs, bytesIn, bytesOut, failures } = reader.stats(window);
  const keys = by === undefined ? STATS_KEYS : [by];
  context.out(
    jsonText({
      schemaVersion: 1,
      since: new Date(sinceMs).toISOString(),
      calls,
      errors,
      ...(latencyMs === undefined ? {} : { latencyMs }),
      totalMs,
      hubMs,
      bytesIn,
      bytesOut,
      failures,
      ...Object.fromEntries(
        keys.map((key) => [`by${key[0]?.toUpperCase()}${key.slice(1)}`, statsRows(reader, key, window)]),
      ),
    }),
  );
};

const NO_CALLS = 'no calls in this time\n  a longer one: mcp-hub stats --since 7d\n';

/** No hub has logged anything yet. */
const nothing = (context: CliContext, flags: StatsFlags, sinceMs: number): number => {
  const since = new Date(sinceMs).toISOString();
  if (flags.json === true) context.out(jsonText({ schemaVersion: 1, since, calls: 0, errors: 0, failures: [] }));
  else context.out('there are no calls yet\n  next  mcp-hub call SERVER__TOOL, or use a tool in your client\n');
  return EXIT.ok;
};
