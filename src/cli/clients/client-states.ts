import { CLIENTS } from '../../config/clients/all-clients.ts';
import type { ClientDefinition } from '../../config/clients/client.ts';
import { clientEntries, parseClientText, readClientFile } from '../../config/clients/client-document.ts';
import { existingFiles, isInstalled, type LocatedFile, targetFile } from '../../config/clients/client-paths.ts';
import { HubError } from '../../errors/hub-error.ts';
import type { CliContext } from '../context.ts';
import { machineOf } from './client-machine.ts';
import { hubEntries } from './without-hub.ts';

/** What is known of a client on this machine. */
export interface ClientState {
  readonly client: ClientDefinition;
  /** `registered`: the hub is in one of its files. `broken`: its own file cannot be read. */
  readonly state: 'registered' | 'found' | 'broken' | 'absent';
  /** The file that the hub is, or would be, written into. */
  readonly path: string;
  /** Files of the user and of this folder that name the hub. */
  readonly registeredIn: readonly string[];
  /** Its own servers in all its files, the hub not counted. */
  readonly servers: number;
  /** Why its file cannot be read. */
  readonly problem?: string;
}

/** All clients that are known, as they are on this machine. */
export const clientStates = (context: CliContext): Promise<readonly ClientState[]> =>
  Promise.all(CLIENTS.map((client) => clientState(context, client)));

const clientState = async (context: CliContext, client: ClientDefinition): Promise<ClientState> => {
  const machine = machineOf(context);
  const path = targetFile(client, 'user', machine)?.path ?? '';
  const registeredIn: string[] = [];
  let servers = 0;
  let problem: string | undefined;
  for (const located of existingFiles(client, machine)) {
    try {
      const { own, hubs } = await countIn(located);
      servers += own;
      if (hubs > 0) registeredIn.push(located.path);
    } catch (error) {
      if (!(error instanceof HubError)) throw error;
      problem ??= error.message;
    }
  }
  const isHere = isInstalled(client, machine) || servers > 0 || registeredIn.length > 0;
  const state =
    problem === undefined ? (registeredIn.length > 0 ? 'registered' : isHere ? 'found' : 'absent') : 'broken';
  return { client, state, path, registeredIn, servers, ...(problem !== undefined && { problem }) };
};

const countIn = async ({ path, file }: LocatedFile): Promise<{ own: number; hubs: number }> => {
  const { value } = await parseClientText(path, readClientFile(path).text ?? '', file.format);
  const entries = clientEntries(value, file.servers);
  const hubs = (await hubEntries(entries)).length;
  return { own: entries.length - hubs, hubs };
};
