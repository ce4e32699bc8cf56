import { randomUUID } from 'node:crypto';
import { Catalog } from '../catalog/catalog.ts';
import type { ExposureRules } from '../catalog/merge.ts';
import type { HubConfig, UpstreamConfig } from '../config/hub-config.ts';
import { HubError } from '../errors/hub-error.ts';
import { createEventBus, type EventBus } from '../events/bus.ts';
import type { Implementation } from '../protocol/codec.ts';
import type { ListKind, Subject } from '../protocol/methods.ts';
import { createRelay, type Relay } from '../relay/relay.ts';
import type { View } from '../relay/view.ts';
import { createDeadline } from '../resilience/deadline.ts';
import { compileNameFilter } from '../router/name-filter.ts';
import { createRouter } from '../router/router.ts';
import { openCallLog } from '../store/call-log.ts';
import { readEraVerdict } from '../store/era-verdicts.ts';
import { createUpstreamPool, type UpstreamPool } from '../upstream/pool.ts';
import { VERSION } from '../utils/version.ts';
import { startEagerly } from './eager-start.ts';
import { explainRoute, type RouteExplanation } from './explain-route.ts';
import { createLocalClient, type LocalClient } from './local-client.ts';
import { type ProbeOptions, type ProbeResult, probeUpstream } from './probe.ts';
import { reportOn } from './report.ts';

export interface HubOptions {
  readonly config: HubConfig;
  /** Where the log is; it need not exist. */
  readonly stateDir: string;
  /** The hub's own environment. */
  readonly env: NodeJS.ProcessEnv;
  /** Whether calls are written to the log. */
  readonly log: boolean;
  /** Takes one line for a person; text of upstreams in it is not yet made printable. */
  readonly stderr: (line: string) => void;
  /** What is told on stderr; default `warning`. */
  readonly logLevel?: 'error' | 'warning' | 'info' | 'debug';
}

/** The whole program behind its edges. */
export interface Hub {
  readonly relay: Relay;
  readonly bus: EventBus;
  readonly serverInfo: Implementation;
  readonly config: HubConfig;
  /** A client in this process, whose calls take the same way as any other's. */
  connectLocalClient(client: Implementation): LocalClient;
  /** Starts one upstream and tells what it offers. Never rejects. */
  probe(name: string, options?: ProbeOptions): Promise<ProbeResult>;
  /** Tells where a name goes and by which rule, starting the upstreams that may own it. */
  explainRoute(kind: Subject, name: string): Promise<RouteExplanation>;
  /** Stops all upstreams and writes the log to its end. Idempotent; never rejects. */
  close(reason?: string): Promise<void>;
}

/** A verdict on an upstream's era is asked for again after this long. */
const VERDICT_AGE_MS = 7 * 24 * 60 * 60 * 1000;

const SERVER_INFO: Implementation = { name: 'mcp-hub', version: VERSION };

/** Puts the hub together. Nothing is started, opened or written by that. */
export const createHub = (options: HubOptions): Hub => {
  const { config, stateDir, env, stderr } = options;
  const bus = createEventBus((error) => stderr(`mcp-hub: a listener failed: ${HubError.from(error).message}`));
  reportOn(bus, { stderr, level: options.logLevel ?? 'warning' });
  const log = options.log
    ? openCallLog({ stateDir, config: config.log, bus, onProblem: (message) => stderr(`mcp-hub: ${message}`) })
    : undefined;
  const runId = randomUUID();
  bus.emit({
    type: 'hub.started',
    runId,
    pid: process.pid,
    version: VERSION,
    configFiles: config.files,
    at: Date.now(),
  });

  const upstreams = createUpstreamPool({
    config,
    bus,
    env,
    clientInfo: SERVER_INFO,
    // The hub answers no request of an upstream to a client, and so declares nothing of the kind.
    capabilities: {},
    readEraVerdict: async (hash) => {
      const verdict = await readEraVerdict(stateDir, hash);
      return verdict !== undefined && Date.now() - verdict.at < VERDICT_AGE_MS ? verdict.era : undefined;
    },
  });
  const view = createView(config, upstreams, bus);
  // The pipeline of a call, the outermost first.
  const interceptors = [createDeadline((name) => settingsOf(config, name).timeouts)];
  const relay = createRelay({
    bus,
    interceptors,
    viewOf: () => view,
    separator: config.separator,
    firstListMs: config.timeouts.firstListMs,
  });
  startEagerly({ config, upstreams, view });

  let closing: Promise<void> | undefined;
  const close = async (reason: string): Promise<void> => {
    view.catalog.close();
    await upstreams.stop();
    bus.emit({ type: 'hub.stopped', reason, at: Date.now() });
    await log?.close();
  };

  return {
    relay,
    bus,
    serverInfo: SERVER_INFO,
    config,
    connectLocalClient: (client) => createLocalClient({ relay, bus, serverInfo: SERVER_INFO, client }),
    probe: (name, probeOptions = {}) => probeUpstream({ name, view, upstreams, bus, ...probeOptions }),
    explainRoute: (kind, name) => explainRoute({ relay, view, config }, kind, name),
    close: (reason = 'it was told to end') => {
      closing ??= close(reason);
      return closing;
    },
  };
};

const createView = (config: HubConfig, upstreams: UpstreamPool, bus: EventBus): View => {
  const router = createRouter(config.routes);
  const rules = new Map(config.upstreams.map((upstream) => [upstream.name, createRules(upstream)]));
  const catalog = new Catalog({
    upstreams,
    rulesOf: (name) => rules.get(name) ?? createRules(settingsOf(config, name)),
    separator: config.separator,
    maxNameLength: config.maxNameLength,
    preferred: (subject, name) => router.routeOf(subject, name)?.row.to,
    maxDefinitions: config.limits.tools,
    firstListMs: config.timeouts.firstListMs,
    onListed: ({ upstream, counts, definitionBytes }) =>
      bus.emit({ type: 'upstream.listed', upstream, ...counts, definitionBytes, at: Date.now() }),
    onProblem: (upstream, message) =>
      bus.emit({ type: 'problem', upstream, message: withName(upstream, message), at: Date.now() }),
  });
  return { upstreams, catalog, router };
};

/** The sentence with the upstream's name before it, where it does not begin with it. */
const withName = (upstream: string, message: string): string =>
  message.startsWith(`${upstream} `) ? message : `${upstream}: ${message}`;

const createRules = ({ prefix, rename, describe, tools, prompts, resources }: UpstreamConfig): ExposureRules => {
  const uris = compileNameFilter(resources);
  const filters: Readonly<Record<ListKind, (name: string) => boolean>> = {
    tools: compileNameFilter(tools),
    prompts: compileNameFilter(prompts),
    resources: uris,
    templates: uris,
  };
  return { prefix, rename, describe, isOffered: (kind, ownName) => filters[kind](ownName) };
};

const settingsOf = (config: HubConfig, name: string): UpstreamConfig => {
  const upstream = config.upstreams.find((candidate) => candidate.name === name);
  if (upstream === undefined) throw new HubError('NOT_FOUND', `no upstream is named ${name}`);
  return upstream;
};
