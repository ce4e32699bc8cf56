import { printable } from '../utils/printable.ts';
import { ago, columns, cut, shortCount, shortDuration, wrapped } from './format.ts';
import type { ListedServer } from './listed-servers.ts';
import type { ServerStatus, StatusWord } from './server-status.ts';
import type { Paint, Tone } from './style.ts';
import { transportLine } from './transport-summary.ts';

const unpainted: Paint = (_tone, text) => text;

interface Column {
  readonly heading: string;
  readonly isNumber?: true;
  /** Given up first where the terminal is narrow. */
  readonly isExtra?: true;
  readonly cell: (server: ListedServer) => string;
  readonly tone?: (server: ListedServer) => Tone | undefined;
}

/** The command comes last, because it gives way where the terminal is narrow. */
const COLUMNS: readonly Column[] = [
  { heading: 'SERVER', cell: ({ name }) => printable(name) },
  {
    heading: 'STATUS',
    cell: ({ status }) => STATUS_WORDS[status.status],
    tone: ({ status }) => STATUS_TONES[status.status],
  },
  { heading: 'TOOLS', isNumber: true, cell: ({ status }) => numberOf(status.tools, String) },
  { heading: 'TOKENS', isNumber: true, cell: ({ status }) => numberOf(status.tokens, shortCount) },
  {
    heading: 'CALLS',
    isNumber: true,
    isExtra: true,
    cell: ({ status }) => numberOf(status.latencyMs?.p50, shortDuration),
  },
  { heading: 'SEEN', isExtra: true, cell: ({ status }) => seenText(status) },
  {
    heading: 'CACHED',
    isExtra: true,
    cell: ({ cachedAt }) => (cachedAt === undefined ? '-' : ago(Date.parse(cachedAt))),
  },
  { heading: 'TYPE', cell: ({ transport }) => transport?.type ?? '-' },
];

/** What a table has room for; the help of `list` explains each. */
export const STATUS_WORDS: Readonly<Record<StatusWord, string>> = {
  ok: 'ok',
  failed: 'failed',
  disabled: 'disabled',
  needs_variables: 'unset',
  needs_login: 'login',
  invalid: 'invalid',
  unknown: 'new',
};

const STATUS_TONES: Readonly<Partial<Record<StatusWord, Tone>>> = {
  ok: 'good',
  failed: 'bad',
  invalid: 'bad',
  needs_variables: 'warning',
  disabled: 'quiet',
};

const HEADING = 'COMMAND OR URL';
const FEWEST_COMMAND_CHARS = 24;
const INDENT = '  ';

/**
 * The servers as a table that fits into `width` characters as far as names let it; without a width nothing is cut. What is
 * wrong with a server stands in full below its row.
 */
export const listTable = (
  servers: readonly ListedServer[],
  width: number | undefined,
  paint: Paint = unpainted,
): string => {
  const isNarrow = width !== undefined && charsOf(servers, COLUMNS) + FEWEST_COMMAND_CHARS > width;
  const shown = COLUMNS.filter(({ isExtra }) => !isNarrow || isExtra !== true);
  const room = width === undefined ? Number.POSITIVE_INFINITY : width - charsOf(servers, shown);
  const commandOf = ({ transport }: ListedServer): string =>
    transport === undefined ? '' : cut(transportLine(transport), Math.max(FEWEST_COMMAND_CHARS, room));
  const columnsOfCells = shown.map((column) => aligned(column, servers, paint));
  const rows = [undefined, ...servers].map((server, index) => [
    ...columnsOfCells.map((cells) => cells[index] ?? ''),
    server === undefined ? paint('quiet', HEADING) : commandOf(server),
  ]);
  const [heading = '', ...lines] = columns(rows).split('\n');
  const body = servers.map((server, index) => `${lines[index]}\n${reasonOf(server, width)}`);
  return `${heading}\n${body.join('')}`;
};

/** The heading and the cells of a column; numbers stand to the right. */
const aligned = (
  { heading, isNumber, cell, tone }: Column,
  servers: readonly ListedServer[],
  paint: Paint,
): string[] => {
  const cells = [heading, ...servers.map(cell)];
  const chars = Math.max(...cells.map(({ length }) => length));
  const placed = isNumber ? cells.map((text) => text.padStart(chars)) : cells;
  return placed.map((text, index) => {
    const server = servers[index - 1];
    const own = server === undefined ? 'quiet' : tone?.(server);
    return own === undefined ? text : paint(own, text);
  });
};

/** What the columns take, with the gaps after them. */
const charsOf = (servers: readonly ListedServer[], shown: readonly Column[]): number =>
  shown.reduce(
    (sum, { heading, cell }) => sum + Math.max(heading.length, ...servers.map((server) => cell(server).length)) + 2,
    0,
  );

const reasonOf = ({ status }: ListedServer, width: number | undefined): string =>
  status.reason === undefined ? '' : wrapped(printable(status.reason), width, INDENT);

const numberOf = (value: number | undefined, text: (value: number) => string): string =>
  value === undefined ? '-' : text(value);

const seenText = ({ lastSeen }: ServerStatus): string => (lastSeen === undefined ? '-' : ago(Date.parse(lastSeen)));
