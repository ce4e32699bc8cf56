import { text as readAll } from 'node:stream/consumers';
import { faultOfDeclared } from '../../config/build-upstream.ts';
import { isRecord, looksLikeServer } from '../../config/client-shapes.ts';
import { translateReferences } from '../../config/foreign-references.ts';
import { normaliseEntry } from '../../config/normal-entry.ts';
import { parseText } from '../../config/parse-text.ts';
import { createProblemList } from '../../config/problem-list.ts';
import { findServers, valueAt } from '../../config/server-entries.ts';
import { printable } from '../../utils/printable.ts';
import { addServers, type NewServer, type WriteFlags } from '../add-servers.ts';
import { usage } from '../cli-errors.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { reportAdded } from '../report-added.ts';
import { checkServerName } from '../server-name.ts';

export interface AddJsonInput {
  /** The name, or the JSON where no name was given. */
  readonly nameOrJson: string | undefined;
  readonly json: string | undefined;
}

/** `add-json`: stores one entry under a name, or every server of a pasted block, in whichever client's words. */
export const runAddJson = async (context: CliContext, input: AddJsonInput, flags: WriteFlags): Promise<number> => {
  const name = input.json === undefined ? undefined : input.nameOrJson;
  if (name !== undefined) checkServerName(name);
  const root = await parseBlock(await readInput(context, input.json ?? input.nameOrJson));
  const translated = serversOf(root, name).map(inOurWords);
  const servers = translated.map(({ server }) => server);
  for (const server of servers) await requireServable(server);
  const added = await addServers(context, servers, flags);
  for (const note of translated.flatMap(({ notes }) => notes)) context.err(`note: ${printable(note)}\n`);
  await reportAdded(context, servers, added, flags);
  return EXIT.ok;
};

const readInput = async (context: CliContext, given: string | undefined): Promise<string> => {
  if (given !== undefined && given !== '-') return given;
  if (given === undefined && context.stdin.isTTY === true) throw usage('there is no JSON', EXAMPLE);
  return readAll(context.stdin);
};

const EXAMPLE = `like this: mcp-hub add-json NAME '{"command":"npx","args":["-y","some-server"]}'`;

/** Reads JSON with comments, trailing commas, and, as READMEs show it, without the braces around it. */
const parseBlock = async (text: string): Promise<Record<string, unknown>> => {
  const trimmed = text.trim();
  if (trimmed === '') throw usage('there is no JSON: the input is empty', EXAMPLE);
  const parsed = await parseText('the input', trimmed.startsWith('"') ? `{${trimmed}}` : trimmed);
  const error = parsed.problems.find((problem) => problem.severity === 'error');
  if (error !== undefined) {
    const place = error.place === undefined ? '' : ` (line ${error.place.line}, column ${error.place.column})`;
    throw usage(`the input cannot be read${place}: ${error.message}`, EXAMPLE);
  }
  if (isRecord(parsed.value)) return parsed.value;
  if (/^[\w./\\~-]+$/.test(trimmed)) throw usage(`"${trimmed}" is not JSON`, 'for a file: mcp-hub add-json < FILE');
  throw usage('the input is no JSON object', EXAMPLE);
};

const serversOf = (root: Record<string, unknown>, name: string | undefined): NewServer[] => {
  if (looksLikeServer(root)) return [singleServer(root, name)];
  const { entries } = findServers(root);
  const found = new Map(entries.map((entry) => [entry.name, entry.value]));
  if (found.size === 0) throw usage('there is no server in the input: none has a command or a URL', EXAMPLE);
  if (name !== undefined && found.size > 1) {
    throw usage(`the input holds ${found.size} servers, and "${name}" can only name one`, 'leave the name out');
  }
  return [...found].map(([own, entry]) => {
    if (name === undefined && own.trim() === '') throw usage('a server in the input has no name', EXAMPLE);
    return { name: name ?? own, entry, settings: settingsOf(root, own) };
  });
};

/** @throws HubError `USAGE` for an entry that no start could use, whatever is set or installed later: none of the block is stored */
const requireServable = async ({ name, entry }: NewServer): Promise<void> => {
  const problems = createProblemList(undefined);
  const [found] = findServers({ mcpServers: { [name]: entry } }).entries;
  if (found === undefined) return;
  const normal = await normaliseEntry(found, problems);
  const fault = normal && faultOfDeclared(normal.transport);
  if (normal !== undefined && fault === undefined) return;
  const why = problems.all().find(({ severity }) => severity === 'skipped')?.message ?? 'it is no server';
  throw usage(`nothing was stored: ${fault === undefined ? why : `server "${name}" is left out: ${fault}`}`, EXAMPLE);
};

/** References that only another client understands would reach the server as they are. */
const inOurWords = (server: NewServer): { readonly server: NewServer; readonly notes: readonly string[] } => {
  const { value, found } = translateReferences(server.entry);
  return {
    server: { ...server, entry: value },
    notes: found.map(({ written, ours }) => `${server.name}: ${written} is stored as ${ours}`),
  };
};

/** One entry; clients that keep servers in a list, or take them one by one, write the name into it. */
const singleServer = (root: Record<string, unknown>, name: string | undefined): NewServer => {
  const { name: own, ...entry } = root;
  const chosen = name ?? (typeof own === 'string' ? own : undefined);
  if (chosen === undefined) throw usage('the server in the input has no name', EXAMPLE);
  checkServerName(chosen);
  return { name: chosen, entry, settings: {} };
};

/** What a block of ours says about a server beside its entry. */
const settingsOf = (root: unknown, name: string): Record<string, unknown> => {
  const settings = valueAt(root, ['hub', 'servers', name]);
  return isRecord(settings) ? settings : {};
};
