import { type MonitorReader, openMonitorReader } from '../store/monitor-reader.ts';
import { printable } from '../utils/printable.ts';
import { ago, cut, estimateTokens, plural, shellWords, shortCount } from './format.ts';
import type { Paint } from './style.ts';
import { textTable } from './text-table.ts';
import { definitionBytes, type ListedTool } from './tool-listing.ts';

/** What a tool costs a client that loads its definition, and whether it was worth that. */
export interface ToolUsage {
  readonly name: string;
  readonly server: string;
  readonly ownName: string;
  /** An estimate. */
  readonly tokens: number;
  /** Calls in the window. Absent, with `lastUsedAt`, where there is no log. */
  readonly calls?: number;
  /** When it was last called, also before the window, in milliseconds since the epoch; absent where it never was. */
  readonly lastUsedAt?: number;
}

/** The tools with what the log knows of each, the dearest of a server first. */
export const toolUsages = (stateDir: string, tools: readonly ListedTool[], sinceMs: number): ToolUsage[] => {
  const reader = openMonitorReader(stateDir);
  try {
    const used = reader && usedTools(reader, sinceMs);
    return tools.map((tool) => usageOf(tool, used)).toSorted((one, other) => other.tokens - one.tokens);
  } finally {
    reader?.close();
  }
};

type Used = ReadonlyMap<string, { readonly calls: number; readonly lastUsedAt?: number }>;

const usedTools = (reader: MonitorReader, sinceMs: number): Used =>
  new Map(reader.tools({ sinceMs }).map((row) => [`${row.upstream}\0${row.ownName}`, row]));

const usageOf = (tool: ListedTool, used: Used | undefined): ToolUsage => {
  const { name, server, ownName } = tool;
  const row = used?.get(`${server}\0${ownName}`);
  return {
    name,
    server,
    ownName,
    tokens: estimateTokens(definitionBytes(tool)),
    ...(used === undefined ? {} : { calls: row?.calls ?? 0 }),
    ...(row?.lastUsedAt === undefined ? {} : { lastUsedAt: row.lastUsedAt }),
  };
};

/** Those that were not called in the window; none where nothing is known of calls. */
export const unusedTools = (usages: readonly ToolUsage[]): ToolUsage[] => usages.filter(({ calls }) => calls === 0);

export const sumTokens = (usages: readonly ToolUsage[]): number => usages.reduce((sum, { tokens }) => sum + tokens, 0);

export interface UsageTextOptions {
  /** What the window is called: `since 2026-11-19`. */
  readonly window: string;
  readonly paint: Paint;
  readonly width: number | undefined;
}

const FEWEST_NAME_CHARS = 20;
const NUMBERS_CHARS = 34;

/** A table per server, and below them what all cost and what of that is never used. */
export const usageText = (usages: readonly ToolUsage[], options: UsageTextOptions): string => {
  const servers = [...Map.groupBy(usages, ({ server }) => server)].toSorted(
    ([, one], [, other]) => sumTokens(other) - sumTokens(one),
  );
  const tables = servers.map(([server, own]) => serverTable(server, own, options));
  return `${tables.join('\n')}\n${totalText(usages, servers.length, options)}`;
};

const serverTable = (server: string, own: readonly ToolUsage[], { paint, width }: UsageTextOptions): string => {
  const room = width === undefined ? Number.POSITIVE_INFINITY : Math.max(FEWEST_NAME_CHARS, width - NUMBERS_CHARS);
  const heading = `${paint('strong', printable(server))}   ${plural(own.length, 'tool')}, about ${shortCount(sumTokens(own))} tokens\n`;
  const table = textTable(
    own,
    [
      { heading: 'TOOL', cell: ({ name }) => cut(printable(name), room) },
      { heading: 'TOKENS', isNumber: true, cell: ({ tokens }) => shortCount(tokens) },
      {
        heading: 'CALLS',
        isNumber: true,
        cell: ({ calls }) => (calls === undefined || calls === 0 ? '-' : String(calls)),
      },
      { heading: 'LAST USED', cell: (usage) => lastUsed(usage, paint) },
    ],
    paint,
    '  ',
  );
  return heading + table;
};

const lastUsed = ({ calls, lastUsedAt }: ToolUsage, paint: Paint): string => {
  if (lastUsedAt !== undefined) return ago(lastUsedAt);
  return calls === undefined ? '-' : paint('warning', 'never');
};

const totalText = (usages: readonly ToolUsage[], servers: number, { window, paint }: UsageTextOptions): string => {
  const total = `${plural(usages.length, 'tool')} of ${plural(servers, 'server')}: about ${shortCount(sumTokens(usages))} tokens if loaded up front (an estimate)\n`;
  const unused = unusedTools(usages);
  if (usages.every(({ calls }) => calls === undefined))
    return `${paint('strong', total.trimEnd())}\n  nothing is known of calls yet: there is no log\n`;
  if (unused.length === 0) return `${paint('strong', total.trimEnd())}\n  all were called ${window}\n`;
  const share = `never called ${window}: ${unused.length} of ${plural(usages.length, 'tool')}, about ${shortCount(sumTokens(unused))} tokens`;
  return `${paint('strong', total.trimEnd())}\n  ${share}\n  hide one  ${hideCommand(unused)}\n`;
};

/** For the dearest of them; what it hides can be shown again. */
const hideCommand = ([dearest]: readonly ToolUsage[]): string =>
  dearest === undefined ? '' : printable(shellWords(['mcp-hub', 'disable', `${dearest.server}.${dearest.ownName}`]));
