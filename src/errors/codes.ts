/**
 * Every error that is the hub's own: the JSON-RPC code that leaves on the wire, the exit code of a command that fails
 * with it, and what the person can do. Codes of the hub lie outside -32768..-32000, which belongs to JSON-RPC and the
 * specification (https://modelcontextprotocol.io/specification/2026-07-28/basic#error-codes).
 */
export const ERROR_CODES = {
  /** The configuration is missing, unreadable or wrong as a whole. */
  CONFIG_INVALID: { rpc: -31000, exit: 3, hint: 'run: mcp-hub config validate' },
  /** A command was typed in a way that cannot be carried out. */
  USAGE: { rpc: -31001, exit: 2, hint: 'run: mcp-hub help' },
  /** A server, tool or other named thing does not exist. */
  NOT_FOUND: { rpc: -31002, exit: 4, hint: 'run: mcp-hub list' },
  /** Something of that name is there already. */
  ALREADY_EXISTS: { rpc: -31003, exit: 1, hint: 'add --force to replace it' },
  /** An upstream could not be started or connected. */
  UPSTREAM_START_FAILED: { rpc: -31010, exit: 5, hint: 'run: mcp-hub list --check' },
  /** An upstream ended, or its connection broke, while a call was with it. */
  UPSTREAM_CLOSED: { rpc: -31011, exit: 5, hint: 'run: mcp-hub list --check' },
  /** An upstream answered with something that is not MCP. */
  UPSTREAM_INVALID: { rpc: -31012, exit: 5, hint: 'report it to the author of that server' },
  /** An upstream is switched off, lacks a variable that its configuration names, has as many calls as it may have, or keeps failing. */
  UPSTREAM_UNAVAILABLE: { rpc: -31013, exit: 5, hint: 'run: mcp-hub list' },
  /** An upstream wants a login, or a new one. */
  LOGIN_REQUIRED: { rpc: -31019, exit: 5, hint: 'run: mcp-hub login NAME' },
  /** A login at an upstream has not come to its end. */
  LOGIN_FAILED: { rpc: -31021, exit: 1, hint: 'try again: mcp-hub login NAME' },
  /** An upstream answered a request with an error of its own. */
  UPSTREAM_ERROR: { rpc: -31017, exit: 1, hint: 'run: mcp-hub logs -n 1' },
  /** An upstream needs a capability that the client did not declare, or that the hub does not carry. */
  CLIENT_LACKS: { rpc: -31018, exit: 1, hint: 'use a client that has it' },
  /** A call took longer than it may. */
  TIMEOUT: { rpc: -31014, exit: 1, hint: 'raise hub.servers.NAME.timeouts.callMs' },
  /** The caller gave up. */
  CANCELLED: { rpc: -31015, exit: 130, hint: '' },
  /** The hub is going down. */
  SHUTTING_DOWN: { rpc: -31016, exit: 1, hint: '' },
  /** The log or another file of the hub cannot be used. */
  STORE_UNAVAILABLE: { rpc: -31020, exit: 1, hint: 'run: mcp-hub config path' },
  /** The public registry of servers cannot be reached, or what it says of a server cannot be used. */
  REGISTRY_FAILED: { rpc: -31021, exit: 1, hint: 'try again later, or name another one: --registry URL' },
  /** A fault of the hub itself. */
  INTERNAL: { rpc: -32603, exit: 1, hint: 'run the command again with --debug and report what it prints' },
} as const satisfies Record<string, ErrorCodeEntry>;

interface ErrorCodeEntry {
  readonly rpc: number;
  readonly exit: number;
  readonly hint: string;
}

export type HubErrorCode = keyof typeof ERROR_CODES;
