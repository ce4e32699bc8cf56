import { printable } from '../../utils/printable.ts';
import { type ClientState, clientStates } from '../clients/client-states.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { columns, plural, shortPath } from '../format.ts';
import { jsonText } from '../json-text.ts';

/** `clients`: which clients are here, and in which the hub is registered. */
export const runClients = async (context: CliContext, flags: { readonly json?: boolean }): Promise<number> => {
  const states = await clientStates(context);
  if (flags.json === true) context.out(jsonText({ schemaVersion: 1, clients: states.map(clientObject) }));
  else context.out(clientTable(states, context));
  return EXIT.ok;
};

/** The table of clients, with those that are not here in one line below it. */
export const clientTable = (states: readonly ClientState[], context: CliContext): string => {
  const here = states.filter(({ state }) => state !== 'absent');
  const absent = states.filter(({ state }) => state === 'absent').map(({ client }) => client.id);
  const rows = here.map(({ client, state, servers, path, registeredIn }) => [
    client.id,
    STATE_WORDS[state],
    state === 'broken' ? '-' : String(servers),
    printable(shortPath(registeredIn[0] ?? path, context.env)),
  ]);
  const table = rows.length === 0 ? '' : columns([['CLIENT', 'HUB', 'SERVERS', 'FILE'], ...rows]);
  const problems = here.flatMap(({ problem }) => (problem === undefined ? [] : [`  ${printable(problem)}\n`])).join('');
  const others = absent.length === 0 ? '' : `not found: ${absent.join(', ')}\n`;
  return table + problems + others + nextText(here);
};

const STATE_WORDS: Readonly<Record<ClientState['state'], string>> = {
  registered: 'registered',
  found: 'no',
  broken: 'unreadable',
  absent: '-',
};

/** One step for all that are open: the servers that they have go behind the hub with it. */
const nextText = (here: readonly ClientState[]): string => {
  const open = here.filter(({ state }) => state === 'found');
  if (open.length === 0) return '';
  const command = `mcp-hub install ${open.map(({ client }) => client.id).join(' ')}`;
  const servers = open.reduce((sum, one) => sum + one.servers, 0);
  if (servers === 0) return `  next  ${command}\n`;
  const whose = open.length === 1 ? 'its' : 'their';
  return `  next  ${command} --replace-servers\n        (${whose} ${plural(servers, 'server')} then stand behind the hub; an undo is printed)\n`;
};

const clientObject = ({ client, state, path, registeredIn, servers, problem }: ClientState): object => ({
  id: client.id,
  name: client.name,
  state,
  path,
  registeredIn,
  servers,
  ...(problem === undefined ? {} : { problem }),
});
