import type { CallRow } from '../store/log-reader.ts';
import { printable } from '../utils/printable.ts';
import { cut, shortDuration } from './format.ts';

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

const HEADINGS: Cells = ['TIME', 'CLIENT', 'SERVER', 'TOOL', 'STATUS', 'TIME', 'IN', 'OUT'];
const FEWEST_CHARS = [8, 8, 6, 8, 7, 7, 4, 4] as const;
const CLIENT = 1;
const FIRST_NUMBER = 5;
const LINE_CHARS = 80;
const NARROW_CLIENT_CHARS = 12;
const MOST_TOOL_CHARS = 48;
const MOST_REASON_CHARS = 300;

export const createLogTable = (calls: readonly CallRow[], now: number = Date.now()): LogTable => {
  const isToday = calls.every((call) => dayOf(call.startedAt) === dayOf(now));
  const rows = [HEADINGS, ...calls.map((call) => cellsOf(call, isToday))];
  const widths = FEWEST_CHARS.map((fewest, column) =>
    Math.max(fewest, ...rows.map((cells) => (cells[column] ?? '').length)),
  );
  const chars = widths.reduce((sum, width) => sum + width, widths.length - 1);
  if (chars > LINE_CHARS) widths[CLIENT] = Math.min(widths[CLIENT] ?? 0, NARROW_CLIENT_CHARS);
  return {
    heading: () => lineOf(HEADINGS, widths),
    lines: (call) => lineOf(cellsOf(call, isToday), widths) + reasonOf(call),
  };
};

const lineOf = (cells: Cells, widths: readonly number[]): string => {
  const padded = cells.map((cell, column) => {
    const width = widths[column] ?? 0;
    if (column >= FIRST_NUMBER) return cell.padStart(width);
    return (column === CLIENT ? cut(cell, width) : cell).padEnd(width);
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

const reasonOf = (call: CallRow): string => {
  if (call.errorMessage === undefined || call.outcome === 'ok') return '';
  return `${' '.repeat(FEWEST_CHARS[0] + 1)}${cut(printable(call.errorMessage), MOST_REASON_CHARS)}\n`;
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
  return bytes < 999_950 ? `${(bytes / 1000).toFixed(1)}k` : `${(bytes / 1_000_000).toFixed(1)}M`;
};
