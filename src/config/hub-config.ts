import type { SecretTexts } from './secret-texts.ts';

/** Where a value stands in a file; lines and columns count from 1. */
export interface SourcePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Something wrong with the configuration, in one sentence for a person. */
export interface ConfigProblem {
  /** An `error` stops `serve`; a `skipped` entry is left out and the rest is served; a `warning` changes nothing. */
  readonly severity: 'error' | 'skipped' | 'warning';
  /** What is wrong and what to do. No value of a secret is ever in it. */
  readonly message: string;
  /** Path of keys, `hub.servers.github.prefix`. */
  readonly path: string;
  readonly place?: SourcePlace;
  /** The upstream that it concerns, where it concerns one. */
  readonly upstream?: string;
  /** A project's file, which `place` names, is left out as a whole until the person trusts it. */
  readonly isUntrusted?: true;
}

/** A list of what is let through: `include` first (empty: everything), then `exclude` takes away. Globs of micromatch. */
export interface NameFilter {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

export interface StdioSettings {
  readonly type: 'stdio';
  readonly command: string;
  readonly args: readonly string[];
  /** The variables that the configuration declares, with `${VAR}` filled in. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export interface HttpSettings {
  /** `http` is Streamable HTTP, `sse` the HTTP+SSE transport of 2024-11-05. */
  readonly type: 'http' | 'sse';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** How the hub is known at the authorization server of an HTTP upstream; each default: it finds out by itself. */
export interface LoginSettings {
  /** A client that somebody has registered there. */
  readonly clientId?: string;
  readonly clientSecret?: string;
  /** An https address with the client's metadata, which is its id at servers that know such (CIMD). */
  readonly clientMetadataUrl?: string;
  /** Scopes to ask for, parted by spaces; default: those that the server asks for. */
  readonly scope?: string;
  /** The port on 127.0.0.1 that the browser comes back to; default: any. */
  readonly redirectPort?: number;
}

/** Durations in milliseconds. */
export interface UpstreamTimeouts {
  /** From the start of the process or connection to the end of the handshake; default 30 000. */
  readonly startMs: number;
  /** From the sending of a call to its answer, begun again by each progress notification; default 60 000. */
  readonly callMs: number;
  /** The most that progress can stretch `callMs` to; default 3 600 000. */
  readonly maxCallMs: number;
}

export interface UpstreamConfig {
  /** The key in `mcpServers`. */
  readonly name: string;
  readonly enabled: boolean;
  readonly transport: StdioSettings | HttpSettings;
  /** Variables that the entry names and nobody has set; while there is one, the upstream is not started. */
  readonly missingVariables: readonly string[];
  /** Put before names with the separator; `''` exposes them as they are. Default: `name`. */
  readonly prefix: string;
  /** Own name to the name that replaces it (before the prefix is put on). */
  readonly rename: Readonly<Record<string, string>>;
  /** Own tool or prompt name to the description that replaces the upstream's. */
  readonly describe: Readonly<Record<string, string>>;
  readonly tools: NameFilter;
  readonly prompts: NameFilter;
  readonly resources: NameFilter;
  readonly start: 'lazy' | 'eager';
  /** Stop after this long without a call; 0 = never. */
  readonly idleStopMs: number;
  readonly protocol: 'auto' | 'legacy' | 'modern';
  readonly isolation: 'shared' | 'session';
  readonly timeouts: UpstreamTimeouts;
  /** `auto` repeats what cannot do harm twice, `safe` holds every call for harmless, `off` repeats nothing that was sent. */
  readonly retry: 'auto' | 'safe' | 'off';
  /** Whether a server that keeps failing is left alone for a while. */
  readonly breaker: boolean;
  readonly maxConcurrent: number;
  /** Whether the annotations of its tools are believed. */
  readonly trusted: boolean;
  readonly allowPrivate: boolean;
  /** How to log in there; `false`: never, default: as the server says. */
  readonly auth?: LoginSettings | false;
  /** SHA-256, hex, of what makes it this upstream: transport with uninterpolated values, cwd, and protocol. */
  readonly hash: string;
}

export type RouteKind = 'tool' | 'prompt' | 'resource';

/** One row of `hub.routes`. The first row that matches decides. */
export interface RouteConfig {
  /** Glob on the name or URI that the client uses. */
  readonly match: string;
  /** Default: every kind. */
  readonly kind?: RouteKind;
  /** Names of upstreams, tried in this order. */
  readonly to: readonly string[];
  readonly strategy: 'failover' | 'round-robin' | 'least-pending' | 'weighted';
  /** For `weighted`: upstream to weight; default 1 each. */
  readonly weights?: Readonly<Record<string, number>>;
  readonly scope?: string;
  readonly place?: SourcePlace;
}

export interface LogConfig {
  readonly enabled: boolean;
  /** Bytes of request and of result that are kept per call; 0 = none. Default 16 384. */
  readonly payloadBytes: number;
  /** Globs of keys, and `/regex/flags` patterns of text, that are replaced before anything is stored. */
  readonly redact: readonly string[];
  readonly keepDays: number;
  readonly maxBytes: number;
  readonly durability: 'batched' | 'audit';
  readonly onFailure: 'serve' | 'block';
  /** Whether entries are linked by hashes; default: with `audit`. */
  readonly chain?: boolean | undefined;
}

export interface LimitsConfig {
  readonly lineBytes: number;
  readonly resultBytes: number;
  readonly httpBodyBytes: number;
  readonly clientQueueBytes: number;
  /** Tools per upstream. */
  readonly tools: number;
}

/** The whole configuration, checked, completed with defaults, and interpolated. */
export interface HubConfig {
  /** The files that were read, absolute; empty when none was found. */
  readonly files: readonly string[];
  readonly separator: string;
  /** Longest exposed name, in characters; default 54. */
  readonly maxNameLength: number;
  /** In the order of the file, disabled ones included. */
  readonly upstreams: readonly UpstreamConfig[];
  readonly routes: readonly RouteConfig[];
  readonly timeouts: UpstreamTimeouts & {
    /** How long the first list waits for upstreams that were never seen; default 10 000. */
    readonly firstListMs: number;
    /** How long calls in flight may finish at shutdown; default 10 000. */
    readonly graceMs: number;
  };
  readonly limits: LimitsConfig;
  readonly log: LogConfig;
  readonly cacheRefresh: 'on-use' | 'eager' | 'off';
  /** The secret values that were filled in; default: there are none. */
  readonly secrets?: SecretTexts;
  /** What is wrong without being fatal, in the order of the file. */
  readonly problems: readonly ConfigProblem[];
}
