import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RawClient, startClient } from './client.ts';
import type { ContenderName } from './contender-names.ts';
import type { Command } from './program.ts';

/** What is measured against the same upstream. */
export interface Contender {
  readonly name: ContenderName;
  /** The name of the upstream's tool as this program lists it. */
  readonly tool: string;
  /** Whether it is made for small messages alone. Default: it is not. */
  readonly isForSmall?: boolean;
  /** Whether it may be unable to do what is measured; then it is left out there. Default: false. */
  readonly isForeign?: boolean;
  /** Starts it with a home folder of its own, in front of upstreams. */
  readonly start: (home: string, upstreams: Upstreams) => RawClient;
}

/** The servers behind a contender, by name, as each writes them into its configuration. */
export type Upstreams = Readonly<Record<string, UpstreamOptions>>;

export interface UpstreamOptions {
  /** How many tools it lists. Default: 1. */
  readonly tools?: number;
  /** How long it takes until it answers at all. Default: 0. */
  readonly delayMs?: number;
}

export const UPSTREAM_TOOL = 'echo';

/** What every contender has behind it; all calls go to the first. */
export const TWO_UPSTREAMS: Upstreams = { alpha: {}, beta: {} };

/** `alpha__echo`, as all but the upstream itself name it. */
export const QUALIFIED_TOOL = `alpha__${UPSTREAM_TOOL}`;

/** How many tools a contender lists in front of the two. */
export const toolsOf = ({ tool }: Contender): number =>
  tool === UPSTREAM_TOOL ? 1 : Object.keys(TWO_UPSTREAMS).length;

const programFile = (name: string): string => join(import.meta.dirname, 'programs', name);

const upstreamArguments = ({ tools = 1, delayMs = 0 }: UpstreamOptions): string[] => [
  programFile('upstream.mjs'),
  '--tools',
  String(tools),
  '--delay-ms',
  String(delayMs),
];

/** The `mcpServers` of a configuration, as every program in this field reads it. */
export const serverEntries = (upstreams: Upstreams): Record<string, { command: string; args: string[] }> =>
  Object.fromEntries(
    Object.entries(upstreams).map(([name, options]) => [
      name,
      { command: process.execPath, args: upstreamArguments(options) },
    ]),
  );

/** An environment in which a program finds nothing of this machine's user, and leaves nothing. */
export const isolatedEnvironment = (home: string): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: home,
  USERPROFILE: home,
  TMPDIR: process.env['TMPDIR'],
  XDG_CONFIG_HOME: join(home, 'config'),
  XDG_STATE_HOME: join(home, 'state'),
  XDG_CACHE_HOME: join(home, 'cache'),
  XDG_DATA_HOME: join(home, 'data'),
  MCP_HUB_STATE_DIR: join(home, 'state'),
});

/** Writes a configuration into a home and tells where it is. */
export const writeConfig = (home: string, content: object): string => {
  mkdirSync(home, { recursive: true });
  const file = join(home, 'mcp-hub.config.json');
  writeFileSync(file, JSON.stringify(content));
  return file;
};

export const nodeCommand = (home: string, ...args: readonly string[]): Command => {
  mkdirSync(home, { recursive: true });
  return { argv: [process.execPath, ...args], env: isolatedEnvironment(home), cwd: home };
};

/** The upstream that all calls go to. */
const firstOf = (upstreams: Upstreams): UpstreamOptions => Object.values(upstreams)[0] ?? {};

const hub = (name: 'hub' | 'hub-nolog', program: string, ...flags: readonly string[]): Contender => ({
  name,
  tool: QUALIFIED_TOOL,
  start: (home, upstreams) =>
    startClient(nodeCommand(home, program, 'serve', '--config', writeConfig(home, hubConfig(upstreams)), ...flags)),
});

const hubConfig = (upstreams: Upstreams): object => {
  const count = Object.values(upstreams).reduce((sum, { tools = 1 }) => sum + tools, 0);
  // The default is made for people; a catalog of thousands of tools is what is measured.
  return { mcpServers: serverEntries(upstreams), ...(count > 1000 && { hub: { limits: { tools: 20_000 } } }) };
};

const ownProgram = (name: 'bare-relay' | 'sdk-v1' | 'sdk-v2'): Contender => ({
  name,
  tool: QUALIFIED_TOOL,
  start: (home, upstreams) =>
    startClient(
      nodeCommand(home, programFile(`${name}.mjs`), writeConfig(home, { mcpServers: serverEntries(upstreams) })),
    ),
});

/** @param hubProgram the hub's `bin/mcp-hub.js`. */
export const createContenders = (hubProgram: string): readonly Contender[] => [
  {
    name: 'direct',
    tool: UPSTREAM_TOOL,
    start: (home, upstreams) => startClient(nodeCommand(home, ...upstreamArguments(firstOf(upstreams)))),
  },
  {
    name: 'pipe',
    tool: UPSTREAM_TOOL,
    start: (home, upstreams) =>
      startClient(
        nodeCommand(home, programFile('pipe.mjs'), process.execPath, ...upstreamArguments(firstOf(upstreams))),
      ),
  },
  { ...ownProgram('bare-relay'), isForSmall: true },
  ownProgram('sdk-v1'),
  ownProgram('sdk-v2'),
  hub('hub', hubProgram),
  hub('hub-nolog', hubProgram, '--no-log'),
];
