import type { UpstreamStatus } from '../../store/upstream-statuses.ts';
import { printable } from '../../utils/printable.ts';
import { columns, cut, plural, shortDuration } from '../format.ts';
import type { DemoStep } from './demo-script.ts';

const INDENT = '  ';
const WIDTH = 78;
const LABEL_WIDTH = 12;

/** The heading of a part of the account. */
export const heading = (number: number, title: string): string => `\n${number}. ${title}\n\n`;

/** The picture at the beginning. */
export const openingText = (upstreams: readonly string[]): string =>
  [
    'mcp-hub demo: one MCP server in front of three',
    '',
    `${INDENT}client  <-- stdio -->  mcp-hub  <-- stdio -->  ${upstreams.join(', ')}`,
    '',
  ].join('\n');

/** The names of a merged list, wrapped. */
export const namesText = (label: string, names: readonly string[]): string => {
  const lines: string[] = [];
  for (const name of names.map((each) => printable(each))) {
    const last = lines.at(-1);
    if (last !== undefined && `${last}  ${name}`.length <= WIDTH - INDENT.length - LABEL_WIDTH)
      lines[lines.length - 1] = `${last}  ${name}`;
    else lines.push(name);
  }
  return lines.map((line, index) => `${INDENT}${(index === 0 ? label : '').padEnd(LABEL_WIDTH)}${line}\n`).join('');
};

/** How one step went: what was asked and how long it took, and below it what came back. */
export const stepText = (step: DemoStep, shown: string, durationMs: number, progressReports: number): string => {
  const notes = [
    ...(progressReports > 0 ? [plural(progressReports, 'progress report')] : []),
    ...(step.notification === undefined ? [] : ['and says that its list has changed']),
    ...(step.isToolError === true ? ['the tool says so itself'] : []),
  ];
  const suffix = notes.length === 0 ? '' : `  (${notes.join(', ')})`;
  const time = shortDuration(durationMs);
  const asked = `${INDENT}${step.kind.padEnd(LABEL_WIDTH)}${printable(step.title)}`;
  const answer = cut(printable(shown.split('\n')[0] ?? ''), WIDTH - INDENT.length - LABEL_WIDTH - suffix.length);
  return `${asked.padEnd(WIDTH - time.length)}${time}\n${INDENT}${' '.repeat(LABEL_WIDTH)}${answer}${suffix}\n`;
};

const ERA_NAMES = { legacy: 'legacy (up to 2025-11-25)', modern: 'modern (2026-07-28)' } as const;

/** The servers behind the hub as the log knows them. */
export const upstreamsText = (upstreams: readonly string[], statuses: ReadonlyMap<string, UpstreamStatus>): string => {
  if (statuses.size === 0) return `${INDENT}All three; the log would say more, and nothing could be written to it.\n`;
  return columns(
    upstreams.map((name) => {
      const status = statuses.get(name);
      return [
        name,
        status?.era === undefined ? 'unknown' : ERA_NAMES[status.era],
        plural(status?.tools ?? 0, 'tool'),
        plural(status?.prompts ?? 0, 'prompt'),
        plural(status?.resources ?? 0, 'resource'),
      ];
    }),
    INDENT,
  );
};

/** How to register this hub in a client: by its own command, or by hand with absolute paths. */
export const registerText = (bin: string): string =>
  columns(
    [
      ['Claude Code', 'mcp-hub install claude-code'],
      ['What that would change', 'mcp-hub install claude-code --dry-run'],
      ['Whichever are here, to choose from', 'mcp-hub install'],
    ],
    INDENT,
  ) +
  `${INDENT}Any other, in its list of servers\n` +
  `${INDENT}  "hub": ${JSON.stringify({ command: process.execPath, args: [bin, 'serve'] })}\n`;
