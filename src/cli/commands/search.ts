import { printable } from '../../utils/printable.ts';
import { usage } from '../cli-errors.ts';
import type { CliContext, GlobalOptions } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { plural, wrapped } from '../format.ts';
import { jsonText } from '../json-text.ts';
import { createProgress } from '../progress.ts';
import { searchServers } from '../registry/client.ts';
import { kindsOf } from '../registry/registry-entry.ts';
import { type RegistryFlags, registryOptions } from '../registry/registry-flags.ts';
import { readServer, type ServerDetail } from '../registry/server-detail.ts';
import { paintFor } from '../style.ts';

export interface SearchFlags extends GlobalOptions, RegistryFlags {
  readonly limit?: string;
  readonly json?: boolean;
}

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 1000;

/** `search WORD`: servers of the public registry whose name holds the word. Nothing is written or run. */
export const runSearch = async (context: CliContext, words: readonly string[], flags: SearchFlags): Promise<number> => {
  const word = words.join(' ');
  const limit = limitOf(flags.limit);
  const options = registryOptions(context, flags);
  const progress = createProgress(context);
  progress.say(`asking ${options.baseUrl}`);
  const { found, hasMore } = await searchServers(word, limit, options).finally(progress.end);
  const servers = found.flatMap((entry) => readServer(entry) ?? []).filter(({ status }) => status !== 'deleted');
  if (flags.json === true) context.out(jsonText({ schemaVersion: 1, servers: servers.map(serverObject), hasMore }));
  else context.out(searchText(context, word, servers, hasMore));
  return EXIT.ok;
};

const limitOf = (text: string | undefined): number => {
  if (text === undefined) return DEFAULT_LIMIT;
  const limit = Number(text);
  if (Number.isSafeInteger(limit) && limit > 0 && limit <= MAX_LIMIT) return limit;
  throw usage(`--limit ${text} is not a number from 1 to ${MAX_LIMIT}`, 'like this: --limit 50');
};

const serverObject = (server: ServerDetail): object => {
  const { packages, remotes, ...rest } = server;
  return {
    ...rest,
    runsAs: kindsOf(server),
    packages: packages.map(({ registryType, identifier, version }) => ({ registryType, identifier, version })),
    remotes: remotes.map(({ type, url }) => ({ type, url })),
  };
};

const searchText = (context: CliContext, word: string, servers: readonly ServerDetail[], hasMore: boolean): string => {
  if (servers.length === 0)
    return `no server of the registry has "${printable(word)}" in its name\n  try another word: only names are searched\n`;
  const paint = paintFor(context);
  const lines = servers.map((server) => {
    const kinds = kindsOf(server).join(', ');
    const status = server.status === 'active' ? '' : `  (${printable(server.status)})`;
    const facts = `${printable(server.version)}  ${kinds === '' ? 'to be installed by hand' : kinds}${status}`;
    const about = wrapped(printable(server.description), context.width, '  ');
    return `${paint('strong', printable(server.name))}  ${facts}\n${about}`;
  });
  const count = hasMore
    ? `the first ${servers.length}; more: --limit ${servers.length * 3}`
    : plural(servers.length, 'server');
  const [first] = servers;
  return `${lines.join('')}\n${count}\n  next  mcp-hub add --from-registry ${printable(first?.name ?? '')}\n`;
};
