import type { AttemptRow } from '../../store/call-attempts.ts';
import type { CallRow } from '../../store/log-reader.ts';
import type { CallMatch } from '../filter/match-call.ts';

/**
 * What the screens need to know, and what they may ask for. Two have it: the log of this machine's hubs, and the scripted
 * session of `--demo`. Times are milliseconds since the epoch (`...At`) or durations (`...Ms`).
 */
export interface MonitorSource {
  /** What is watched, where that is not the log: shown in the title. */
  readonly label?: string;
  /** The present, by the clock that the times of this source are of. */
  now(): number;
  /** Calls the listener when something may have changed; gives the way to end that. */
  subscribe(listener: () => void): () => void;
  /** The calls that match, without payloads. In a long log a search ends after a moment, and says how far it has come. */
  calls(query: CallQuery): CallsFound;
  /** One call with its payloads, and what its server said on standard error meanwhile. */
  call(id: number): CallDetail | undefined;
  overview(sinceMs: number): Overview;
  readonly usualMs: UsualLatency;
  servers(sinceMs: number): ServerView[];
  server(name: string): ServerDetail | undefined;
  tools(sinceMs: number): ToolsView;
  stats(sinceMs: number): StatsView;
  sessions(sinceMs: number): SessionView[];
  /** The calls of one session, oldest first, at most `limit`, the latest of them. */
  sessionCalls(sessionId: string, limit: number): CallRow[];
  /** Whether more calls come than anybody can read: then nothing that only counts is drawn between the looks. */
  isFlooded(): boolean;
  /** Why something cannot be done now, in words for a person; undefined where it can. */
  reasonAgainst(action: MonitorAction): string | undefined;
  /**
   * Does it, and gives one sentence about how it went.
   * @throws HubError where it did not
   */
  act(action: MonitorAction): Promise<string>;
  /** Something that the person should know: the log is gone, or cannot be read. Undefined where all is well. */
  trouble(): string | undefined;
  close(): void;
}

export interface CallQuery {
  readonly match: CallMatch;
  /** Only calls with a higher `id`. Default: all. */
  readonly afterId?: number;
  /** Only calls with a lower `id`. Default: all. */
  readonly beforeId?: number;
  /** Only these. Default: all. */
  readonly ids?: readonly number[];
  /** The most calls that are given; the latest of them, or with `afterId` the earliest. */
  readonly limit: number;
}

export interface CallsFound {
  /** Oldest first. */
  readonly calls: CallRow[];
  /** Where to go on: the `beforeId` of the next query, with `afterId` its `afterId`. Absent: there is nothing left to look at. */
  readonly reachedId?: number;
}

export interface CallDetail {
  readonly call: CallRow;
  /** In their order; empty where it was sent once. */
  readonly attempts: readonly AttemptRow[];
  readonly stderr: readonly StderrLine[];
  /**
   * Whether it can be made again without a question: its tool says of itself that it only reads, and the server is trusted to
   * say so. A hint of a server that is not trusted decides nothing:
   * https://modelcontextprotocol.io/specification/2026-07-28/schema#toolannotations
   */
  readonly isSafeToReplay: boolean;
}

/** What tells a tool from the others. */
export interface ToolName {
  readonly upstream: string;
  readonly ownName: string;
}

/** How long 95 % of the calls of a tool took at most, of those of the last day; undefined where too few are known. Milliseconds. */
export type UsualLatency = (tool: ToolName) => number | undefined;

export interface StderrLine {
  readonly at: number;
  readonly text: string;
}

export interface Latency {
  readonly p50: number;
  readonly p95: number;
}

/** What is above the list of calls. */
export interface Overview {
  readonly calls: number;
  readonly errors: number;
  readonly latencyMs?: Latency;
  /** Calls in equal parts of the time, the last is the present one. */
  readonly timeline: readonly number[];
  readonly serversReady: number;
  readonly servers: number;
}

export type ServerState =
  | 'ready'
  | 'idle'
  | 'starting'
  | 'degraded'
  | 'restarting'
  | 'failed'
  | 'stopped'
  | 'disabled'
  | 'needs login'
  | 'resting';

export interface ServerView {
  readonly name: string;
  readonly state: ServerState;
  /** When it came into that state. */
  readonly stateAt?: number;
  /** Why, in words for a person. */
  readonly reason?: string;
  /** The command that mends a bad state. */
  readonly fix?: string;
  readonly transport?: string;
  readonly era?: string;
  readonly tools?: number;
  readonly definitionBytes?: number;
  readonly calls: number;
  readonly errors: number;
  readonly latencyMs?: Latency;
  /** Calls of each of the last 30 minutes, the present one last. */
  readonly timeline: readonly number[];
}

export interface ServerDetail {
  readonly server: ServerView;
  readonly pid?: number;
  readonly prompts?: number;
  readonly resources?: number;
  readonly configFile?: string;
  readonly command?: string;
  readonly toolNames: readonly string[];
  /** What it was told to have, in words: `tools`, `resources (subscribe)`. */
  readonly capabilities: readonly string[];
  readonly stderr: readonly StderrLine[];
  readonly events: readonly { readonly at: number; readonly state: string; readonly reason: string }[];
}

export interface ToolView {
  /** As clients use it. */
  readonly name: string;
  readonly server: string;
  readonly ownName: string;
  readonly calls: number;
  readonly errors: number;
  readonly latencyMs?: Latency & { readonly max: number };
  readonly definitionBytes?: number;
  /** Mean of its results. */
  readonly resultBytes?: number;
  readonly lastUsedAt?: number;
}

export interface ToolsView {
  readonly tools: readonly ToolView[];
}

export interface StatsView {
  /** Calls in equal parts of the time, the last is the present one. */
  readonly timeline: readonly { readonly calls: number; readonly errors: number }[];
  /** Calls by how long they took; `belowMs` is absent in the last. */
  readonly histogram: readonly { readonly belowMs?: number; readonly calls: number }[];
  readonly servers: readonly { readonly name: string; readonly definitionBytes: number }[];
  readonly neverCalled: { readonly tools: number; readonly of: number; readonly definitionBytes: number };
  /** Most frequent first. */
  readonly errors: readonly { readonly kind: string; readonly calls: number; readonly example?: string }[];
  /** Clients and tools with most calls, most first. */
  readonly clients: readonly Talker[];
  readonly tools: readonly Talker[];
}

/** Who takes part in many calls. */
export interface Talker {
  readonly name: string;
  readonly calls: number;
  readonly bytes: number;
}

export interface SessionView {
  readonly id: string;
  readonly client: string;
  readonly version?: string;
  readonly transport?: string;
  readonly era?: string;
  readonly protocolVersion?: string;
  readonly startedAt: number;
  /** Absent while it lasts. */
  readonly endedAt?: number;
  readonly calls: number;
  readonly errors: number;
  readonly servers: readonly string[];
  readonly bytesIn: number;
  readonly bytesOut: number;
}

export type MonitorAction =
  | { readonly kind: 'restart'; readonly server: string }
  | { readonly kind: 'disable'; readonly server: string }
  | { readonly kind: 'enable'; readonly server: string }
  | { readonly kind: 'hide'; readonly server: string; readonly tool: string }
  | { readonly kind: 'replay'; readonly call: CallRow };
