import { normaliseEntry } from '../config/normal-entry.ts';
import { createProblemList } from '../config/problem-list.ts';
import { findServers } from '../config/server-entries.ts';
import { printable } from '../utils/printable.ts';
import type { AddedServers, NewServer, WriteFlags } from './add-servers.ts';
import { type AddCheck, checkAdded } from './check-added.ts';
import { sourceOf } from './config-source.ts';
import type { CliContext } from './context.ts';
import {
  columns,
  estimateTokens,
  plural,
  shellWords,
  shortCount,
  shortDuration,
  shortPath,
  wrapped,
} from './format.ts';
import { jsonText } from './json-text.ts';
import { redactEntry } from './redact-entry.ts';
import { transportLine } from './transport-summary.ts';

/** Says what was stored, tries the new servers, and names the file and the command that takes it back. */
export const reportAdded = async (
  context: CliContext,
  servers: readonly NewServer[],
  added: AddedServers,
  flags: WriteFlags,
): Promise<void> => {
  const isTried = flags.check && flags.dryRun !== true;
  if (flags.json !== true) context.out(columns(await Promise.all(servers.map(headline))));
  const checks = isTried ? await checkAdded(context, servers, added, flags) : new Map<string, AddCheck>();
  if (flags.json === true) context.out(jsonText(addedObject(context, servers, added, checks, flags)));
  else context.out(checkLines(servers, checks, context.width) + closingLines(context, added, flags));
};

/** `+ github   stdio  npx -y @modelcontextprotocol/server-github` */
const headline = async ({ name, entry }: NewServer): Promise<string[]> => {
  const found = findServers({ mcpServers: { [name]: entry } }).entries[0];
  const normal = found === undefined ? undefined : await normaliseEntry(found, createProblemList(undefined));
  const transport = normal?.transport;
  return [`+ ${printable(name)}`, transport?.type ?? '', transport === undefined ? '' : transportLine(transport)];
};

const checkLines = (
  servers: readonly NewServer[],
  checks: ReadonlyMap<string, AddCheck>,
  width: number | undefined,
): string =>
  servers
    .map(({ name }) => {
      const check = checks.get(name);
      if (check === undefined) return '';
      const of = servers.length === 1 ? '' : `${printable(name)}: `;
      return wrapped(of + verdictOf(check), width, '  ') + (check.kind === 'failed' ? failureLines(check, width) : '');
    })
    .join('');

const verdictOf = (check: AddCheck): string => {
  switch (check.kind) {
    case 'ok': {
      const tokens = shortCount(estimateTokens(check.definitionBytes));
      return `${plural(check.tools, 'tool')}, about ${tokens} tokens, first answer in ${shortDuration(check.startMs)}`;
    }
    case 'not-tried':
      return `saved, and not started: ${printable(check.reason)}`;
    case 'failed':
      return `saved, but it did not start: ${printable(check.reason)}`;
  }
};

const failureLines = (check: AddCheck & { kind: 'failed' }, width: number | undefined): string => {
  const said = check.stderr.map((line) => wrapped(printable(line.trimEnd()), width, '    | ')).join('');
  return said + wrapped(`fix: ${printable(check.fix)}`, width, '    ');
};

const closingLines = (context: CliContext, { target, undo }: AddedServers, flags: WriteFlags): string => {
  const file = shortPath(target.document.file, context.env);
  if (undo === undefined) return `  would write ${file}; nothing was written\n`;
  const next = shellWords(['mcp-hub', 'list', ...(flags.check ? [] : ['--check']), ...target.options]);
  const isIgnored = target.isProject && target.options.length > 0;
  const why = isIgnored ? "    (a project's file is read when it is named, or trusted: mcp-hub trust)" : '';
  return `  wrote ${file}\n  undo  ${printable(undo)}\n  next  ${printable(next)}${why}\n`;
};

const addedObject = (
  context: CliContext,
  servers: readonly NewServer[],
  { target, undo }: AddedServers,
  checks: ReadonlyMap<string, AddCheck>,
  flags: WriteFlags,
): object => ({
  schemaVersion: 1,
  added: servers.map(({ name, entry }) => {
    const check = checks.get(name);
    return { name, entry: redactEntry(entry), ...(check === undefined ? {} : { check }) };
  }),
  source: sourceOf(target.document.file, context.env),
  isDryRun: flags.dryRun === true,
  ...(undo === undefined ? {} : { undo }),
});
