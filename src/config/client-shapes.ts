/**
 * How the clients of the ecosystem write down a server, as data: where a file keeps its servers, and under which names an
 * entry keeps what the hub calls command, args, env, cwd, url and headers.
 */

export interface ServerContainer {
  readonly path: readonly string[];
  /** `always`: the key can mean nothing else. `if-servers`: only where its values look like servers. */
  readonly when: 'always' | 'if-servers';
  /** What a bare `timeout` of an entry means here; default: the time of a call, in milliseconds from 1000 on. */
  readonly timeout?: 'call-seconds' | 'start-ms';
}

/** In the order in which a file is searched; all that are found count. The last resort is the file itself as a bare map. */
export const SERVER_CONTAINERS: readonly ServerContainer[] = [
  // Claude, Cursor, Windsurf, Antigravity, Gemini CLI, Cline, Copilot CLI, mcporter, Agent Plugins; a list in Continue.
  { path: ['mcpServers'], when: 'always' },
  // VS Code's mcp.json.
  { path: ['servers'], when: 'if-servers' },
  // Zed.
  { path: ['context_servers'], when: 'always' },
  // opencode 2, and VS Code's settings.json.
  { path: ['mcp', 'servers'], when: 'if-servers' },
  // opencode; its timeout is that of the first listing.
  { path: ['mcp'], when: 'if-servers', timeout: 'start-ms' },
  // Codex, converted from TOML.
  { path: ['mcp_servers'], when: 'always' },
  // Goose.
  { path: ['extensions'], when: 'if-servers', timeout: 'call-seconds' },
];

/** Keys beside the servers that are neither servers nor mistakes. */
export const KNOWN_TOP_LEVEL_KEYS: readonly string[] = ['$schema', 'hub', 'inputs'];

/** The hub's name of a field, and the names that clients give it; the first that an entry has counts. */
export const FIELD_ALIASES = {
  type: ['type', 'transport', 'transportType'],
  command: ['command', 'cmd'],
  args: ['args', 'arguments'],
  env: ['env', 'environment', 'envs'],
  envVars: ['env_vars'],
  cwd: ['cwd', 'workingDirectory', 'working_directory'],
  url: ['httpUrl', 'url', 'serverUrl', 'baseUrl', 'uri'],
  headers: ['headers', 'http_headers'],
  envHeaders: ['env_http_headers'],
  bearerTokenEnvVar: ['bearer_token_env_var', 'bearerTokenEnvVar'],
  enabled: ['enabled'],
  disabled: ['disabled'],
  includeTools: ['includeTools', 'include_tools', 'enabled_tools', 'enabledTools', 'available_tools', 'tools'],
  excludeTools: ['excludeTools', 'exclude_tools', 'disabled_tools', 'disabledTools'],
  timeout: ['timeout'],
  startTimeoutSec: ['startup_timeout_sec'],
  startTimeoutMs: ['startup_timeout_ms'],
  callTimeoutSec: ['tool_timeout_sec'],
  auth: ['oauth', 'auth'],
} as const satisfies Record<string, readonly string[]>;

export type EntryField = keyof typeof FIELD_ALIASES;

/** Names of transports in lower case, without `-` and `_`. */
export const TYPE_ALIASES: Readonly<Record<string, 'stdio' | 'http' | 'sse'>> = {
  stdio: 'stdio',
  local: 'stdio',
  command: 'stdio',
  http: 'http',
  remote: 'http',
  streamable: 'http',
  streamablehttp: 'http',
  httpstream: 'http',
  sse: 'sse',
};

/** Keys of other clients that change nothing here: what a client shows, asks or approves is its own affair. */
export const KEYS_OF_CLIENTS: readonly string[] = [
  'alwaysAllow',
  'alwaysLoad',
  'always_allow',
  'approval_mode',
  'autoApprove',
  'autoStart',
  'autostart',
  'available',
  'bundled',
  'custom_instructions',
  'default_tools_approval_mode',
  'description',
  'dev',
  'display_name',
  'displayName',
  'env_keys',
  'gallery',
  'icon',
  'id',
  'instructions',
  'lifecycle',
  'logging',
  'name',
  'note',
  'notes',
  'required',
  'settings',
  'source',
  'tags',
  'title',
  'trust',
  'version',
];

/** Keys that a person may rely on and that the hub does not honour, each with what to do. */
export const KEYS_NOT_HONOURED: Readonly<Record<string, string>> = {
  authProviderType: 'the hub logs in with OAuth alone (mcp-hub login); else put a token into "headers"',
  bearer_token: 'a token does not belong into the file; use "bearer_token_env_var"',
  headersHelper: 'no program is run to get headers; put them into "headers"',
  envFile: 'variables of a file are read through hub.envFile',
  env_file: 'variables of a file are read through hub.envFile',
  sandbox: 'the hub has no sandbox; start the server through a program that has one',
  sandboxEnabled: 'the hub has no sandbox; start the server through a program that has one',
};

/** Whether a value can only be meant as a server: it has a command, an address or a known transport. */
export const looksLikeServer = (value: unknown): boolean => {
  if (!isRecord(value)) return false;
  if ([...FIELD_ALIASES.command, ...FIELD_ALIASES.url].some((key) => Object.hasOwn(value, key))) return true;
  return transportType(value['type']) !== undefined;
};

/** The transport that a `type` names, in whatever spelling. */
export const transportType = (type: unknown): 'stdio' | 'http' | 'sse' | undefined => {
  const plain = typeof type === 'string' ? type.toLowerCase().replaceAll(/[-_]/g, '') : '';
  return Object.hasOwn(TYPE_ALIASES, plain) ? TYPE_ALIASES[plain] : undefined;
};

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
