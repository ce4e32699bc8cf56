import { randomBytes } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stateDirectory } from '../config/state-directory.ts';
import { printable } from '../utils/printable.ts';
import type { CliContext } from './context.ts';
import { shellWords, shortPath } from './format.ts';
import { redactEntry } from './redact-entry.ts';

/** A server that was removed or replaced, with what `hub.servers` said about it. */
export interface RemovedServer {
  readonly name: string;
  readonly entry: unknown;
  readonly settings: unknown;
}

/** The longest command that is printed whole. */
const MAX_INLINE = 400;

/**
 * The command that brings servers back. Where an entry holds a secret, or is long, it is kept in a file that only this
 * user can read (0600, in the state directory), and the command reads it from there: no secret is printed.
 * @param options options of the verb that decide which file is edited, and `--force` where something stands in the way.
 */
export const restoreCommand = async (
  context: CliContext,
  removed: readonly RemovedServer[],
  options: readonly string[],
): Promise<string> => {
  const block = JSON.stringify(blockOf(removed));
  const isOpen = JSON.stringify(redactEntry(blockOf(removed))) === block && printable(block) === block;
  const inline = shellWords(['mcp-hub', 'add-json', ...options, block]);
  if (isOpen && inline.length <= MAX_INLINE) return inline;
  const file = await keep(context.env, removed.map(({ name }) => name).join('-'), block);
  return `${shellWords(['mcp-hub', 'add-json', ...options, '-'])} < ${shellPath(file, context.env)}`;
};

const blockOf = (removed: readonly RemovedServer[]): object => {
  const settings = removed.filter((server) => server.settings !== undefined);
  const servers = Object.fromEntries(settings.map((server) => [server.name, server.settings]));
  return {
    mcpServers: Object.fromEntries(removed.map(({ name, entry }) => [name, entry])),
    ...(settings.length === 0 ? {} : { hub: { servers } }),
  };
};

const keep = async (env: NodeJS.ProcessEnv, name: string, block: string): Promise<string> => {
  const folder = join(stateDirectory(env), 'removed');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, `${name.replaceAll(/[^A-Za-z0-9_-]/g, '-').slice(0, 80)}.json`);
  const temporary = `${file}.${randomBytes(6).toString('hex')}`;
  await writeFile(temporary, `${block}\n`, { mode: 0o600, flag: 'wx' });
  await rename(temporary, file);
  return file;
};

/** `~` is read by a shell only where it is not quoted. */
const shellPath = (file: string, env: NodeJS.ProcessEnv): string => {
  const short = shortPath(file, env);
  return short.startsWith('~') ? `~${shellWords([short.slice(1)])}` : shellWords([short]);
};
