import { HubError } from '../errors/hub-error.ts';
import type { ConfigProblem, HubConfig } from './hub-config.ts';
import type { ConfigLocation } from './locate.ts';
import type { ParsedText } from './parse-text.ts';

export interface LoadConfigOptions {
  /** The file that the person named with `--config`; default: `MCP_HUB_CONFIG`, then the user's own file. */
  readonly configFile?: string;
  readonly env: NodeJS.ProcessEnv;
  /** The working directory: where relative paths begin and a project's configuration is looked for. */
  readonly cwd: string;
  /** Names of the upstreams to keep; default all. */
  readonly only?: readonly string[];
}

/**
 * The whole configuration, checked, completed and interpolated. Without any file it is empty. A wrong entry is left out with
 * a problem and the rest is given.
 * Throws `CONFIG_INVALID` where the file cannot be read or parsed, or is wrong as a whole, with its place; and `NOT_FOUND`
 * where `only` names a server that the file does not have.
 */
export const loadConfig = async (options: LoadConfigOptions): Promise<HubConfig> => {
  const { config, names } = await readConfig(options);
  const errors = config.problems.filter(({ severity }) => severity === 'error');
  if (errors[0]) throw fatal(errors[0], errors.length);
  const { closest } = await import('./closest.ts');
  for (const name of options.only ?? []) {
    if (names.includes(name)) continue;
    const near = closest(name, names);
    const hint = near === undefined ? 'run: mcp-hub list' : `did you mean "${near}"?`;
    throw new HubError('NOT_FOUND', `cannot serve "${name}": there is no server of that name`, { hint });
  }
  return config;
};

export interface ReadConfig {
  readonly location: ConfigLocation;
  readonly config: HubConfig;
  /** Every server that the file names, with those that are left out. */
  readonly names: readonly string[];
  /** Where each of the configuration's routes stands in the list of the file, counted from 0. */
  readonly routeIndexes: readonly number[];
  readonly parsed: ParsedText | undefined;
}

/** The same without a judgement: what makes the file unusable is an `error` among the problems. */
export const readConfig = async (options: LoadConfigOptions): Promise<ReadConfig> => {
  const { locateConfig } = await import('./locate.ts');
  const { readSource } = await import('./read-source.ts');
  const { createProblemList } = await import('./problem-list.ts');
  const { buildConfig } = await import('./build-config.ts');
  const location = await locateConfig(options);
  const source = await readSource(location);
  // What a broken text seems to say is no reason for further complaints.
  const isBroken = source?.problems.some(({ severity }) => severity === 'error') ?? false;
  const parsed = source && isBroken ? { ...source, value: undefined } : source;
  const problems = createProblemList(parsed);
  if (location.ignoredProjectFile !== undefined) problems.add(ignored(location.ignoredProjectFile));
  return { location, parsed, ...(await buildConfig(parsed, problems, options)) };
};

const ignored = (file: string): ConfigProblem => ({
  severity: 'warning',
  message: `${file} is ignored until it is named: --config ${file}`,
  path: '',
  place: { file, line: 1, column: 1 },
});

const fatal = ({ message, place }: ConfigProblem, count: number): HubError => {
  const where = place ? `${place.file}:${place.line}:${place.column}` : 'configuration';
  const more = count > 1 ? ` (and ${count - 1} more)` : '';
  const hint = 'correct the file, then run: mcp-hub config validate';
  return new HubError('CONFIG_INVALID', `${where}: ${message}${more}`, { hint });
};
