import type { CallStats, FailureKind } from '../../store/monitor-queries/stats.ts';
import { printable } from '../../utils/printable.ts';
import { cut, estimateTokens, localTime, plural, shortBytes, shortCount, shortDuration, wrapped } from '../format.ts';
import type { Paint } from '../style.ts';
import { type TableColumn, textTable } from '../text-table.ts';
import type { StatsKey, StatsRow } from './stats-rows.ts';

export interface StatsTextOptions {
  readonly sinceMs: number;
  readonly paint: Paint;
  /** Characters in a line of the terminal; undefined where there is none. */
  readonly width: number | undefined;
}

/** The calls of the window in some lines, fit to be pasted. */
export const summaryText = (stats: CallStats, { sinceMs, paint }: StatsTextOptions): string => {
  const { calls, errors, latencyMs, hubMs, bytesIn, bytesOut } = stats;
  const times =
    latencyMs === undefined
      ? ''
      : `, p50 ${shortDuration(latencyMs.p50)}, p95 ${shortDuration(latencyMs.p95)}, longest ${shortDuration(latencyMs.max)}`;
  return [
    paint('strong', `Calls since ${localTime(sinceMs)}`),
    `  ${plural(calls, 'call')}, ${errors} failed (${percent(errors, calls)})${times}`,
    `  the hub itself took ${(hubMs / Math.max(1, calls)).toFixed(1)} ms of each on average`,
    `  in ${shortBytes(bytesIn)}, out ${shortBytes(bytesOut)}, about ${shortCount(estimateTokens(bytesOut))} tokens of answers (an estimate)`,
    '',
  ].join('\n');
};

/** Names give way where the terminal is narrow. */
const FEWEST_NAME_CHARS = 16;
const NUMBERS_CHARS = 52;

/** A table of the rows; what is not known of them has no column. */
export const rowsText = (rows: readonly StatsRow[], key: StatsKey, { paint, width }: StatsTextOptions): string => {
  const room = width === undefined ? Number.POSITIVE_INFINITY : Math.max(FEWEST_NAME_CHARS, width - NUMBERS_CHARS);
  const nameOf = ({ name }: StatsRow): string =>
    key === 'hour' ? localTime(Date.parse(name)) : cut(name === '' ? '-' : printable(name), room);
  const failed = ({ errors, calls }: StatsRow): string =>
    errors === 0 ? '-' : paint('bad', `${errors} (${percent(errors, calls)})`);
  const columns: ReadonlyArray<TableColumn<StatsRow> & { readonly has?: (row: StatsRow) => unknown }> = [
    { heading: key.toUpperCase(), cell: nameOf },
    { heading: 'CALLS', isNumber: true, cell: ({ calls }) => String(calls) },
    { heading: 'FAILED', isNumber: true, cell: failed },
    {
      heading: 'P50',
      isNumber: true,
      cell: ({ latencyMs }) => durationOf(latencyMs?.p50),
      has: ({ latencyMs }) => latencyMs,
    },
    {
      heading: 'P95',
      isNumber: true,
      cell: ({ latencyMs }) => durationOf(latencyMs?.p95),
      has: ({ latencyMs }) => latencyMs,
    },
    {
      heading: 'OUT',
      isNumber: true,
      cell: ({ bytesOut }) => (bytesOut === undefined ? '-' : shortBytes(bytesOut)),
      has: ({ bytesOut }) => bytesOut,
    },
  ];
  return textTable(
    rows,
    columns.filter(({ has }) => has === undefined || rows.some((row) => has(row) !== undefined)),
    paint,
  );
};

/** The kinds of failure, with what the last of each said. */
export const failuresText = (failures: readonly FailureKind[], { paint, width }: StatsTextOptions): string => {
  if (failures.length === 0) return '';
  const lines = failures.map(({ upstream, outcome, calls, lastMessage }) => {
    const head = `  ${calls} x ${outcome}${upstream === '' ? '' : ` at ${printable(upstream)}`}\n`;
    return (
      head + (lastMessage === undefined ? '' : wrapped(cut(printable(lastMessage), MOST_REASON_CHARS), width, '    '))
    );
  });
  return `${paint('strong', 'Failures')}\n${lines.join('')}`;
};

const MOST_REASON_CHARS = 200;

const durationOf = (ms: number | undefined): string => (ms === undefined ? '-' : shortDuration(ms));

const percent = (part: number, whole: number): string => `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`;
