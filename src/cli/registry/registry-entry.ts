import { HubError } from '../../errors/hub-error.ts';
import type { ServerEntry } from '../server-entry.ts';
import { type Filling, fillInput, fillUrl } from './fill-input.ts';
import { canRun, packageCommand } from './package-command.ts';
import type { InputDetail, PackageDetail, RemoteDetail, ServerDetail } from './server-detail.ts';

/** What a server of the registry becomes in the configuration. */
export interface RegistryEntry {
  readonly entry: ServerEntry;
  /** `npm`, `pypi`, `oci`, `nuget`, or `remote`. */
  readonly kind: string;
  /** Inputs that need a value and have none; the entry is not complete while there is one. */
  readonly missing: readonly InputDetail[];
  /** Variables of the environment that it will read when it is started. */
  readonly references: readonly string[];
  /** Variables that it could be given besides. */
  readonly optional: readonly InputDetail[];
  /** Where its package comes from, where that is not the usual place. */
  readonly from?: string;
}

export interface RegistryEntryOptions {
  /** `npm`, `pypi`, `oci`, `nuget` or `remote`; default: the first of these that there is. */
  readonly kind?: string;
  /** Values by the name of an input. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  /** Variables that the person gives, by name; a reference where only the name was given. */
  readonly env: Readonly<Record<string, string>>;
  /** Put before names of variables that only the registry has chosen. */
  readonly prefix: string;
}

/** In which order a way to run a server is chosen: what runs here, before what is elsewhere. */
const PREFERENCE = ['npm', 'pypi', 'oci', 'nuget', 'remote'] as const;

/** The ways in which a server of the registry can be run, the preferred one first. */
export const kindsOf = ({ packages, remotes }: ServerDetail): string[] =>
  PREFERENCE.filter((kind) =>
    kind === 'remote'
      ? remotes.some(isUsableRemote)
      : packages.some((candidate) => candidate.registryType === kind && canRun(candidate)),
  );

/**
 * Makes the entry; nothing is asked, written or run.
 * @throws HubError `USAGE` for a kind that the server does not have, `REGISTRY_FAILED` for an entry that cannot be used
 */
export const toEntry = (server: ServerDetail, options: RegistryEntryOptions): RegistryEntry => {
  const kinds = kindsOf(server);
  const kind = options.kind ?? kinds[0];
  if (kind === undefined) throw nothingToRun(server);
  if (!kinds.includes(kind))
    throw new HubError('USAGE', `${server.name} has no package of ${kind}`, { hint: `it has: ${kinds.join(', ')}` });
  const filling: Filling = { values: options.values, prefix: options.prefix, missing: [], references: new Set() };
  if (kind === 'remote') return remoteEntry(server.remotes.find(isUsableRemote) as RemoteDetail, filling);
  const found = server.packages.find((candidate) => candidate.registryType === kind && canRun(candidate));
  return packageEntry(found as PackageDetail, filling, options.env);
};

const isUsableRemote = ({ type }: RemoteDetail): boolean => type === 'streamable-http' || type === 'sse';

const packageEntry = (
  detail: PackageDetail,
  filling: Filling,
  given: Readonly<Record<string, string>>,
): RegistryEntry => {
  const inputs = detail.environmentVariables.filter(({ name }) => /^[A-Za-z_]\w*$/.test(name));
  const env = environmentOf(inputs, filling, given);
  const passed = inputs.filter(({ name }) => Object.hasOwn(env, name));
  const { command, args } = packageCommand({ ...detail, environmentVariables: passed }, filling);
  return {
    entry: { command, args: [...args], ...(Object.keys(env).length === 0 ? {} : { env }) },
    kind: detail.registryType,
    missing: filling.missing,
    references: [...filling.references],
    optional: inputs.filter(({ name }) => !Object.hasOwn(env, name)),
    ...(detail.registryBaseUrl === undefined ? {} : { from: detail.registryBaseUrl }),
  };
};

/** What a server needs is taken from the person's own environment, under the server's own name for it. */
const environmentOf = (
  inputs: readonly InputDetail[],
  filling: Filling,
  given: Readonly<Record<string, string>>,
): Record<string, string> => {
  const env: Record<string, string> = { ...given };
  for (const input of inputs) {
    if (Object.hasOwn(env, input.name)) continue;
    const isFixed = input.value !== undefined || (input.default !== undefined && !input.isSecret);
    if (!isFixed && input.isRequired) {
      env[input.name] = `\${${input.name}}`;
      filling.references.add(input.name);
      continue;
    }
    const value = input.isRequired || input.value !== undefined ? fillInput(input, filling) : undefined;
    if (value !== undefined) env[input.name] = value;
  }
  return env;
};

const remoteEntry = ({ type, url, headers, variables }: RemoteDetail, filling: Filling): RegistryEntry => {
  const filled = fillUrl(url, variables, filling);
  const isComplete = filling.missing.length === 0;
  if (isComplete && !/^https?:\/\//i.test(filled))
    throw new HubError(
      'REGISTRY_FAILED',
      `the entry of the registry cannot be used: "${filled}" is no URL of http or https`,
    );
  const table: Record<string, string> = {};
  for (const header of headers.filter(({ name }) => /^[\w-]+$/.test(name))) {
    const value = fillInput(header, filling);
    if (value !== undefined) table[header.name] = value;
  }
  return {
    entry: {
      type: type === 'sse' ? 'sse' : 'http',
      url: filled,
      ...(Object.keys(table).length === 0 ? {} : { headers: table }),
    },
    kind: 'remote',
    missing: filling.missing,
    references: [...filling.references],
    optional: headers.filter(({ name }) => !Object.hasOwn(table, name)),
  };
};

const nothingToRun = ({ name, packages, repository, website }: ServerDetail): HubError => {
  const kinds = [...new Set(packages.map(({ registryType }) => registryType))].join(', ');
  const what =
    kinds === '' ? 'it names no package and no URL' : `it comes as ${kinds} only, which the hub cannot start by itself`;
  const see = website ?? repository;
  return new HubError('REGISTRY_FAILED', `${name} cannot be added by its entry in the registry: ${what}`, {
    hint: see === undefined ? 'add it by hand: mcp-hub add NAME -- COMMAND' : `see how its author has it: ${see}`,
  });
};
