import { HubError } from '../../errors/hub-error.ts';
import { type Filling, fillInput } from './fill-input.ts';
import type { InputDetail, PackageDetail } from './server-detail.ts';

export interface PackageCommand {
  readonly command: string;
  readonly args: readonly string[];
}

/** How packages of a kind are run. Only these programs are ever written into a configuration, whatever a hint says. */
interface Kind {
  readonly runners: readonly string[];
  readonly identifier: RegExp;
  /** Hosts that the runner uses by itself. */
  readonly usualHost: RegExp;
  readonly words: (detail: PackageDetail, runtime: readonly string[], packageArguments: readonly string[]) => string[];
}

const KINDS: Readonly<Record<string, Kind>> = {
  npm: {
    runners: ['npx', 'bunx'],
    identifier: /^(?:@[a-z0-9~][\w.~-]*\/)?[a-z0-9~][\w.~-]*$/i,
    usualHost: /(?:^|\.)npmjs\.\w+$/,
    words: (detail, runtime, own) => [
      ...once('-y', runtime),
      ...source('--registry=', detail),
      ...runtime,
      pinned(detail, '@'),
      ...own,
    ],
  },
  pypi: {
    runners: ['uvx'],
    identifier: /^[A-Za-z0-9][\w.-]*$/,
    usualHost: /(?:^|\.)pypi\.\w+$/,
    words: (detail, runtime, own) => [...source('--index=', detail), ...runtime, pinned(detail, '@'), ...own],
  },
  oci: {
    runners: ['docker', 'podman'],
    identifier: /^[a-z0-9][\w.:/@-]*$/i,
    usualHost: /./,
    words: (detail, runtime, own) => [
      'run',
      ...once('-i', runtime),
      ...once('--rm', runtime),
      ...runtime,
      ...passedOn(detail.environmentVariables, runtime),
      pinnedImage(detail),
      ...own,
    ],
  },
  nuget: {
    runners: ['dnx'],
    identifier: /^[A-Za-z0-9][\w.-]*$/,
    usualHost: /(?:^|\.)nuget\.\w+$/,
    words: (detail, runtime, own) => [
      pinned(detail, '@'),
      '--yes',
      ...source('--source=', detail),
      ...runtime,
      ...(own.length > 0 ? ['--', ...own] : []),
    ],
  },
};

/** Whether the hub knows how to run such a package on standard input and output. */
export const canRun = ({ registryType, transport }: PackageDetail): boolean =>
  Object.hasOwn(KINDS, registryType) && transport === 'stdio';

/**
 * The command line of a package, pinned to its version.
 * @throws HubError `REGISTRY_FAILED` for what is no package of its kind, or has no version
 */
export const packageCommand = (detail: PackageDetail, filling: Filling): PackageCommand => {
  const kind = KINDS[detail.registryType] as Kind;
  if (!kind.identifier.test(detail.identifier))
    throw invalid(`"${detail.identifier}" is no name of a package of ${detail.registryType}`);
  const [usual = ''] = kind.runners;
  const command = kind.runners.find((runner) => runner === detail.runtimeHint) ?? usual;
  const runtime = detail.runtimeArguments.flatMap((argument) => wordsOf(argument, filling));
  if (detail.registryType === 'npm' && runtime.some((word) => /^(?:-c|--call(?:=.*)?)$/s.test(word)))
    throw invalid('it has npx run a command of a shell');
  const own = detail.packageArguments.flatMap((argument) => wordsOf(argument, filling));
  return { command, args: kind.words(unlessUsual(detail, kind), runtime, own) };
};

/** `--flag=value` for long names, two words for short ones, and the value alone where it has no name of its own. */
const wordsOf = (argument: InputDetail, filling: Filling): string[] => {
  const several = filling.values.get(argument.name) ?? [];
  if (argument.type !== 'named') {
    if (argument.value === undefined && several.length > 1) return [...several];
    const value = fillInput(argument, filling);
    return value === undefined ? [] : [value];
  }
  const isSwitch = argument.value === undefined && argument.default === undefined && several.length === 0;
  if (isSwitch) return argument.isRequired ? [argument.name] : [];
  const value = fillInput(argument, filling);
  if (value === undefined) return [];
  return argument.name.startsWith('--') ? [`${argument.name}=${value}`] : [argument.name, value];
};

const once = (word: string, words: readonly string[]): string[] => (words.includes(word) ? [] : [word]);

const source = (option: string, { registryBaseUrl }: PackageDetail): string[] =>
  registryBaseUrl === undefined ? [] : [`${option}${registryBaseUrl}`];

/** A package of another place is taken from there, never from the usual one under the same name. */
const unlessUsual = (detail: PackageDetail, { usualHost }: Kind): PackageDetail => {
  const { registryBaseUrl, ...rest } = detail;
  if (registryBaseUrl === undefined) return detail;
  if (!URL.canParse(registryBaseUrl)) throw invalid(`"${registryBaseUrl}" is no place of packages`);
  return usualHost.test(new URL(registryBaseUrl).hostname) ? rest : detail;
};

const pinned = ({ identifier, version }: PackageDetail, mark: string): string => {
  if (version !== undefined && /^\d[\w.+!-]*$/.test(version)) return `${identifier}${mark}${version}`;
  throw invalid(`${identifier} has no exact version there, so each start could run another one`);
};

const pinnedImage = (detail: PackageDetail): string => {
  const { identifier, version } = detail;
  const hasTag = identifier.includes('@sha256:') || /:[^/]+$/.test(identifier);
  if (hasTag && !identifier.endsWith(':latest')) return identifier;
  if (!hasTag && version !== undefined && /^\w[\w.-]*$/.test(version) && version !== 'latest')
    return `${identifier}:${version}`;
  throw invalid(`${identifier} has no version there, so each start could run another one`);
};

/** A container sees the variables that are passed on by name. */
const passedOn = (variables: readonly InputDetail[], runtime: readonly string[]): string[] =>
  variables
    .filter(
      ({ name }) => !runtime.some((word) => word === name || word.startsWith(`${name}=`) || word === `--env=${name}`),
    )
    .flatMap(({ name }) => ['-e', name]);

const invalid = (why: string): HubError =>
  new HubError('REGISTRY_FAILED', `the entry of the registry cannot be used: ${why}`, {
    hint: 'add it by hand, as its own documentation says: mcp-hub add NAME -- COMMAND',
  });
