import { isRecord } from '../config/client-shapes.ts';
import type { ConfigDocument } from '../config/document.ts';
import { HubError } from '../errors/hub-error.ts';
import { noSuchServer } from './cli-errors.ts';
import type { CliContext, GlobalOptions } from './context.ts';
import { type EditTarget, openTarget } from './edit-target.ts';
import { shellWords } from './format.ts';
import { type RemovedServer, restoreCommand } from './undo.ts';

export interface WriteFlags extends GlobalOptions {
  readonly scope?: string;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  /** False after `--no-check`. */
  readonly check: boolean;
  readonly json?: boolean;
}

export interface NewServer {
  readonly name: string;
  /** As it is stored. */
  readonly entry: unknown;
  /** Members of `hub.servers.NAME`; those that are there already stay. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** What the entry asks for with `${input:ID}`; default nothing. */
  readonly inputs?: readonly Readonly<Record<string, unknown>>[];
}

export interface AddedServers {
  readonly target: EditTarget;
  /** The command that takes everything back; absent after a dry run. */
  readonly undo?: string;
}

/**
 * Writes servers into the configuration, all or none.
 * @throws HubError `ALREADY_EXISTS` when a name is taken and `--force` is not there.
 */
export const addServers = async (
  context: CliContext,
  servers: readonly NewServer[],
  flags: WriteFlags,
): Promise<AddedServers> => {
  const target = await openTarget(context, flags);
  const { document } = target;
  const replaced = servers.flatMap(({ name }) => removedServer(document, name));
  const taken = replaced[0];
  if (taken !== undefined && flags.force !== true) {
    throw new HubError('ALREADY_EXISTS', `cannot add "${taken.name}": there is a server of that name already`, {
      hint: `look at it: mcp-hub get ${taken.name}, or replace it: --force`,
    });
  }
  for (const server of servers) writeServer(document, server);
  if (flags.dryRun === true) return { target };
  await document.save();
  return { target, undo: await undoCommand(context, servers, replaced, target.options) };
};

const writeServer = (document: ConfigDocument, { name, entry, settings, inputs = [] }: NewServer): void => {
  document.setServer(name, entry);
  const known = document.inputs();
  const fresh = inputs.filter(({ id }) => !known.some((input) => isRecord(input) && input['id'] === id));
  if (fresh.length > 0) document.setInputs([...known, ...fresh]);
  for (const [key, value] of Object.entries(settings)) document.setHub(['servers', name, key], value);
};

const undoCommand = async (
  context: CliContext,
  servers: readonly NewServer[],
  replaced: readonly RemovedServer[],
  options: readonly string[],
): Promise<string> => {
  const fresh = servers.map(({ name }) => name).filter((name) => !replaced.some((server) => server.name === name));
  const commands: string[] = [];
  if (fresh.length > 0) commands.push(shellWords(['mcp-hub', 'remove', ...options, ...fresh]));
  if (replaced.length > 0) commands.push(await restoreCommand(context, replaced, [...options, '--force']));
  return commands.join(' && ');
};

/** What a file says about a server, to bring it back; nothing where it says nothing. */
export const removedServer = (document: ConfigDocument, name: string): RemovedServer[] => {
  const entry = document.getServer(name);
  return entry === undefined ? [] : [{ name, entry, settings: document.getHub(['servers', name]) }];
};

/** @throws HubError `NOT_FOUND` with the names that there are, and why a project's file is not the one that was looked in. */
export const requireServer = (
  { document, ignoredBecause }: Pick<EditTarget, 'document' | 'ignoredBecause'>,
  name: string,
): unknown => {
  const entry = document.getServer(name);
  if (entry === undefined) throw noSuchServer(name, document.serverNames(), { ignoredBecause });
  return entry;
};
