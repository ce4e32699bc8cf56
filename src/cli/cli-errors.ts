import { closest } from '../config/closest.ts';
import { HubError } from '../errors/hub-error.ts';

/** A command that was typed in a way that cannot be carried out: one sentence, and what to type instead. */
export const usage = (message: string, hint?: string, cause?: unknown): HubError =>
  new HubError('USAGE', message, { cause, ...(hint === undefined ? {} : { hint }) });

/** Names that are listed in a hint; more would hide the first. */
const MAX_LISTED = 10;

export interface NoSuchServerOptions {
  /** Names that would be understood too, although they are not configured; default none. */
  readonly others?: readonly string[];
  /** Why a project's file does not count, which may have the server; undefined where there is none. */
  readonly ignoredBecause?: string | undefined;
}

/** A server that is not configured, with the name that was probably meant and the names that there are. */
export const noSuchServer = (
  name: string,
  configured: readonly string[],
  { others = [], ignoredBecause }: NoSuchServerOptions = {},
): HubError => {
  const meant = closest(name, [...configured, ...others]);
  const known =
    configured.length === 0 && others.length === 0
      ? [ignoredBecause === undefined ? 'no server is configured yet: mcp-hub help add' : undefined]
      : [listing('configured servers', configured), listing('not configured any more', others)];
  const found = meant === undefined ? known : [`did you mean "${meant}"?`];
  const hint = [ignoredBecause, ...found].filter((part) => part !== undefined).join('; ');
  return new HubError('NOT_FOUND', `no server "${name}": it is not in the configuration`, { hint });
};

const listing = (what: string, names: readonly string[]): string | undefined =>
  names.length === 0
    ? undefined
    : `${what}: ${names.slice(0, MAX_LISTED).join(', ')}${names.length > MAX_LISTED ? ', ...' : ''}`;

export interface NoSuchToolOptions {
  /** Default none. */
  readonly servers?: readonly string[];
  /** As for a server. */
  readonly ignoredBecause?: string | undefined;
}

/** A tool that nobody offers. The name of a server in its place is one that somebody will go on typing. */
export const noSuchTool = (
  name: string,
  known: readonly string[],
  { servers = [], ignoredBecause }: NoSuchToolOptions = {},
): HubError => {
  if (servers.includes(name)) {
    return new HubError('NOT_FOUND', `"${name}" is a server, not a tool`, { hint: `run: mcp-hub tools ${name}` });
  }
  const meant = closest(name, known);
  const found = meant === undefined ? 'run: mcp-hub tools' : `did you mean "${meant}"?`;
  const hint = ignoredBecause === undefined ? found : `${ignoredBecause}; ${found}`;
  return new HubError('NOT_FOUND', `no tool "${name}": no server offers it`, { hint });
};
