import { valueHash } from '../utils/value-hash.ts';
import { isRecord } from './client-shapes.ts';
import { type DeclaredTransport, normaliseEntry } from './normal-entry.ts';
import type { ParsedText } from './parse-text.ts';
import { createProblemList } from './problem-list.ts';
import { findServers } from './server-entries.ts';

/** What a person has agreed to in a project's configuration. Nothing of a value can be told from it. */
export interface Approval {
  /** SHA-256 of what each server runs or asks: command, arguments, directory, URL, variables and headers as they are declared. */
  readonly servers: Readonly<Record<string, string>>;
  /** SHA-256 of the `hub` block and of `inputs`. */
  readonly settings: string;
}

/** A server of a project, as it would run. */
export interface ProjectServer {
  readonly name: string;
  readonly transport: DeclaredTransport;
}

/** The servers that could be served; names that stand twice are given twice. */
export const projectServers = async ({ value }: ParsedText): Promise<readonly ProjectServer[]> => {
  if (!isRecord(value)) return [];
  const servers: ProjectServer[] = [];
  for (const entry of findServers(value).entries) {
    const transport = (await normaliseEntry(entry, createProblemList(undefined)))?.transport;
    if (transport !== undefined) servers.push({ name: entry.name, transport });
  }
  return servers;
};

/**
 * The approval that would cover a file as it is now. Values of variables count as they are declared: a program can be made to
 * do anything by `NODE_OPTIONS` or `LD_PRELOAD`, while a new token behind a reference changes nothing.
 */
export const approvalOf = async (parsed: ParsedText): Promise<Approval> => {
  const byName = Map.groupBy(await projectServers(parsed), ({ name }) => name);
  const { hub, inputs } = isRecord(parsed.value) ? parsed.value : {};
  return {
    servers: Object.fromEntries(
      [...byName].map(([name, servers]) => [name, valueHash(servers.map(({ transport }) => transport))]),
    ),
    settings: valueHash([hub ?? null, inputs ?? null]),
  };
};

/** What a file holds that was not agreed to, in words; empty where all was. Less than was agreed to is no change. */
export const changesSince = (approved: Approval, now: Approval): readonly string[] => [
  ...Object.entries(now.servers).flatMap(([name, digest]) => {
    const before = Object.hasOwn(approved.servers, name) ? approved.servers[name] : undefined;
    if (before === digest) return [];
    return [before === undefined ? `server "${name}" is new` : `server "${name}" was changed`];
  }),
  ...(approved.settings === now.settings ? [] : ['its "hub" settings were changed']),
];
