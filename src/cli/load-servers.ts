import type { ConfigProblem, HubConfig } from '../config/hub-config.ts';
import { type LoadConfigOptions, loadConfig } from '../config/load.ts';
import { printable } from '../utils/printable.ts';
import type { CliContext, GlobalOptions } from './context.ts';
import { shortPath } from './format.ts';

/** Where the configuration of this command is looked for. */
export const configOptions = (context: CliContext, flags: GlobalOptions): LoadConfigOptions => ({
  ...(flags.config === undefined ? {} : { configFile: flags.config }),
  env: context.env,
  cwd: context.cwd,
});

/**
 * The configuration of this command.
 * @param only names of the servers to keep; default all.
 */
export const loadServers = (context: CliContext, flags: GlobalOptions, only?: readonly string[]): Promise<HubConfig> =>
  loadConfig({ ...configOptions(context, flags), ...(only === undefined ? {} : { only }) });

/** Why a project's file is left out; undefined where none is. */
export const ignoredBecause = ({ problems }: HubConfig): string | undefined =>
  problems.find(({ isUntrusted }) => isUntrusted)?.message;

/** Says that a project's file is left out: it may be why a command does not find what is in it. */
export const tellUntrusted = ({ env, err }: CliContext, { problems }: HubConfig): void => {
  for (const problem of problems) if (problem.isUntrusted) err(`${problemLine(problem, env)}\n`);
};

/** `warning: ~/.config/mcp-hub/config.json:4:3: what is wrong`, in one printable line. */
export const problemLine = ({ severity, message, place }: ConfigProblem, env: NodeJS.ProcessEnv): string => {
  const where = place === undefined ? '' : `${shortPath(place.file, env)}:${place.line}:${place.column}: `;
  return printable(`${severity}: ${where}${message}`);
};
