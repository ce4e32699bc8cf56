import type { UpstreamStatus } from '../../store/upstream-statuses.ts';
import { printable } from '../../utils/printable.ts';
import { columns, cut, plural, shellWords, shortDuration } from '../format.ts';
import type { DemoStep } from './demo-script.ts';

const INDENT = '  ';

/** One sentence per line for the reader, under a heading with its number. */
export const heading = (number: number, title: string): string => `\n${number}. ${title}\n`;

/** The picture at the beginning. */
export const openingText = (upstreams: readonly string[]): string =>
  [
    'mcp-hub demo: one MCP server in front of three',
    '',
    `${INDENT}client  <- stdio ->  mcp-hub  <- stdio ->  ${upstreams.join(', ')}`,
    '',
  ].join('\n');

/** The names of a merged list, wrapped. */
export const namesText = (label: string, names: readonly string[]): string => {
  const lines: string[] = [];
  for (const name of names.map((each) => printable(each))) {
    const last = lines.at(-1);
    if (last !== undefined && `${last}  ${name}`.length <= 66) lines[lines.length - 1] = `${last}  ${name}`;
    else lines.push(name);
  }
  return lines.map((line, index) => `${INDENT}${(index === 0 ? label : '').padEnd(10)}${line}\n`).join('');
};

/** How one step went, in two lines: what was asked of whom, and what came back. */
export const stepText = (step: DemoStep, shown: string, durationMs: number, progressReports: number): string => {
  const notes = [
    ...(progressReports > 0 ? [plural(progressReports, 'progress report')] : []),
    ...(step.notification === undefined ? [] : ['and the list has changed']),
    ...(step.isToolError === true ? ['the tool says so itself'] : []),
  ];
  const head = `${INDENT}${step.method.padEnd(20)}${printable(step.title)}`;
  const time = shortDuration(durationMs);
  const first = `${head.padEnd(78 - time.length)}${time}\n`;
  const suffix = notes.length === 0 ? '' : `  (${notes.join(', ')})`;
  const room = 78 - 22 - suffix.length;
  return `${first}${' '.repeat(19)}-> ${cut(printable(shown.split('\n')[0] ?? ''), room)}${suffix}\n`;
};

/** The servers behind the hub as the log knows them. */
export const upstreamsText = (upstreams: readonly string[], statuses: ReadonlyMap<string, UpstreamStatus>): string =>
  columns(
    upstreams.map((name) => {
      const status = statuses.get(name);
      return [
        name,
        status?.era === 'modern' ? 'modern (2026-07-28)' : status?.era === 'legacy' ? 'legacy (initialize)' : 'unknown',
        plural(status?.tools ?? 0, 'tool'),
        plural(status?.prompts ?? 0, 'prompt'),
        plural(status?.resources ?? 0, 'resource'),
        plural(status?.templates ?? 0, 'template'),
      ];
    }),
    INDENT,
  );

/** How to register this hub in a client: with absolute paths, because clients start programs without a shell's PATH. */
export const registerText = (bin: string): string => {
  const server = [process.execPath, bin, 'serve'];
  const entry = { command: process.execPath, args: [bin, 'serve'] };
  return [
    `${INDENT}Claude Code`,
    `claude mcp add hub -- ${shellWords(server)}`,
    `${INDENT}Claude Desktop, Cursor (in "mcpServers" of their configuration file)`,
    `"hub": ${JSON.stringify(entry)}`,
    `${INDENT}Codex`,
    `codex mcp add hub -- ${shellWords(server)}`,
    '',
  ].join('\n');
};
