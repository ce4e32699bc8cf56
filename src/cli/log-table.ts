import type { CallRow } from '../store/log-reader.ts';
import { printable } from '../utils/printable.ts';
import { cut, shortDuration, wrapped } from './format.ts';
import type { Paint } from './style.ts';

/** Lays calls out as lines of one table. It learns the width of its columns from the rows that it is given first. */
export interface LogTable {
  /** The headings as a line. */
  heading(): string;
  /** A line for the call, and a second one that says why where it failed. Text of others is made printable. */
  lines(call: CallRow): string;
}

type Cells = readonly [
  time: string,
  client: string,
  server: string,
  tool: string,
  status: string,
  duration: string,
  bytesIn: string,
  bytesOut: string,
];

const HEADINGS: Cells = ['TIME', 'CLIENT', 'SERVER', 'TOOL', 'STATUS', 'TOOK', 'IN', 'OUT'];
const FEWEST_CHARS = [8, 8, 6, 8, 7, 7, 4, 4] as const;
const FIRST_NUMBER = 5;
/** Columns that give way where the terminal is narrow, the first of them first, and what is left to them. */
const GIVING_WAY = [
  { column: 1, fewestChars: 8 },
  { column: 3, fewestChars: 16 },
  { column: 2, fewestChars: 8 },
] as const;
const MOST_TOOL_CHARS = 48;
const MOST_REASON_CHARS = 300;

export interface LogTableOptions {
  /** Characters in a line of the terminal; undefined where there is none: then nothing is cut to fit. */
  readonly width: number | undefined;
  /** Default: the present. */
  readonly now?: number;
  /** Default: no colours. */
  readonly paint?: Paint;
}

export const createLogTable = (
  calls: readonly CallRow[],
  { width, now = Date.now(), paint = unpainted }: LogTableOptions,
): LogTable => {
  const isToday = calls.every((call) => dayOf(call.startedAt) === dayOf(now));
  const usual = [HEADINGS, ...calls.map((call) => cellsOf(call, isToday))].reduce<readonly number[]>(
    widest,
    FEWEST_CHARS,
  );
  const line = (cells: Cells): string => lineOf(cells, narrowed(widest(usual, cells), width));
  return {
    heading: () => `${paint('quiet', line(HEADINGS).trimEnd())}\n`,
    lines: (call) => painted(line(cellsOf(call, isToday)), call, paint) + reasonOf(call, width),
  };
};

const unpainted: Paint = (_tone, text) => text;

/** A line of a call that failed stands out; the word for how it ended is there all the same. */
const painted = (line: string, { outcome }: CallRow, paint: Paint): string => {
  if (outcome === 'ok') return line;
  return `${paint(outcome === 'running' ? 'warning' : 'bad', line.trimEnd())}\n`;
};

const widest = (widths: readonly number[], cells: Cells): number[] =>
  widths.map((width, column) => Math.max(width, (cells[column] ?? '').length));

const narrowed = (widths: readonly number[], lineChars = Number.POSITIVE_INFINITY): number[] => {
  const result = [...widths];
  let excess = result.reduce((sum, chars) => sum + chars, result.length - 1) - lineChars;
  for (const { column, fewestChars } of GIVING_WAY) {
    const chars = result[column] ?? 0;
    const given = Math.max(0, Math.min(excess, chars - fewestChars));
    result[column] = chars - given;
    excess -= given;
  }
  return result;
};

const lineOf = (cells: Cells, widths: readonly number[]): string => {
  const padded = cells.map((cell, column) => {
    const width = widths[column] ?? 0;
    return column >= FIRST_NUMBER ? cell.padStart(width) : cut(cell, width).padEnd(width);
  });
  return `${padded.join(' ').trimEnd()}\n`;
};

const cellsOf = (call: CallRow, isToday: boolean): Cells => [
  timeOf(call.startedAt, isToday),
  printable(call.client ?? '-'),
  printable(call.upstream ?? '-'),
  cut(printable(call.ownName ?? call.qualifiedName ?? call.method), MOST_TOOL_CHARS),
  call.outcome,
  call.durationMs === undefined ? '-' : shortDuration(call.durationMs),
  sizeOf(call.bytesIn),
  sizeOf(call.bytesOut),
];

const reasonOf = (call: CallRow, width: number | undefined): string => {
  if (call.errorMessage === undefined || call.outcome === 'ok') return '';
  return wrapped(cut(printable(call.errorMessage), MOST_REASON_CHARS), width, ' '.repeat(FEWEST_CHARS[0] + 1));
};

const dayOf = (at: number): string => new Date(at).toDateString();

/** Local time; with the day where not all calls are of today. */
const timeOf = (at: number, isToday: boolean): string => {
  const date = new Date(at);
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(':');
  return isToday ? time : `${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())} ${time}`;
};

const twoDigits = (value: number): string => String(value).padStart(2, '0');

const sizeOf = (bytes: number | undefined): string => {
  if (bytes === undefined) return '-';
  if (bytes < 1000) return `${bytes}B`;
  return bytes < 999_950 ? `${(bytes / 1000).toFixed(1)}k` : `${(bytes / 1_000_000).toFixed(1)}M`;
};
