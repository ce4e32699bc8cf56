import type { DeclaredTransport } from '../../config/normal-entry.ts';
import type { LoginStatus } from '../../hub/logins.ts';
import { printable } from '../../utils/printable.ts';
import { noSuchServer } from '../cli-errors.ts';
import { sourceOf } from '../config-source.ts';
import type { CliContext } from '../context.ts';
import type { GetFlags } from '../declare-server-verbs.ts';
import { type DeclaredServer, declaredServers } from '../declared-servers.ts';
import { locateTarget } from '../edit-target.ts';
import { EXIT } from '../exit-codes.ts';
import { columns, commandLine, shellWords, shortPath } from '../format.ts';
import { jsonText } from '../json-text.ts';
import { type ListedServer, listedServers, readLogins } from '../listed-servers.ts';
import { ignoredBecause, loadServers, tellUntrusted } from '../load-servers.ts';
import { redactEntry } from '../redact-entry.ts';
import { statusText } from '../status-text.ts';

/** `get NAME`: one server as the file has it. Secrets are hidden unless they are asked for; references are shown as they are. */
export const runGet = async (context: CliContext, name: string, flags: GetFlags): Promise<number> => {
  const config = await loadServers(context, flags);
  tellUntrusted(context, config);
  const declared = await declaredServers(context, flags);
  const servers = listedServers(context, config, declared, await readLogins(context, config));
  const server = servers.find((candidate) => candidate.name === name);
  if (server === undefined)
    throw noSuchServer(
      name,
      servers.map((candidate) => candidate.name),
      { ignoredBecause: ignoredBecause(config) },
    );
  const source = declared.get(name);
  const isOpen = flags.showSecrets === true;
  if (flags.json === true) context.out(jsonText(getObject(context, server, source, isOpen)));
  else context.out(await getText(context, flags, server, source, isOpen));
  return EXIT.ok;
};

/** The transport to show: that of the file, with or without its secrets. */
const shownTransport = (server: ListedServer, source: DeclaredServer | undefined, isOpen: boolean) =>
  isOpen ? (source?.transport ?? server.transport) : server.transport;

const getObject = (
  context: CliContext,
  server: ListedServer,
  source: DeclaredServer | undefined,
  isOpen: boolean,
): object => {
  const transport = shownTransport(server, source, isOpen);
  return {
    schemaVersion: 1,
    name: server.name,
    enabled: server.enabled,
    ...(transport === undefined ? {} : { transport }),
    ...(source === undefined ? {} : { entry: isOpen ? source.entry : redactEntry(source.entry) }),
    ...(source?.settings === undefined ? {} : { hub: isOpen ? source.settings : redactEntry(source.settings) }),
    ...(server.file === undefined ? {} : { source: sourceOf(server.file, context.env) }),
    ...server.status,
    ...(server.login === undefined ? {} : { login: server.login }),
  };
};

const getText = async (
  context: CliContext,
  flags: GetFlags,
  server: ListedServer,
  source: DeclaredServer | undefined,
  isOpen: boolean,
): Promise<string> => {
  const transport = shownTransport(server, source, isOpen);
  const rows = transport === undefined ? [] : transportRows(transport);
  rows.push(['status', statusText(server.status)]);
  if (server.login !== undefined) rows.push(['login', loginText(server.login)]);
  if (source?.settings !== undefined)
    rows.push(['hub', printable(JSON.stringify(isOpen ? source.settings : redactEntry(source.settings)))]);
  if (server.file !== undefined) rows.push(['file', shortPath(server.file, context.env)]);
  const { options } = await locateTarget(context, flags);
  const remove = shellWords(['mcp-hub', 'remove', ...options, server.name]);
  return `${printable(server.name)}\n${columns(rows, '  ')}\nTo remove this server, run: ${printable(remove)}\n`;
};

const loginText = ({ issuer, scope, expiresAt, isRenewed }: LoginStatus): string => {
  const end = isRenewed ? 'renews itself' : expiresAt === undefined ? 'no known end' : `until ${expiresAt}`;
  return printable([`by ${issuer}`, ...(scope === '' ? [] : [`for ${scope}`]), end].join(', '));
};

const transportRows = (transport: DeclaredTransport): string[][] => {
  if (transport.type !== 'stdio') {
    return [
      ['type', transport.type],
      ['url', printable(transport.url)],
      ...tableRows('header', transport.headers, ': '),
    ];
  }
  const cwd = transport.cwd === undefined ? [] : [['cwd', printable(transport.cwd)]];
  const command = ['command', commandLine([transport.command, ...transport.args])];
  return [['type', transport.type], command, ...cwd, ...tableRows('env', transport.env, '=')];
};

const tableRows = (title: string, table: Readonly<Record<string, string>>, separator: string): string[][] =>
  Object.entries(table).map(([key, value]) => [title, printable(`${key}${separator}${value}`)]);
