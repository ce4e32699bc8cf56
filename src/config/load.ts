import { HubError } from '../errors/hub-error.ts';
import { closest } from './closest.ts';
import type { ConfigProblem, HubConfig } from './hub-config.ts';
import { type ReadConfig, readConfig } from './read-config.ts';

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
export const loadConfig = async (options: LoadConfigOptions): Promise<HubConfig> => (await loadLocated(options)).config;

/** The same with where it was found and which files values were taken from, as `watchConfig` asks for them. */
export const loadLocated = async (options: LoadConfigOptions): Promise<ReadConfig> => {
  const read = await readConfig(options);
  const { config, names } = read;
  requireUsable(config);
  for (const name of options.only ?? []) {
    if (names.includes(name)) continue;
    const near = closest(name, names);
    const hint = near === undefined ? 'run: mcp-hub list' : `did you mean "${near}"?`;
    throw new HubError('NOT_FOUND', `cannot serve "${name}": there is no server of that name`, { hint });
  }
  return read;
};

/** @throws HubError CONFIG_INVALID, with the place, where the configuration is wrong as a whole */
export const requireUsable = ({ problems }: HubConfig): void => {
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (errors[0]) throw fatal(errors[0], errors.length);
};

/** What is wrong, with its place. */
export const fatal = ({ message, place }: ConfigProblem, count = 1): HubError => {
  const where = place ? `${place.file}:${place.line}:${place.column}` : 'configuration';
  const more = count > 1 ? ` (and ${count - 1} more)` : '';
  const hint = 'correct the file, then run: mcp-hub config validate';
  return new HubError('CONFIG_INVALID', `${where}: ${message}${more}`, { hint });
};
