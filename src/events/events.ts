import type { Era } from '../protocol/era.ts';
import type { ResultBytes } from '../protocol/message.ts';

/** How a call ended, as the log, the monitor and `--json` name it. */
export type Outcome = 'ok' | 'tool_error' | 'error' | 'timeout' | 'cancelled' | 'denied' | 'unknown';

/** Times are milliseconds since the epoch (`at`, `startedAt`) or durations in milliseconds (`...Ms`); sizes are bytes. */
export interface HubStarted {
  readonly type: 'hub.started';
  readonly runId: string;
  readonly pid: number;
  readonly version: string;
  readonly configFiles: readonly string[];
  readonly at: number;
}

export interface HubStopped {
  readonly type: 'hub.stopped';
  readonly reason: string;
  readonly at: number;
}

/** The configuration has been read again and counts now, or an upstream was switched or started anew by hand. */
export interface HubReloaded {
  readonly type: 'hub.reloaded';
  /** Why, in words for a person. */
  readonly reason: string;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Upstreams of the same name that are others now, or are started anew. */
  readonly replaced: readonly string[];
  /** Upstreams that go on, with other settings. */
  readonly adjusted: readonly string[];
  readonly at: number;
}

/** A client has said who it is: once per stdio connection, or per HTTP principal. */
export interface ClientConnected {
  readonly type: 'client.connected';
  readonly clientId: string;
  readonly transport: 'stdio' | 'http';
  readonly era: Era;
  readonly protocolVersion: string;
  readonly name: string;
  readonly version: string;
  readonly at: number;
}

export interface ClientDisconnected {
  readonly type: 'client.disconnected';
  readonly clientId: string;
  readonly at: number;
}

export interface CallStarted {
  readonly type: 'call.started';
  /** Unique over all hubs and runs. */
  readonly callId: string;
  readonly clientId: string;
  readonly method: string;
  /** The upstream that the router chose; absent where nothing matched. */
  readonly upstream?: string;
  /** The name or URI that the client used. */
  readonly qualifiedName?: string;
  /** The name or URI that the upstream knows. */
  readonly ownName?: string;
  readonly startedAt: number;
  readonly bytesIn: number;
  /** The params as JSON text, whole or no more than its first characters; the log cuts and redacts it before it is stored. */
  readonly request: (maxChars?: number) => string;
}

export interface CallFinished {
  readonly type: 'call.finished';
  readonly callId: string;
  readonly outcome: Outcome;
  readonly errorCode?: number;
  readonly errorMessage?: string;
  readonly durationMs: number;
  /** Part of `durationMs` that the hub itself used. */
  readonly hubMs: number;
  /** Part of `durationMs` that was spent waiting for the upstream: its start, and its work. What is left was spent waiting for a login. */
  readonly upstreamMs: number;
  readonly bytesOut: number;
  /**
   * The result or error object as JSON text, whole, in pieces where it is large; absent where there was no answer. To be read
   * while the event is heard: the memory of a large result is given back when its client has it.
   */
  readonly result?: ResultBytes;
}

/** See upstream/lifecycle.ts. */
export type UpstreamState = 'idle' | 'starting' | 'ready' | 'degraded' | 'backing_off' | 'stopped' | 'disabled';

export interface UpstreamStateChanged {
  readonly type: 'upstream.state';
  readonly upstream: string;
  readonly state: UpstreamState;
  /** Why, in words for a person. */
  readonly reason: string;
  readonly pid?: number;
  readonly era?: Era;
  /** How long the start took, when it became ready. Milliseconds. */
  readonly startMs?: number;
  /** Of the error by which it came into this state, see errors/codes.ts; absent where none did. */
  readonly errorCode?: number;
  readonly at: number;
}

/** A call that failed on its way is sent again, to the same upstream or to another one. */
export interface CallRepeated {
  readonly type: 'call.repeated';
  readonly callId: string;
  /** Where it goes now. */
  readonly upstream: string;
  readonly qualifiedName: string;
  /** Counts from 1; a repetition is the second or a later one. */
  readonly attempt: number;
  /** Why the attempt before has failed, in words for a person. */
  readonly reason: string;
  /** That attempt. */
  readonly failed: {
    readonly upstream: string;
    readonly outcome: Outcome;
    readonly errorCode: number;
    /** What it has spent at the upstream: its start, and its work. */
    readonly durationMs: number;
  };
  readonly at: number;
}

/** The breaker of an upstream has changed: `open`, calls are answered without it; `half-open`, one call tries it. */
export interface UpstreamBreakerChanged {
  readonly type: 'upstream.breaker';
  readonly upstream: string;
  readonly state: 'closed' | 'open' | 'half-open';
  /** Why, in words for a person. */
  readonly reason: string;
  readonly at: number;
}

/** An upstream's era has been found out by asking it; it is kept under the hash of its configuration. */
export interface UpstreamEraSettled {
  readonly type: 'upstream.era';
  readonly upstream: string;
  readonly configHash: string;
  readonly era: Era;
  readonly at: number;
}

export interface UpstreamStderr {
  readonly type: 'upstream.stderr';
  readonly upstream: string;
  readonly line: string;
  readonly at: number;
}

/** What an upstream offers has become known or has changed. */
export interface UpstreamListed {
  readonly type: 'upstream.listed';
  readonly upstream: string;
  readonly tools: number;
  readonly prompts: number;
  readonly resources: number;
  readonly templates: number;
  /** Bytes of name, description and input schema of all tools, for the estimate of tokens. */
  readonly definitionBytes: number;
  /** The tools that clients are offered, and the bytes of each; absent where they are as they were last told. */
  readonly toolBytes?: ReadonlyArray<readonly [ownName: string, definitionBytes: number]>;
  readonly at: number;
}

/** Something a person should know that stopped nothing: a malformed tool, a shortened name, a log that cannot be written. */
export interface Problem {
  readonly type: 'problem';
  readonly upstream?: string;
  /** One sentence: what, why, what to do. */
  readonly message: string;
  readonly at: number;
}

/** Everything that can be observed. Watching never changes or breaks a call. */
export type HubEvent =
  | HubStarted
  | HubReloaded
  | HubStopped
  | ClientConnected
  | ClientDisconnected
  | CallStarted
  | CallFinished
  | CallRepeated
  | UpstreamStateChanged
  | UpstreamBreakerChanged
  | UpstreamEraSettled
  | UpstreamStderr
  | UpstreamListed
  | Problem;
