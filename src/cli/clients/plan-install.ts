import type { ClientDefinition, LaunchCommand } from '../../config/clients/client.ts';
import { type ClientEntry, parseClientText, readClientFile } from '../../config/clients/client-document.ts';
import { editClientText } from '../../config/clients/client-edit.ts';
import { isInstalled, type LocatedFile, targetFile } from '../../config/clients/client-paths.ts';
import { HubError } from '../../errors/hub-error.ts';
import { usage } from '../cli-errors.ts';
import type { CliContext } from '../context.ts';
import type { ClientChange } from './client-change.ts';
import { machineOf } from './client-machine.ts';
import { nowhere } from './gather.ts';
import { readRegistration } from './registration.ts';
import { hubEntries, ownEntries, withoutHub } from './without-hub.ts';

export interface InstallOptions {
  readonly launch: LaunchCommand;
  /** Default: the name that the hub has there, else `hub`. */
  readonly name: string | undefined;
  readonly scope: 'user' | 'project';
  /** Takes the client's own servers out of its file: those that `movable` lets go. */
  readonly replacesServers: boolean;
  /** Names of the servers that the hub can take over. */
  readonly movable: ReadonlySet<string>;
  /** Writes the file of a client that is not here. */
  readonly force: boolean;
}

export interface InstallPlan extends ClientChange {
  readonly name: string;
  /** Servers of the client that go behind the hub. */
  readonly moved: readonly string[];
  /** Servers of the client that stay in its file. */
  readonly kept: readonly string[];
}

/**
 * Where a client's file is.
 * @throws HubError `NOT_FOUND` where the client is not here, `USAGE` where it has no file of that scope.
 */
export const locateForInstall = (
  context: CliContext,
  client: ClientDefinition,
  { scope, force }: Pick<InstallOptions, 'scope' | 'force'>,
): LocatedFile => {
  const machine = machineOf(context);
  const located = targetFile(client, scope, machine);
  if (located === undefined)
    throw usage(`${client.name} has no files of projects`, `leave out --project: mcp-hub install ${client.id}`);
  if (scope === 'user' && !force && !isInstalled(client, machine)) {
    const missing = nowhere(context, client);
    throw new HubError('NOT_FOUND', missing.message, {
      hint: `start it once; to write its file all the same: --force`,
    });
  }
  return located;
};

/** What `install` would do to a client's file; nothing is written. */
export const planInstall = async (
  context: CliContext,
  located: LocatedFile,
  options: InstallOptions,
): Promise<InstallPlan> => {
  const { client, file, path } = located;
  const original = readClientFile(path);
  const registration = await readRegistration(context.env, client.id, path);
  const current = original.text;
  if (current !== undefined) await parseClientText(path, current, file.format);
  const known = current === undefined ? [] : await hubEntries(await ownEntries(located, current), registration);
  const before = current === undefined ? undefined : await withoutHub(located, current, registration);
  const entries = before === undefined ? [] : await ownEntries(located, before);
  const name = options.name ?? registration?.name ?? known[0]?.name ?? 'hub';
  if (entries.some((entry) => entry.name === name)) {
    throw new HubError('ALREADY_EXISTS', `cannot register the hub in ${client.name}: it has another server "${name}"`, {
      hint: `give the hub another name: mcp-hub install ${client.id} --name my-hub`,
    });
  }
  // What went behind the hub stays there when it is registered anew.
  const isMoved = ({ name: own }: ClientEntry): boolean =>
    registration?.moved.includes(own) === true || (options.replacesServers && options.movable.has(own));
  const moved = entries.filter(isMoved);
  const text = await editClientText(path, before ?? file.skeleton ?? '', file, {
    remove: moved.map((entry) => entry.path),
    add: { name, entry: client.entryOf(options.launch) },
  });
  const movedNames = moved.map((entry) => entry.name);
  return {
    client,
    located,
    original,
    text,
    name,
    moved: movedNames,
    kept: entries.filter((entry) => !moved.includes(entry)).map((entry) => entry.name),
    registration: { client: client.id, path, name, moved: movedNames, before, after: text },
  };
};
