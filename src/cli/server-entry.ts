import { resolve } from 'node:path';
import { isServerUrl } from './arguments.ts';
import { usage } from './cli-errors.ts';

/** What `add` was told about a server. */
export interface ServerInput {
  readonly name: string;
  readonly commandOrUrl: string | undefined;
  readonly args: readonly string[];
}

export interface ServerFlags {
  readonly url?: string;
  /** `stdio`, `http` or `sse`. */
  readonly transport?: string;
  readonly type?: string;
  readonly env?: readonly string[];
  readonly header?: readonly string[];
  readonly bearerTokenEnvVar?: string;
  readonly cwd?: string;
  readonly disabled?: boolean;
}

/** An entry of `mcpServers` in the words of all clients, so that it can be copied back out. */
export type ServerEntry = Record<string, string | string[] | boolean | Record<string, string>>;

export interface BuiltEntry {
  readonly entry: ServerEntry;
  /** What a person should know about what was made of the words, one sentence each. */
  readonly notes: readonly string[];
}

/**
 * Makes the entry that `add` stores. A URL is never stored as a command, and a variable that is given by name only is
 * stored as a reference to it.
 * @param cwd the directory that relative paths were typed in; a command with relative paths is started there.
 * @throws HubError `USAGE` for words that fit together to no server.
 */
export const buildEntry = (input: ServerInput, flags: ServerFlags, cwd: string): BuiltEntry => {
  const { name, commandOrUrl, args } = input;
  if (flags.url !== undefined && commandOrUrl !== undefined) {
    throw usage(`"${commandOrUrl}" and --url name two servers`, `like this: mcp-hub add ${name} --url URL`);
  }
  const url = flags.url ?? (commandOrUrl !== undefined && isServerUrl(commandOrUrl) ? commandOrUrl : undefined);
  if (url !== undefined) return buildRemote(url, args, flags);
  if (commandOrUrl === undefined) {
    throw usage(
      `"${name}" has neither a command nor a URL`,
      `like this: mcp-hub add ${name} -- COMMAND, or: mcp-hub add ${name} URL`,
    );
  }
  return buildCommand(commandOrUrl, args, flags, cwd);
};

const buildRemote = (url: string, args: readonly string[], flags: ServerFlags): BuiltEntry => {
  if (args.length > 0) throw usage(`a URL takes no arguments: ${args.join(' ')}`, 'put a URL with spaces in quotes');
  if (!isValidUrl(url)) throw usage(`"${url}" is not a URL of http or https`, 'like this: https://example.com/mcp');
  const asked = flags.transport ?? flags.type;
  if (asked === 'stdio') throw usage('a URL cannot be a command: --transport stdio', 'use --transport http, or sse');
  refuse(flags.env, '--env', 'a URL', 'send it as a header: -H "Name: value"');
  refuse(flags.cwd, '--cwd', 'a URL', 'leave it out');
  const looksLikeSse = /\/sse\/?$/.test(url.replace(/[?#].*$/, ''));
  const type = asked ?? (looksLikeSse ? 'sse' : 'http');
  const headers = { ...parseHeaders(flags.header ?? []), ...bearer(flags.bearerTokenEnvVar) };
  const entry = { type, url, ...nonEmpty('headers', headers), ...disabled(flags) };
  const isGuess = looksLikeSse && asked === undefined;
  return {
    entry,
    notes: isGuess ? ['the URL ends in /sse, so its type is sse; if that is wrong: --transport http'] : [],
  };
};

const buildCommand = (command: string, args: readonly string[], flags: ServerFlags, cwd: string): BuiltEntry => {
  const asked = flags.transport ?? flags.type;
  if (asked === 'http' || asked === 'sse') {
    throw usage(
      `--transport ${asked} needs a URL of http or https, not "${command}"`,
      'like this: https://example.com/mcp',
    );
  }
  // An address of a kind that the hub does not know is a mistake, not a program.
  if (/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(command))
    throw usage(`"${command}" is not a URL of http or https`, 'like this: https://example.com/mcp');
  if (command === '') throw usage('the command is empty', 'like this: mcp-hub add NAME -- npx -y some-server');
  if (/^[A-Za-z_]\w*=/.test(command)) {
    const variable = command.slice(0, command.indexOf('='));
    throw usage(`${variable}=... is no command but a variable`, `give each an option of its own: -e ${variable}=VALUE`);
  }
  refuse(flags.header, '--header', 'a command', 'give it a variable: -e KEY=VALUE');
  refuse(flags.bearerTokenEnvVar, '--bearer-token-env-var', 'a command', 'give it a variable: -e KEY');
  const relative = [command, ...args].find((word) => /^\.{1,2}(?:$|[/\\])/.test(word));
  const folder = flags.cwd === undefined ? (relative === undefined ? undefined : cwd) : absoluteFolder(flags.cwd, cwd);
  const env = parseVariables(flags.env ?? []);
  const entry = {
    command,
    args: [...args],
    ...nonEmpty('env', env),
    ...(folder === undefined ? {} : { cwd: folder }),
    ...disabled(flags),
  };
  const isGuess = relative !== undefined && flags.cwd === undefined;
  return {
    entry,
    notes: isGuess ? [`"${relative}" is relative, so the server runs in ${cwd}; if that is wrong: --cwd DIR`] : [],
  };
};

/** A URL with references in it is checked as if they were filled in. */
const isValidUrl = (url: string): boolean => isServerUrl(url) && URL.canParse(url.replaceAll(/\$\{[^}]*\}/g, '1'));

const refuse = (value: unknown, flag: string, what: string, instead: string): void => {
  if (value !== undefined) throw usage(`${flag} means nothing for ${what}`, instead);
};

/** A path with a reference or `~` in it is filled in when the server starts. */
const absoluteFolder = (folder: string, cwd: string): string =>
  /^~|\$\{/.test(folder) ? folder : resolve(cwd, folder);

const parseVariables = (assignments: readonly string[]): Record<string, string> =>
  Object.fromEntries(assignments.map(parseVariable));

const parseVariable = (assignment: string): [string, string] => {
  const at = assignment.indexOf('=');
  const name = at < 0 ? assignment : assignment.slice(0, at);
  if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(name) || name === '__proto__') {
    throw usage(
      `"${name}" cannot be a variable: --env takes KEY=VALUE, or KEY`,
      'like this: -e API_KEY=abc, or -e API_KEY',
    );
  }
  return [name, at < 0 ? `\${${name}}` : assignment.slice(at + 1)];
};

const parseHeaders = (lines: readonly string[]): Record<string, string> => Object.fromEntries(lines.map(parseHeader));

const parseHeader = (line: string): [string, string] => {
  const at = line.indexOf(':');
  const name = line.slice(0, Math.max(at, 0)).trim();
  // The characters of a token, https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) || /[\r\n]/.test(line)) {
    throw usage('a header is not of the form "Name: value"', `like this: -H 'Authorization: Bearer \${TOKEN}'`);
  }
  return [name, line.slice(at + 1).trim()];
};

const bearer = (variable: string | undefined): Record<string, string> => {
  if (variable === undefined) return {};
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(variable)) return { Authorization: `Bearer \${${variable}}` };
  throw usage(
    '--bearer-token-env-var takes the name of a variable, not the token',
    'like this: --bearer-token-env-var API_TOKEN',
  );
};

const nonEmpty = (key: string, table: Record<string, string>): Record<string, Record<string, string>> =>
  Object.keys(table).length === 0 ? {} : { [key]: table };

const disabled = (flags: ServerFlags): { disabled?: true } => (flags.disabled === true ? { disabled: true } : {});
