import type { LocatedFile } from '../../config/clients/client-paths.ts';
import type { ConfigDocument } from '../../config/document.ts';
import type { NewServer } from '../add-servers.ts';
import type { CliContext } from '../context.ts';
import { collectFromClient } from './collect-servers.ts';
import type { RefusedServer } from './found-server.ts';
import { mergeServers } from './merge-servers.ts';

export interface ServerMove {
  /** Names in the client's file of the servers that the hub has, or is going to have. */
  readonly movable: ReadonlySet<string>;
  /** What the configuration lacks of them. */
  readonly fresh: readonly NewServer[];
  readonly refused: readonly RefusedServer[];
  readonly notes: readonly string[];
}

/** What has to be written into the configuration before a client's own servers can go from its file. */
export const planMove = async (
  context: CliContext,
  files: readonly LocatedFile[],
  document: ConfigDocument,
): Promise<ReadonlyMap<LocatedFile, ServerMove>> => {
  const moves = new Map<LocatedFile, ServerMove>();
  const collected = [];
  for (const located of files.filter(({ exists }) => exists)) {
    const first = { ...located, file: { ...located.file, servers: located.file.servers.slice(0, 1) } };
    collected.push({ located, ...(await collectFromClient(first, context.cwd)) });
  }
  const merged = await mergeServers(
    collected.flatMap(({ servers }) => servers),
    document,
  );
  const taken = new Set([...document.serverNames(), ...merged.map(({ name }) => name)]);
  const written = new Set<string>();
  for (const { located, refused } of collected) {
    const own = merged.filter(({ sources }) => sources.some(({ path }) => path === located.path));
    const fresh: NewServer[] = [];
    const notes: string[] = [];
    for (const { name, state, entry, settings, inputs, sources, notes: told } of own) {
      notes.push(...told.map((note) => (note.startsWith('"') ? note : `${name}: ${note}`)));
      if (state === 'same' || written.has(name)) continue;
      written.add(name);
      // The configuration has another server of that name, which is not touched.
      const free = state === 'differs' ? freeName(`${name}-${sources[0]?.client?.id ?? 'own'}`, taken) : name;
      if (free !== name)
        notes.push(`the hub has another server "${name}"; the one of ${located.client.name} is called ${free}`);
      taken.add(free);
      fresh.push({ name: free, entry, settings, inputs });
    }
    const movable = own.flatMap(({ sources }) =>
      sources.filter(({ path }) => path === located.path).map(({ name }) => name),
    );
    moves.set(located, { movable: new Set(movable), fresh, refused, notes });
  }
  return moves;
};

const freeName = (name: string, taken: ReadonlySet<string>): string => {
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? name : `${name}-${number}`;
    if (!taken.has(candidate)) return candidate;
  }
};
