import { isRecord } from '../config/client-shapes.ts';
import { locateConfig } from '../config/locate.ts';
import { type DeclaredTransport, normaliseEntry } from '../config/normal-entry.ts';
import { createProblemList } from '../config/problem-list.ts';
import { readSource } from '../config/read-source.ts';
import { findServers, valueAt } from '../config/server-entries.ts';
import type { CliContext, GlobalOptions } from './context.ts';
import { configOptions } from './load-servers.ts';

/** A server as a file has it, before anything is filled in: what can be shown without telling the values of variables. */
export interface DeclaredServer {
  readonly file: string;
  readonly entry: unknown;
  /** What `hub.servers` says about it. */
  readonly settings: unknown;
  /** Absent where the entry cannot be served. */
  readonly transport?: DeclaredTransport;
}

/** The servers of the configuration by their names, whichever client's shape the file has. Of two of a name the first counts. */
export const declaredServers = async (
  context: CliContext,
  flags: GlobalOptions,
): Promise<Map<string, DeclaredServer>> => {
  const parsed = await readSource(await locateConfig(configOptions(context, flags)));
  const servers = new Map<string, DeclaredServer>();
  if (parsed === undefined || !isRecord(parsed.value)) return servers;
  for (const entry of findServers(parsed.value).entries) {
    if (servers.has(entry.name)) continue;
    const transport = (await normaliseEntry(entry, createProblemList(undefined)))?.transport;
    const settings = valueAt(parsed.value, ['hub', 'servers', entry.name]);
    const declared = { file: parsed.file, entry: entry.value, settings };
    servers.set(entry.name, transport === undefined ? declared : { ...declared, transport });
  }
  return servers;
};
