import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { CLIENTS, clientOf } from '../../config/clients/all-clients.ts';
import type { ClientDefinition } from '../../config/clients/client.ts';
import { existingFiles, placesOf } from '../../config/clients/client-paths.ts';
import { closest } from '../../config/closest.ts';
import { readText } from '../../config/read-text.ts';
import { HubError } from '../../errors/hub-error.ts';
import { usage } from '../cli-errors.ts';
import type { CliContext } from '../context.ts';
import { shortPath } from '../format.ts';
import { clientWords, machineOf } from './client-machine.ts';
import { type Collected, collectFromClient, collectFromText, joined } from './collect-servers.ts';

export interface Gathered extends Collected {
  /** Files that could not be read, while no client was named. */
  readonly unreadable: readonly { readonly path: string; readonly message: string }[];
  /** Files that were read. */
  readonly files: readonly string[];
}

/**
 * The servers of the clients, files and standard input (`-`) that the words name; of all clients where there are none.
 * What was named has to be there and to be readable; of all clients, what cannot be read is told beside the rest.
 */
export const gather = async (context: CliContext, words: readonly string[]): Promise<Gathered> => {
  if (words.length === 0) return gatherAll(context);
  const parts: Collected[] = [];
  const files: string[] = [];
  for (const word of words) {
    const { part, read } = await gatherWord(context, word);
    parts.push(part);
    files.push(...read);
  }
  return { ...joined(parts), files, unreadable: [] };
};

const gatherAll = async (context: CliContext): Promise<Gathered> => {
  const parts: Collected[] = [];
  const files: string[] = [];
  const unreadable: { path: string; message: string }[] = [];
  for (const located of CLIENTS.flatMap((client) => existingFiles(client, machineOf(context)))) {
    try {
      parts.push(await collectFromClient(located, context.cwd));
      files.push(located.path);
    } catch (error) {
      if (!(error instanceof HubError)) throw error;
      unreadable.push({ path: located.path, message: error.message });
    }
  }
  return { ...joined(parts), files, unreadable };
};

interface GatheredWord {
  readonly part: Collected;
  readonly read: readonly string[];
}

const gatherWord = async (context: CliContext, word: string): Promise<GatheredWord> => {
  if (word === '-') return { part: await collectFromText('-', await readInput(context)), read: ['-'] };
  const client = clientOf(word);
  if (client !== undefined) return gatherClient(context, client);
  const path = resolve(context.cwd, word);
  if (!existsSync(path)) {
    const meant = closest(word, clientWords());
    const hint = meant === undefined ? 'run: mcp-hub clients' : `did you mean "${meant}"?`;
    throw usage(`"${word}" is neither a client nor a file`, hint);
  }
  return { part: await collectFromText(path, readText(path).text), read: [path] };
};

const readInput = (context: CliContext): Promise<string> => {
  if (context.stdin.isTTY === true)
    throw usage('there is nothing on standard input', 'like this: mcp-hub import - < FILE');
  return readAll(context.stdin);
};

const gatherClient = async (context: CliContext, client: ClientDefinition): Promise<GatheredWord> => {
  const located = existingFiles(client, machineOf(context));
  if (located.length === 0) throw nowhere(context, client);
  const parts: Collected[] = [];
  for (const one of located) parts.push(await collectFromClient(one, context.cwd));
  return { part: joined(parts), read: located.map(({ path }) => path) };
};

/** A client that is not there, and where it was looked for. */
export const nowhere = (context: CliContext, client: ClientDefinition): HubError => {
  const places = placesOf(client, machineOf(context)).map((path) => shortPath(path, context.env));
  return new HubError('NOT_FOUND', `${client.name} is not here: there is nothing at ${places.join(', ')}`, {
    hint: `a file elsewhere can be imported by its path; clients that are here: mcp-hub clients`,
  });
};
