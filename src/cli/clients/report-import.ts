// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references as configuration files have them
import { normaliseEntry } from '../../config/normal-entry.ts';
import { createProblemList } from '../../config/problem-list.ts';
import { findServers } from '../../config/server-entries.ts';
import { printable } from '../../utils/printable.ts';
import type { CliContext } from '../context.ts';
import { columns, cut, plural, wrapped } from '../format.ts';
import { redactEntry } from '../redact-entry.ts';
import { transportLine } from '../transport-summary.ts';
import type { Gathered } from './gather.ts';
import type { ImportServer } from './merge-servers.ts';
import { secretsInClear } from './secrets-in-clear.ts';
import { sourcesText } from './source-text.ts';

/** One line for each server: `+` is new, `=` is there already, `~` replaces another, `!` would. */
export const serverLines = async (
  servers: readonly ImportServer[],
  context: CliContext,
  replaces: boolean,
): Promise<string> => {
  const rows = await Promise.all(
    servers.map(async (server) => ({
      name: `${markOf(server, replaces)} ${printable(server.name)}`,
      ...(await transportOf(server)),
      from: printable(sourcesText(server.sources, context)) + remark(server, replaces),
    })),
  );
  const longest = (texts: readonly string[]): number => Math.max(0, ...texts.map(({ length }) => length));
  const others = longest(rows.map(({ name }) => name)) + longest(rows.map(({ from }) => from)) + 'stdio'.length;
  const room = roomFor(others + 3 * '  '.length, context);
  return columns(rows.map(({ name, type, line, from }) => [name, type, cut(line, room), from]));
};

/** Where a server comes from and what it is, in what is left of a line beside its name. */
export const hintText = async (server: ImportServer, context: CliContext): Promise<string> => {
  const text = `${sourcesText(server.sources, context)}: ${(await transportOf(server)).line}`;
  return cut(text, roomFor(server.name.length + PROMPT_CHARS, context));
};

/** What the check-list needs of a line for itself: its bar and box, the brackets, and its colours, which it counts as letters. */
const PROMPT_CHARS = 18;
const MOST_COMMAND_CHARS = 60;
const FEWEST_COMMAND_CHARS = 20;

const roomFor = (others: number, { width = Number.POSITIVE_INFINITY }: CliContext): number =>
  Math.min(MOST_COMMAND_CHARS, Math.max(FEWEST_COMMAND_CHARS, width - others));

const transportOf = async ({ name, entry }: ImportServer): Promise<{ type: string; line: string }> => {
  const found = findServers({ mcpServers: { [name]: entry } }).entries[0];
  const normal = found && (await normaliseEntry(found, createProblemList(undefined)));
  return normal ? { type: normal.transport.type, line: transportLine(normal.transport) } : { type: '', line: '' };
};

const markOf = ({ state }: ImportServer, replaces: boolean): string => {
  if (state === 'new') return '+';
  if (state === 'same') return '=';
  return replaces ? '~' : '!';
};

const remark = ({ state, knownAs, name }: ImportServer, replaces: boolean): string => {
  if (state === 'same')
    return knownAs === name ? '; is there already' : `; is there already as ${printable(knownAs ?? '')}`;
  if (state === 'differs') return replaces ? '; replaces yours' : '; differs from yours, which --replace would replace';
  return '';
};

/** What a person should know of the import beside its result, a sentence each. */
export const importNotes = (
  gathered: Gathered,
  servers: readonly ImportServer[],
  context: CliContext,
): readonly string[] => [
  ...gathered.unreadable.map(({ message }) => `${message}; the other files were read`),
  ...gathered.refused.map(
    ({ name, source, why }) => `"${name}" of ${sourcesText([source], context)} is not imported: ${why}`,
  ),
  ...servers
    .filter(({ state }) => state !== 'same')
    .flatMap(({ name, notes }) => notes.map((note) => (note.startsWith('"') ? note : `${name}: ${note}`))),
];

/** What to do about secrets that stand in clear; nothing where there are none. */
export const secretsText = (servers: readonly ImportServer[], { width }: CliContext): string => {
  const secrets = servers.flatMap(({ name, entry }) => secretsInClear(name, entry));
  if (secrets.length === 0) return '';
  const places = secrets.slice(0, 4).map(({ server, place }) => `${server} (${place})`);
  const more = secrets.length > places.length ? ', ...' : '';
  return (
    wrapped(`${plural(secrets.length, 'secret')} in clear: ${printable(places.join(', '))}${more}`, width, '  ') +
    '  tip   mcp-hub secret set NAME, and ${keychain:NAME} in its place\n'
  );
};

/** What `--json` prints of the servers, without secrets. */
export const importObject = (servers: readonly ImportServer[]): readonly object[] =>
  servers.map(({ name, entry, settings, inputs, sources, state, knownAs }) => ({
    name,
    state,
    ...(knownAs === undefined ? {} : { knownAs }),
    entry: redactEntry(entry),
    ...(Object.keys(settings).length === 0 ? {} : { settings }),
    ...(inputs.length === 0 ? {} : { inputs: inputs.map(({ id }) => id) }),
    sources: sources.map(({ client, path, name: own, project }) => ({
      ...(client === undefined ? {} : { client: client.id }),
      path,
      name: own,
      ...(project === undefined ? {} : { project }),
    })),
  }));
