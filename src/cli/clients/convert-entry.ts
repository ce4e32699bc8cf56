import { isAbsolute, resolve } from 'node:path';
import { FIELD_ALIASES, isRecord, KEYS_NOT_HONOURED, KEYS_OF_CLIENTS } from '../../config/client-shapes.ts';
import type { ClientEntry } from '../../config/clients/client-document.ts';
import { formatPath } from '../../config/key-path.ts';
import { type DeclaredTransport, type NormalEntry, normaliseEntry } from '../../config/normal-entry.ts';
import { createProblemList } from '../../config/problem-list.ts';
import { reasonOf } from '../server-status.ts';
import type { FoundServer, RefusedServer, ServerSource } from './found-server.ts';
import { ourReferences } from './our-references.ts';
import { isHub } from './recognise-hub.ts';

export type Converted =
  | { readonly kind: 'server'; readonly server: FoundServer }
  | { readonly kind: 'refused'; readonly refused: RefusedServer }
  | { readonly kind: 'hub' };

/**
 * An entry of a client as the hub would store it.
 * @param inputs what the file defines for `${input:ID}`.
 */
export const convertEntry = async (entry: ClientEntry, source: ServerSource, inputs: unknown): Promise<Converted> => {
  const value = ourReferences(unfold(entry.value), {
    expandsBareNames: source.client?.expandsBareNames === true,
    project: source.project,
  });
  const problems = createProblemList(undefined);
  const normal = await normaliseEntry({ ...entry, value }, problems);
  const told = problems.all().map(({ message }) => message.replace(`${formatPath(entry.path)}.`, ''));
  if (!normal) {
    const why = reasonOf(entry.name, told[0] ?? 'it cannot be served');
    return { kind: 'refused', refused: { name: entry.name, source, why } };
  }
  if (isHub(entry.name, normal.transport)) return { kind: 'hub' };
  const stored = storedEntry(normal, value, source.project);
  const server: FoundServer = {
    name: entry.name,
    entry: stored,
    settings: settingsOf(normal),
    inputs: usedInputs(stored, inputs),
    source,
    // The type is stored, so that nothing has to be guessed any more.
    notes: told.map((note) =>
      note.includes('is taken for HTTP+SSE') ? 'its address ends in /sse, so its type is sse' : note,
    ),
  };
  return { kind: 'server', server };
};

/** Older versions of Zed keep the command in an object, newer ones of Codex the variables. */
const unfold = (value: unknown): unknown => {
  if (!isRecord(value)) return value;
  const { command, env_vars: variables } = value;
  const names = Array.isArray(variables)
    ? variables.map((one: unknown) => (isRecord(one) ? one['name'] : one))
    : undefined;
  return {
    ...value,
    ...(isRecord(command) && { ...command, command: command['path'], path: undefined }),
    ...(names !== undefined && { env_vars: names }),
  };
};

const storedEntry = (normal: NormalEntry, value: unknown, project: string | undefined): Record<string, unknown> => ({
  ...transportMembers(normal.transport, project),
  ...otherMembers(value),
  ...(normal.enabled ? {} : { disabled: true }),
});

const transportMembers = (transport: DeclaredTransport, project: string | undefined): Record<string, unknown> => {
  if (transport.type !== 'stdio') {
    const { type, url, headers } = transport;
    return { type, url, ...(Object.keys(headers).length > 0 && { headers }) };
  }
  const { command, args, env } = transport;
  const cwd = folderOf(transport, project);
  return { command, args, ...(Object.keys(env).length > 0 && { env }), ...(cwd !== undefined && { cwd }) };
};

/** A server of one project runs in its folder, where that can make a difference. */
const folderOf = (
  { command, args, cwd }: DeclaredTransport & { type: 'stdio' },
  project?: string,
): string | undefined => {
  if (project === undefined) return cwd;
  if (cwd !== undefined) return isAbsolute(cwd) || /^~|\$\{/.test(cwd) ? cwd : resolve(project, cwd);
  return [command, ...args].some((word) => /^\.{1,2}(?:$|[/\\])/.test(word)) ? project : undefined;
};

const CONVERTED: readonly string[] = Object.values(FIELD_ALIASES).flat();

/** What the hub knows and what nobody knows stays; what belongs to the client alone is left with it. */
const otherMembers = (value: unknown): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(isRecord(value) ? value : {}).filter(
      ([key, member]) =>
        member !== undefined &&
        member !== null &&
        member !== false &&
        ![...CONVERTED, ...KEYS_OF_CLIENTS].includes(key) &&
        !Object.hasOwn(KEYS_NOT_HONOURED, key) &&
        !/^[$_/#]|^x-/.test(key),
    ),
  );

const settingsOf = ({ include, exclude, startMs, callMs }: NormalEntry): Record<string, unknown> => {
  const tools = { ...(include && { include }), ...(exclude.length > 0 && { exclude }) };
  const timeouts = { ...(startMs !== undefined && { startMs }), ...(callMs !== undefined && { callMs }) };
  return {
    ...(Object.keys(tools).length > 0 && { tools }),
    ...(Object.keys(timeouts).length > 0 && { timeouts }),
  };
};

const usedInputs = (entry: object, inputs: unknown): readonly Record<string, unknown>[] => {
  const used = new Set([...JSON.stringify(entry).matchAll(/\$\{input:([^}"]+)\}/g)].map(([, id]) => id));
  return (Array.isArray(inputs) ? inputs : []).filter(isRecord).filter(({ id }) => used.has(String(id)));
};
