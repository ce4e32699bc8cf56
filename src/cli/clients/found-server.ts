import type { ClientDefinition } from '../../config/clients/client.ts';

/** Where a server was found. */
export interface ServerSource {
  /** The client whose file it is; undefined for a file that was named, and for standard input. */
  readonly client?: ClientDefinition;
  /** `-` for standard input. */
  readonly path: string;
  /** As the server is called there. */
  readonly name: string;
  /** The folder that it belongs to alone. */
  readonly project?: string;
  /** Whether the file is a project's own, which others may have written. */
  readonly isProjectFile: boolean;
}

/** A server of a client in the hub's words. */
export interface FoundServer {
  readonly name: string;
  /** An entry of `mcpServers`. */
  readonly entry: Readonly<Record<string, unknown>>;
  /** Members of `hub.servers.NAME`. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The inputs that the entry refers to, as VS Code defines them. */
  readonly inputs: readonly Readonly<Record<string, unknown>>[];
  readonly source: ServerSource;
  /** What of it has no meaning here, one sentence each. */
  readonly notes: readonly string[];
}

/** A server that cannot be imported, and why. */
export interface RefusedServer {
  readonly name: string;
  readonly source: ServerSource;
  readonly why: string;
}
