import { isNameOfSecretValue } from '../utils/secret-name.ts';
import { valueHash } from '../utils/value-hash.ts';
import { isRecord } from './client-shapes.ts';
import { lookUp, MAX_VALUE_BYTES, parseEnvFile } from './environment.ts';
import { resolveUserPath } from './home-directory.ts';
import { outsideReferences } from './interpolate.ts';
import { type NormalEntry, normaliseEntry } from './normal-entry.ts';
import { createProblemList } from './problem-list.ts';
import type { ProjectSource } from './project-source.ts';
import { findServers, valueAt } from './server-entries.ts';
import { isSteering } from './steering-variable.ts';

/** What a person has agreed to in a project's configuration. */
export interface Approval {
  /** SHA-256 of what each server runs or asks, and of the folder that it runs in. */
  readonly servers: Readonly<Record<string, string>>;
  /** SHA-256 of the `hub` block and of `inputs`. */
  readonly settings: string;
}

/** Something that a configuration takes from a file beside it. */
export interface TakenValue {
  /** Absolute. */
  readonly file: string;
  /** The variable of `hub.envFile`; undefined: the whole text of the file. */
  readonly variable: string | undefined;
  /** Undefined where the file cannot be read. */
  readonly value: string | undefined;
}

/** A server of a project, as it would run. */
export interface ProjectServer extends NamedEntry {
  /** What the `hub` block says of it; undefined: nothing. */
  readonly settings: unknown;
  /** The variables that `hub.envFile` has. */
  readonly fileVariables: ReadonlySet<string>;
  /** What decides what it does, and stands in another file. */
  readonly taken: readonly TakenValue[];
}

/** The servers that could be served; names that stand twice are given twice. */
export const projectServers = async (project: ProjectSource, env: NodeJS.ProcessEnv): Promise<ProjectServer[]> => {
  const take = createTaker(project, env);
  const { value } = project.parsed;
  const settingsOf = (name: string): unknown => valueAt(value, ['hub', 'servers', name]);
  const fileVariables = new Set(Object.keys(envFileVariables(project, env) ?? {}));
  return (await entriesOf(project)).map((entry) => ({
    ...entry,
    settings: settingsOf(entry.name),
    fileVariables,
    taken: take([entry.transport, entry.auth]),
  }));
};

/**
 * The approval that would cover a project as it is now. For each server: command, arguments, directory, URL, variables and
 * headers as they are declared, its login, which tools are shown, and the project's folder. Values of variables count: a
 * program can be made to do anything by `NODE_OPTIONS` or `LD_PRELOAD`.
 *
 * What is filled in from another file counts as well, `${file:PATH}` or a variable of `hub.envFile`, wherever that file is:
 * otherwise a change of it would be a change of the command. Of the value of a variable or header whose name says that the
 * value is a secret itself only the file counts that it is from, with all links followed, so that a new token is not asked
 * about. `SECRET_FILE` or `TOKEN_URL` is no such name.
 */
export const approvalOf = async (project: ProjectSource, env: NodeJS.ProcessEnv): Promise<Approval> => {
  const take = createTaker(project, env);
  const { value } = project.parsed;
  const { hub = null, inputs = null } = isRecord(value) ? value : {};
  const byName = Map.groupBy(await entriesOf(project), ({ name }) => name);
  const parts = ({ transport, auth, include, exclude }: NamedEntry): unknown => {
    const declared = [transport, auth ?? null];
    return [declared, include ?? null, exclude, take(declared).map(digestible), secretFiles(declared, project, env)];
  };
  const settings = [nullIfEmpty(hub), nullIfEmpty(inputs), take(hub).map(digestible), secretFiles(hub, project, env)];
  return {
    servers: Object.fromEntries(
      [...byName].map(([name, entries]) => [name, valueHash([project.folder, ...entries.map(parts)])]),
    ),
    settings: valueHash(settings),
  };
};

/** An empty block says what a missing one does. */
const nullIfEmpty = (value: unknown): unknown =>
  (isRecord(value) || Array.isArray(value)) && Object.keys(value).length === 0 ? null : value;

const digestible = ({ file, variable, value }: TakenValue): unknown => [file, variable ?? null, value ?? null];

/** What a file holds that was not agreed to, in words; empty where all was. Less than was agreed to is no change. */
export const changesSince = (approved: Approval, now: Approval): readonly string[] => [
  ...Object.entries(now.servers).flatMap(([name, digest]) => {
    const before = Object.hasOwn(approved.servers, name) ? approved.servers[name] : undefined;
    if (before === digest) return [];
    return [before === undefined ? `server "${name}" is new` : `server "${name}" was changed`];
  }),
  ...(approved.settings === now.settings ? [] : ['its "hub" settings were changed']),
];

interface NamedEntry extends NormalEntry {
  readonly name: string;
}

const entriesOf = async ({ parsed: { value } }: ProjectSource): Promise<readonly NamedEntry[]> => {
  if (!isRecord(value)) return [];
  const entries: NamedEntry[] = [];
  for (const entry of findServers(value).entries) {
    const normal = await normaliseEntry(entry, createProblemList(undefined));
    if (normal !== undefined) entries.push({ name: entry.name, ...normal });
  }
  return entries;
};

/** Finds what a value takes from other files, each once, in the order of the value; secrets are left out. */
const createTaker = (project: ProjectSource, env: NodeJS.ProcessEnv): ((value: unknown) => TakenValue[]) => {
  const envFile = envFileOf(project, env);
  const variables = envFileVariables(project, env);
  const takenBy = (text: string): TakenValue[] =>
    outsideReferences(text).flatMap(({ kind, name }): TakenValue[] => {
      if (kind === 'file') {
        const file = resolveUserPath(name, project.folder, env);
        return [{ file, variable: undefined, value: textOf(project, file, MAX_VALUE_BYTES) }];
      }
      const value = variables && lookUp(variables, name);
      return envFile === undefined || value === undefined ? [] : [{ file: envFile, variable: name, value }];
    });
  return (value) => {
    const all = textsOf(value).flatMap(({ key, text }) => (isSecretOnly(key) ? [] : takenBy(text)));
    return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
  };
};

/** The files that secrets in a value are taken from, with what they lead to: a link must not come to lead to another secret. */
const secretFiles = (value: unknown, project: ProjectSource, env: NodeJS.ProcessEnv): readonly unknown[] => {
  const envFile = envFileOf(project, env);
  return textsOf(value)
    .filter(({ key }) => isSecretOnly(key))
    .flatMap(({ text }) => outsideReferences(text))
    .map(({ kind, name }) => (kind === 'file' ? resolveUserPath(name, project.folder, env) : envFile))
    .map((file) => (file === undefined ? null : [file, project.targetOf(file)]));
};

/** Undefined where it cannot be read. */
const textOf = ({ read }: ProjectSource, file: string, maxBytes?: number): string | undefined => {
  try {
    return read(file, maxBytes).text;
  } catch {
    return undefined;
  }
};

const envFileVariables = (project: ProjectSource, env: NodeJS.ProcessEnv): Record<string, string> | undefined => {
  const file = envFileOf(project, env);
  return file === undefined ? undefined : parseEnvFile(textOf(project, file) ?? '');
};

const envFileOf = ({ parsed: { value }, folder }: ProjectSource, env: NodeJS.ProcessEnv): string | undefined => {
  const hub = isRecord(value) && isRecord(value['hub']) ? value['hub'] : {};
  const { envFile } = hub;
  return typeof envFile === 'string' ? resolveUserPath(envFile, folder, env) : undefined;
};

const isSecretOnly = (key: string): boolean => isNameOfSecretValue(key) && !isSteering(key);

interface KeyedText {
  /** The nearest key around the text. */
  readonly key: string;
  readonly text: string;
}

const textsOf = (value: unknown, key = ''): readonly KeyedText[] => {
  if (typeof value === 'string') return [{ key, text: value }];
  if (Array.isArray(value)) return value.flatMap((one) => textsOf(one, key));
  return isRecord(value) ? Object.entries(value).flatMap(([name, one]) => textsOf(one, name)) : [];
};
