import { isDeepStrictEqual } from 'node:util';
import { HubError } from '../../errors/hub-error.ts';
import { isRecord, SERVER_CONTAINERS } from '../client-shapes.ts';
import { type KeyPath, type ParsedText, parseText } from '../parse-text.ts';
import { readText } from '../read-text.ts';
import { type ServerEntry, valueAt } from '../server-entries.ts';
import type { ClientFormat } from './client.ts';

/** A client's file as it is on the disk. */
export interface ClientText {
  readonly path: string;
  /** Undefined where there is no such file. */
  readonly text: string | undefined;
  readonly hasByteOrderMark: boolean;
}

/** A server of a client, and the folder that it belongs to where it belongs to one alone. */
export interface ClientEntry extends ServerEntry {
  readonly project?: string;
}

/** Claude Code keeps its servers beside all that it remembers. */
const MAX_CLIENT_BYTES = 64 * 1024 * 1024;

/**
 * Reads a client's file.
 * @throws HubError `CONFIG_INVALID` where it cannot be read, or is encoded so that it could not be written back.
 */
export const readClientFile = (path: string): ClientText => {
  try {
    const { text, encoding } = readText(path, MAX_CLIENT_BYTES);
    if (encoding !== 'utf-16') return { path, text, hasByteOrderMark: encoding === 'utf-8-bom' };
  } catch (error) {
    const { code } = ((error as HubError).cause ?? {}) as NodeJS.ErrnoException;
    if (code === 'ENOENT') return { path, text: undefined, hasByteOrderMark: false };
    throw error;
  }
  throw new HubError('CONFIG_INVALID', `cannot use ${path}: it is encoded in UTF-16`, { hint: 'save it as UTF-8' });
};

/**
 * Parses a client's text.
 * @throws HubError `CONFIG_INVALID` with file, line and column where it has a syntax error.
 */
export const parseClientText = async (path: string, text: string, format: ClientFormat): Promise<ParsedText> => {
  const parsed = await parseAs(path, text, format);
  const problem = parsed.problems.find(({ severity }) => severity === 'error');
  if (problem) {
    const { line, column } = problem.place ?? { line: 1, column: 1 };
    throw new HubError('CONFIG_INVALID', `cannot read ${path}:${line}:${column}: ${problem.message}`, { hint: FIX });
  }
  if (parsed.value !== undefined && parsed.value !== null && !isRecord(parsed.value))
    throw new HubError('CONFIG_INVALID', `cannot read ${path}: it does not hold an object`, { hint: FIX });
  return parsed;
};

const FIX = 'correct the file first; nothing was changed';

/** The servers of a parsed file, below the keys where its client keeps them. */
export const clientEntries = (root: unknown, servers: readonly KeyPath[]): readonly ClientEntry[] =>
  servers.flatMap((path) => entriesBelow(root, path, []));

const entriesBelow = (root: unknown, path: KeyPath, before: KeyPath): readonly ClientEntry[] => {
  const star = path.indexOf('*');
  if (star !== -1) {
    const above = [...before, ...path.slice(0, star)];
    const holder = valueAt(root, above);
    return Object.keys(isRecord(holder) ? holder : {}).flatMap((key) =>
      entriesBelow(root, path.slice(star + 1), [...above, key]).map((entry) => ({ ...entry, project: key })),
    );
  }
  const whole = [...before, ...path];
  const holder = valueAt(root, whole);
  const container = SERVER_CONTAINERS.find((known) => isDeepStrictEqual(known.path, path)) ?? {
    path: path.map(String),
    when: 'always',
  };
  if (Array.isArray(holder))
    return holder.map((value: unknown, index) => ({
      name: isRecord(value) && typeof value['name'] === 'string' ? value['name'] : '',
      path: [...whole, index],
      value,
      container,
    }));
  // What opencode 2 keeps at mcp.servers is no server of mcp.
  return Object.entries(isRecord(holder) ? holder : {})
    .filter(([name, value]) => isRecord(value) && !(container.path.at(-1) === 'mcp' && name === 'servers'))
    .map(([name, value]) => ({ name, path: [...whole, name], value, container }));
};

const parseAs = async (path: string, text: string, format: ClientFormat): Promise<ParsedText> => {
  if (format === 'toml') return (await import('../parse-toml.ts')).parseToml(path, text);
  // The format is the client's, whatever the file is called: a file named by a variable may be called anything.
  if (format === 'yaml') return (await import('../parse-yaml.ts')).parseYaml(path, text);
  return parseText(path.endsWith('.json') ? path : `${path}.json`, text).then((parsed) => ({ ...parsed, file: path }));
};
