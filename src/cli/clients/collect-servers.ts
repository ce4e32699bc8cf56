import { isRecord } from '../../config/client-shapes.ts';
import type { ClientDefinition } from '../../config/clients/client.ts';
import {
  type ClientEntry,
  clientEntries,
  parseClientText,
  readClientFile,
} from '../../config/clients/client-document.ts';
import type { LocatedFile } from '../../config/clients/client-paths.ts';
import { parseText } from '../../config/parse-text.ts';
import { findServers } from '../../config/server-entries.ts';
import { HubError } from '../../errors/hub-error.ts';
import { convertEntry } from './convert-entry.ts';
import type { FoundServer, RefusedServer, ServerSource } from './found-server.ts';

/** All that was found in files, in their order. */
export interface Collected {
  readonly servers: readonly FoundServer[];
  readonly refused: readonly RefusedServer[];
  /** How often the hub itself was met. */
  readonly hubs: number;
}

/** The servers of one file of a client; none where the file holds none. */
export const collectFromClient = async (located: LocatedFile, project: string): Promise<Collected> => {
  const { client, file, path } = located;
  const { text = '' } = readClientFile(path);
  const { value } = await parseClientText(path, text, file.format);
  const entries = clientEntries(value, file.servers);
  const isProjectFile = file.scope === 'project';
  return collect(entries, value, (entry) => sourceOf(entry, { client, path, isProjectFile, project }));
};

interface SourceOptions {
  readonly client?: ClientDefinition;
  readonly path: string;
  readonly isProjectFile: boolean;
  readonly project: string;
}

const sourceOf = (entry: ClientEntry, { project, ...options }: SourceOptions): ServerSource => {
  const own = entry.project ?? (options.isProjectFile ? project : undefined);
  return { ...options, name: entry.name, ...(own !== undefined && { project: own }) };
};

/**
 * The servers of a text in whichever client's shape it has.
 * @throws HubError `CONFIG_INVALID` with the place where it cannot be read, or holds no server.
 */
export const collectFromText = async (path: string, text: string): Promise<Collected> => {
  const label = path === '-' ? 'the input' : path;
  const format = /\.toml$/i.test(path) || (path === '-' && looksLikeToml(text)) ? 'toml' : undefined;
  const parsed = format === undefined ? await parseText(label, text) : await parseClientText(label, text, format);
  const problem = parsed.problems.find(({ severity }) => severity === 'error');
  if (problem !== undefined) {
    const place = problem.place === undefined ? '' : `:${problem.place.line}:${problem.place.column}`;
    throw new HubError('CONFIG_INVALID', `cannot read ${label}${place}: ${problem.message}`, {
      hint: 'correct it first',
    });
  }
  const root = isRecord(parsed.value) ? parsed.value : {};
  // The file of Claude Code has servers of projects beside those of the user.
  const ofProjects = clientEntries(root, [['projects', '*', 'mcpServers']]);
  const entries: readonly ClientEntry[] = [...findServers(root).entries, ...ofProjects];
  if (entries.length === 0) {
    throw new HubError('CONFIG_INVALID', `cannot import from ${label}: it holds no servers`, {
      hint: 'expected is the file of a client, or a block {"mcpServers": {...}}',
    });
  }
  return collect(entries, root, (entry) => sourceOf(entry, { path, isProjectFile: false, project: '' }));
};

const looksLikeToml = (text: string): boolean =>
  /^\s*\[+[\w."'-]+\]+\s*$/m.test(text) && !/^\s*[{[]\s*(?:["{[]|$)/.test(text);

const collect = async (
  entries: readonly ClientEntry[],
  root: unknown,
  sourceFor: (entry: ClientEntry) => ServerSource,
): Promise<Collected> => {
  const inputs = isRecord(root) ? root['inputs'] : undefined;
  const converted = await Promise.all(entries.map((entry) => convertEntry(entry, sourceFor(entry), inputs)));
  return {
    servers: converted.flatMap((one) => (one.kind === 'server' ? [one.server] : [])),
    refused: converted.flatMap((one) => (one.kind === 'refused' ? [one.refused] : [])),
    hubs: converted.filter(({ kind }) => kind === 'hub').length,
  };
};

/** Several collections as one, in their order. */
export const joined = (parts: readonly Collected[]): Collected => ({
  servers: parts.flatMap(({ servers }) => servers),
  refused: parts.flatMap(({ refused }) => refused),
  hubs: parts.reduce((sum, { hubs }) => sum + hubs, 0),
});
