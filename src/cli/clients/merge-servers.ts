import type { ConfigDocument } from '../../config/document.ts';
import { valueHash } from '../../utils/value-hash.ts';
import { convertEntry } from './convert-entry.ts';
import type { FoundServer, ServerSource } from './found-server.ts';

/** A server to import, once, whoever has it. */
export interface ImportServer extends Omit<FoundServer, 'source'> {
  readonly sources: readonly ServerSource[];
  /**
   * `new`: the configuration does not have it. `same`: it does, under the name in `knownAs`. `differs`: it has another server
   * of that name.
   */
  readonly state: 'new' | 'same' | 'differs';
  readonly knownAs?: string;
}

/**
 * Every server once: equal ones of several clients are one, and different ones of one name get names of their own.
 * The first keeps its name.
 */
export const mergeServers = async (
  found: readonly FoundServer[],
  document: ConfigDocument,
): Promise<readonly ImportServer[]> => {
  const known = await knownServers(document);
  const merged: ImportServer[] = [];
  for (const server of withSafeInputs(found, document.inputs())) {
    const hash = hashOf(server);
    const index = merged.findIndex((other) => hashOf(other) === hash);
    const twin = merged[index];
    if (twin !== undefined) {
      const sources = [...twin.sources, server.source];
      merged[index] = { ...twin, sources, notes: [...new Set([...twin.notes, ...server.notes])] };
      continue;
    }
    merged.push(named(server, merged, known));
  }
  return merged;
};

interface KnownServer {
  readonly name: string;
  readonly hash: string;
}

/** The servers that are configured already, in the same words. */
const knownServers = async (document: ConfigDocument): Promise<readonly KnownServer[]> => {
  const source: ServerSource = { path: document.file, name: '', isProjectFile: false };
  const servers = await Promise.all(
    document.serverNames().map(async (name) => {
      const container = { path: ['mcpServers'], when: 'always' } as const;
      const entry = { name, path: [...container.path, name], value: document.getServer(name), container };
      const converted = await convertEntry(entry, source, []);
      return { name, hash: converted.kind === 'server' ? valueHash(bare(converted.server.entry)) : '' };
    }),
  );
  return servers;
};

const named = (server: FoundServer, merged: readonly ImportServer[], known: readonly KnownServer[]): ImportServer => {
  const { source, ...rest } = server;
  const hash = valueHash(bare(server.entry));
  const same = known.find((one) => one.hash === hash);
  const plain = safeName(server.name);
  const isTaken = (name: string): boolean => merged.some((other) => other.name.toLowerCase() === name.toLowerCase());
  const name = isTaken(plain) ? freeName(plain, source, isTaken) : plain;
  const differs = known.some((one) => one.name === name);
  return {
    ...rest,
    name,
    sources: [source],
    notes: [...renameNotes(server, plain, name), ...server.notes],
    ...(same === undefined ? { state: differs ? 'differs' : 'new' } : { state: 'same', knownAs: same.name }),
  };
};

const hashOf = ({ entry, settings }: Pick<FoundServer, 'entry' | 'settings'>): string => valueHash([entry, settings]);

/** A server is the same whether or not it is switched off. */
const bare = ({ disabled: _, ...entry }: Readonly<Record<string, unknown>>): object => entry;

/** The longest name that `add` would take too. */
const MAX_LENGTH = 40;

/** A name that can be typed: of `io.github.someone/server` the last part. */
const safeName = (name: string): string => {
  const last = /^[\w.-]+\/[\w./-]*[\w]$/.test(name) ? (name.split('/').at(-1) ?? name) : name;
  const plain = last.replaceAll(/[^A-Za-z0-9_-]+/g, '-').replaceAll(/^[_-]+|[_-]+$/g, '');
  return plain.slice(0, MAX_LENGTH) || 'server';
};

const freeName = (name: string, source: ServerSource, isTaken: (name: string) => boolean): string => {
  const base = source.client === undefined ? name : `${name}-${source.client.id}`;
  if (source.client !== undefined && !isTaken(base)) return base;
  for (let number = 2; ; number++) if (!isTaken(`${base}-${number}`)) return `${base}-${number}`;
};

const renameNotes = ({ name: own, source }: FoundServer, plain: string, name: string): readonly string[] => {
  if (name !== plain)
    return [
      `"${own}" of ${source.client?.name ?? source.path} is another server than the first of that name; it is called ${name}`,
    ];
  return plain === own ? [] : [`"${own}" is called ${plain}`];
};

const withInput = (entry: FoundServer['entry'], id: string, own: string): FoundServer['entry'] =>
  JSON.parse(JSON.stringify(entry).replaceAll(`\${input:${id}}`, `\${input:${own}}`)) as FoundServer['entry'];

/** Inputs of one id that ask for different things get ids of their own, in the entries too. */
const withSafeInputs = (found: readonly FoundServer[], existing: readonly unknown[]): readonly FoundServer[] => {
  const owners = new Map<string, string>();
  for (const input of existing) owners.set(String((input as { id?: unknown } | null)?.id), valueHash(input));
  return found.map((server) => {
    let { entry } = server;
    const inputs = server.inputs.map((input) => {
      const id = String(input['id']);
      let own = id;
      for (
        let number = 2;
        (owners.get(own) ?? valueHash({ ...input, id: own })) !== valueHash({ ...input, id: own });
        number++
      )
        own = `${id}-${number}`;
      owners.set(own, valueHash({ ...input, id: own }));
      if (own !== id) entry = withInput(entry, id, own);
      return { ...input, id: own };
    });
    return { ...server, entry, inputs };
  });
};
