import type { CliContext } from '../context.ts';
import { shortPath } from '../format.ts';
import type { ServerSource } from './found-server.ts';

/** Where servers were found, in few words: `Claude Desktop, Claude Code (~/code/shop)`. */
export const sourcesText = (sources: readonly ServerSource[], context: CliContext): string =>
  [...new Set(sources.map((source) => sourceText(source, context)))].join(', ');

const sourceText = ({ client, path, project }: ServerSource, { env }: CliContext): string => {
  if (client === undefined) return path === '-' ? 'standard input' : shortPath(path, env);
  return project === undefined ? client.name : `${client.name} (${shortPath(project, env)})`;
};
