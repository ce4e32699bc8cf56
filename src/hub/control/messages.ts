import type { UpstreamBreakerChanged, UpstreamState } from '../../events/events.ts';
import type { JsonObject, JsonValue } from '../../protocol/json.ts';

/*
 * What is said on the control socket of a hub: one JSON object per line, each request answered by one response with its id.
 */

/** What a running hub can be asked for. */
export type ControlCommand =
  | { readonly method: 'status' }
  /** Ends the server and starts it anew. */
  | { readonly method: 'restart'; readonly params: { readonly server: string } }
  /** Takes a server away from the clients of this hub, or gives it back; the configuration stays as it is. */
  | { readonly method: 'disable' | 'enable'; readonly params: { readonly server: string } }
  /** Leaves a tool, by its own name, out of what is offered: changes the configuration file. */
  | { readonly method: 'hide'; readonly params: { readonly server: string; readonly tool: string } }
  /** Makes a call with the names that clients use; it is logged like any other. Whoever asks has confirmed it. */
  | { readonly method: 'replay'; readonly params: { readonly method: string; readonly params: JsonObject } };

export type ControlRequest = ControlCommand & {
  readonly id: number;
  /** From the hub's entry, see `ControlEntry`. */
  readonly token: string;
};

export type ControlResponse =
  | { readonly id: number; readonly result: JsonValue }
  | {
      readonly id: number | null;
      readonly error: { readonly code: string; readonly message: string; readonly hint: string };
    };

/** What a hub says of itself. Times are milliseconds since the epoch (`...At`). */
export interface HubStatus {
  readonly pid: number;
  readonly runId: string;
  readonly version: string;
  readonly startedAt: number;
  readonly configFiles: readonly string[];
  readonly clients: readonly ClientStatus[];
  /** In the order of the configuration. */
  readonly upstreams: readonly LiveUpstream[];
  /** In flight, the longest first; the first 200. */
  readonly calls: readonly LiveCall[];
  readonly callCount: number;
}

export interface ClientStatus {
  readonly clientId: string;
  readonly name: string;
  readonly version: string;
  readonly transport: 'stdio' | 'http';
  readonly era: string;
  readonly connectedAt: number;
}

export interface LiveUpstream {
  readonly name: string;
  readonly state: UpstreamState;
  /** Why, in words for a person; absent where nothing has happened to it. */
  readonly reason?: string;
  readonly stateAt?: number;
  /** Of the error by which it came into that state, see errors/codes.ts. */
  readonly errorCode?: number;
  /** By its configuration; absent in what an older hub says. */
  readonly transport?: 'stdio' | 'http' | 'sse';
  readonly era?: string;
  readonly pid?: number;
  /** How many tools it has; absent where that is not known in this run. */
  readonly tools?: number;
  /** Whether the configuration trusts what its tools say of themselves; absent in what an older hub says. */
  readonly isTrusted?: boolean;
  /**
   * Under which what it offers is kept, see hub/offer-key.ts; absent in what an older hub says. Not for output: it is a hash of
   * values of which some are secret.
   */
  readonly offerKey?: string;
  readonly breaker: UpstreamBreakerChanged['state'];
  /** Calls that are with it now. */
  readonly calls: number;
}

export interface LiveCall {
  readonly callId: string;
  readonly method: string;
  readonly name?: string;
  readonly upstream?: string;
  readonly client?: string;
  readonly startedAt: number;
}
