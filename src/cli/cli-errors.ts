import { closest } from '../config/closest.ts';
import { HubError } from '../errors/hub-error.ts';

/** A command that was typed in a way that cannot be carried out: one sentence, and what to type instead. */
export const usage = (message: string, hint?: string, cause?: unknown): HubError =>
  new HubError('USAGE', message, { cause, ...(hint === undefined ? {} : { hint }) });

/** Names that are listed in a hint; more would hide the first. */
const MAX_LISTED = 10;

/**
 * A server that is not configured, with the name that was probably meant and the names that there are.
 * @param others names that would be understood too, although they are not configured
 */
export const noSuchServer = (name: string, configured: readonly string[], others: readonly string[] = []): HubError => {
  const meant = closest(name, [...configured, ...others]);
  const known =
    configured.length === 0 && others.length === 0
      ? ['no server is configured yet: mcp-hub help add']
      : [listing('configured servers', configured), listing('not configured any more', others)];
  const hint = meant === undefined ? known.filter((part) => part !== undefined).join('; ') : `did you mean "${meant}"?`;
  return new HubError('NOT_FOUND', `no server "${name}": it is not in the configuration`, { hint });
};

const listing = (what: string, names: readonly string[]): string | undefined =>
  names.length === 0
    ? undefined
    : `${what}: ${names.slice(0, MAX_LISTED).join(', ')}${names.length > MAX_LISTED ? ', ...' : ''}`;

/** A tool that nobody offers. The name of a server in its place is one that somebody will go on typing. */
export const noSuchTool = (name: string, known: readonly string[], servers: readonly string[] = []): HubError => {
  if (servers.includes(name)) {
    return new HubError('NOT_FOUND', `"${name}" is a server, not a tool`, { hint: `run: mcp-hub tools ${name}` });
  }
  const meant = closest(name, known);
  const hint = meant === undefined ? 'run: mcp-hub tools' : `did you mean "${meant}"?`;
  return new HubError('NOT_FOUND', `no tool "${name}": no server offers it`, { hint });
};
