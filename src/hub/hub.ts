import { randomUUID } from 'node:crypto';
import type { HubConfig } from '../config/hub-config.ts';
import { HubError } from '../errors/hub-error.ts';
import { createEventBus, type EventBus } from '../events/bus.ts';
import type { Implementation } from '../protocol/codec.ts';
import type { Subject } from '../protocol/methods.ts';
import { createRelay, type Relay } from '../relay/relay.ts';
import { createBreaker } from '../resilience/breaker.ts';
import { createDeadline } from '../resilience/deadline.ts';
import { createFailover } from '../resilience/failover.ts';
import { createPauses } from '../resilience/pause.ts';
import { createRetry } from '../resilience/retry.ts';
import { createBalance } from '../router/balance.ts';
import type { CacheDatabase } from '../store/cache-database.ts';
import { openCallLog } from '../store/call-log.ts';
import { createUpstreamPool } from '../upstream/pool.ts';
import { createValve, type Valve } from '../utils/valve.ts';
import { VERSION } from '../utils/version.ts';
import { createAudit } from './audit.ts';
import { openControl } from './control/open-control.ts';
import { explainRoute, type RouteExplanation } from './explain-route.ts';
import { createKeptCatalogs } from './kept-catalogs.ts';
import { createLocalClient, type LocalClient } from './local-client.ts';
import { createLazyGuard } from './open-guard.ts';
import { type ProbeOptions, type ProbeResult, probeUpstream } from './probe.ts';
import { reportOn } from './report.ts';
import { createViews, settingsOf } from './views.ts';

export interface HubOptions {
  readonly config: HubConfig;
  /** Where the log is; it need not exist. */
  readonly stateDir: string;
  /** The hub's own environment. */
  readonly env: NodeJS.ProcessEnv;
  /** Whether calls are written to the log. */
  readonly log: boolean;
  /** Where it is kept what upstreams offer; default: nowhere. */
  readonly cache?: CacheDatabase;
  /** Whether it can be asked and told things by `mcp-hub status` and `monitor` once a server of it runs; default false. */
  readonly control?: boolean;
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
  /** Holds up what all upstreams say. */
  readonly valve: Valve;
  /** Resolves when more calls may come, where there are too many to be logged at present; undefined where there are not. */
  readonly logBehind: () => Promise<void> | undefined;
  /** A client in this process, whose calls take the same way as any other's. */
  connectLocalClient(client: Implementation): LocalClient;
  /** Starts one upstream and tells what it offers. Never rejects. */
  probe(name: string, options?: ProbeOptions): Promise<ProbeResult>;
  /** Tells where a name goes and by which rule, starting the upstreams that may own it. */
  explainRoute(kind: Subject, name: string): Promise<RouteExplanation>;
  /** Stops all upstreams and writes the log to its end. Idempotent; never rejects. */
  close(reason?: string): Promise<void>;
}

const SERVER_INFO: Implementation = { name: 'mcp-hub', version: VERSION };

/** A client to which nothing can be declared: the command line. */
const NOBODY = { capabilities: {} };

/** Puts the hub together. Nothing is started, opened or written by that. */
export const createHub = (options: HubOptions): Hub => {
  const { config, stateDir, env } = options;
  const stderr = (line: string): void => options.stderr(config.secrets?.hide(line) ?? line);
  const bus = createEventBus((error) => stderr(`mcp-hub: a listener failed: ${HubError.from(error).message}`));
  reportOn(bus, { stderr, level: options.logLevel ?? 'warning' });
  const log = options.log
    ? openCallLog({ stateDir, config: withSecrets(config), bus, onProblem: (message) => stderr(`mcp-hub: ${message}`) })
    : undefined;
  const connectLocalClient = (client: Implementation): LocalClient =>
    createLocalClient({ relay, bus, serverInfo: SERVER_INFO, client });
  const control = options.control
    ? openControl({ stateDir, bus, env, configOf: () => config, connect: connectLocalClient, servers: SERVER_ACTIONS })
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

  const kept = options.cache && createKeptCatalogs(config.upstreams, options.cache, bus);
  const valve = createValve();
  const guard = createLazyGuard(stateDir, bus);
  const views = createViews({
    config,
    bus,
    createPool: (capabilities, answerUnattributed) =>
      createUpstreamPool({
        config,
        bus,
        env,
        clientInfo: SERVER_INFO,
        capabilities,
        answerUnattributed,
        valve,
        openGuard: guard.open,
        readEraVerdict: async (hash) => kept?.eraOf(hash),
      }),
    ...(kept && { memoryFor: kept.memoryFor }),
  });
  const audit = log && createAudit(log, config.log);
  // The pipeline of a call, the outermost first.
  const breaker = createBreaker({ bus, isOn: (name) => settingsOf(config, name).breaker });
  const pauses = createPauses({ bus });
  const interceptors = [
    ...(audit?.interceptors ?? []),
    createFailover({ bus, policyOf: (name) => settingsOf(config, name) }),
    createDeadline((name) => settingsOf(config, name).timeouts),
    createRetry({ bus, policyOf: (name) => settingsOf(config, name) }),
    breaker.interceptor,
    pauses.interceptor,
  ];
  const relay = createRelay({
    bus,
    interceptors,
    balance: createBalance({ isOpen: (name) => breaker.isOpen(name) || pauses.isPaused(name) }),
    ...(audit?.confirm && { confirm: audit.confirm }),
    viewOf: (client) => views.of(client),
    separator: config.separator,
    firstListMs: config.timeouts.firstListMs,
  });

  let closing: Promise<void> | undefined;
  const close = async (reason: string): Promise<void> => {
    await control?.close();
    await views.close();
    await guard.close();
    await kept?.flush();
    bus.emit({ type: 'hub.stopped', reason, at: Date.now() });
    await log?.close();
  };

  return {
    relay,
    bus,
    serverInfo: SERVER_INFO,
    config,
    valve,
    logBehind: () => log?.behind(),
    connectLocalClient,
    probe: (name, probeOptions = {}) => probeUpstream({ name, view: views.of(NOBODY), bus, ...probeOptions }),
    explainRoute: (kind, name) => explainRoute({ relay, view: views.of(NOBODY), config }, kind, name),
    close: (reason = 'it was told to end') => {
      closing ??= close(reason);
      return closing;
    },
  };
};

const refuse = (server: string): never => {
  throw new HubError('UPSTREAM_UNAVAILABLE', `${server} cannot be switched while its hub runs`, {
    hint: 'restart the client that started the hub',
  });
};
const SERVER_ACTIONS = { restart: refuse, disable: refuse, enable: refuse };

/** What the configuration holds as secrets is taken out of the log, whatever its look. */
const withSecrets = ({ log, secrets }: HubConfig): HubConfig['log'] => ({
  ...log,
  redact: [...log.redact, ...(secrets?.patterns() ?? [])],
});
