import type { KeyPath } from '../parse-text.ts';

/** A system of users, as far as files of clients differ by it; all other systems keep them as Linux does. */
export type ClientPlatform = 'linux' | 'darwin' | 'win32';

/**
 * Where something of a client may be, as templates: `{home}`, `{config}` (`$XDG_CONFIG_HOME` or `~/.config`), `{support}`
 * (`~/Library/Application Support`), `{appdata}`, `{localappdata}`, `{project}` and any variable in capitals, `{CODEX_HOME}`.
 * A template with a variable that is not set means nothing. A `*` stands for any part of one name.
 */
export type PathTemplates = readonly string[] | Readonly<Record<ClientPlatform, readonly string[]>>;

export type ClientFormat = 'json' | 'toml' | 'yaml';

export interface ClientFile {
  /** `user`: for all the person does; `project`: for the folder that the client is started in. */
  readonly scope: 'user' | 'project';
  /** Places in the order in which the client looks. All that exist are imported from; the hub is written into one. */
  readonly paths: PathTemplates;
  readonly format: ClientFormat;
  /** The keys that hold servers; `*` is any key. The hub is written below the first. */
  readonly servers: readonly KeyPath[];
  /** Only imported from: an older place, or one that belongs to a part of the client. Default false. */
  readonly isReadOnly?: boolean;
  /** What a file begins with that is not there yet. Default: nothing but the server. */
  readonly skeleton?: string;
}

/** The command that starts the hub, absolute in all its parts. */
export interface LaunchCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** Variables without which the hub would look for its files elsewhere; mostly none. */
  readonly env: Readonly<Record<string, string>>;
}

/** What is known of one client. Data alone: how it is used stands elsewhere. */
export interface ClientDefinition {
  /** As it is typed: `claude-desktop`. */
  readonly id: string;
  readonly name: string;
  /** Other words for it. */
  readonly aliases: readonly string[];
  readonly files: readonly ClientFile[];
  /** Folders that only this client makes. */
  readonly traces: PathTemplates;
  /** Programs that are on the PATH where the client is installed. */
  readonly programs: readonly string[];
  /** What is written for the hub. */
  readonly entryOf: (launch: LaunchCommand) => Readonly<Record<string, unknown>>;
  /** What the person does to have a changed file read, as a sentence without its period. */
  readonly reload: string;
  /** What a person would trip over; shown in the documentation. */
  readonly quirks: readonly string[];
  /** Whether `$NAME` anywhere in a text is a reference to a variable. Default false. */
  readonly expandsBareNames?: boolean;
}

/** `{ command, args }`, as most clients have it; `env` where there is any. */
export const plainEntry = ({ command, args, env }: LaunchCommand): Readonly<Record<string, unknown>> => ({
  command,
  args,
  ...(Object.keys(env).length > 0 && { env }),
});

/** The same with its transport named. */
export const stdioEntry = (launch: LaunchCommand): Readonly<Record<string, unknown>> => ({
  type: 'stdio',
  ...plainEntry(launch),
});
