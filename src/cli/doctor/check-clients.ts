import { type ClientState, clientStates } from '../clients/client-states.ts';
import { plural, shortPath } from '../format.ts';
import type { Check, Examination, Finding } from './check.ts';

/** Whether the clients on this machine have the hub: what it serves is of use only through one. Their files are only read. */
export const checkClients: Check = {
  name: 'clients',
  section: 'Clients',
  find: async ({ context }) => {
    const here = (await clientStates(context)).filter(({ state }) => state !== 'absent');
    const isRegistered = here.some(({ state }) => state === 'registered');
    if (here.length === 0) return [NONE];
    return here.map((client) => findingOf(client, isRegistered, context));
  },
};

const NONE: Finding = {
  state: 'ok',
  message: 'no client is found here; the hub can be registered in any by hand',
};

/** A client without the hub may be meant so; that none has it is hardly meant. */
const findingOf = (
  { client, state, servers, problem, registeredIn, path }: ClientState,
  isRegistered: boolean,
  { env }: Examination['context'],
): Finding => {
  const details = { client: client.id, path: registeredIn[0] ?? path, servers };
  const fix = `mcp-hub install ${client.id}`;
  switch (state) {
    case 'broken':
      return {
        state: 'warning',
        message: `${client.name}: ${problem ?? 'its file cannot be read'}`,
        fix: `correct ${shortPath(path, env)}`,
        details,
      };
    case 'registered': {
      const file = shortPath(details.path, env);
      if (servers === 0) return { state: 'ok', message: `${client.name} has the hub (${file})`, details };
      const message = `${client.name} has the hub, and ${plural(servers, 'server')} beside it (${file})`;
      return { state: 'ok', message, details };
    }
    default:
      return isRegistered
        ? { state: 'ok', message: `${client.name} does not have the hub; to give it: ${fix}`, details }
        : { state: 'warning', message: `${client.name} does not have the hub`, fix, details };
  }
};
