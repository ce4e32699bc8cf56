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
import { createAuthOpener } from '../upstream/auth/auth-opener.ts';
import { createUpstreamPool } from '../upstream/pool.ts';
import { createValve, type Valve } from '../utils/valve.ts';
import { VERSION } from '../utils/version.ts';
import { createAskForLogin } from './ask-for-login.ts';
import { createAudit } from './audit.ts';
import { openControl } from './control/open-control.ts';
import { explainRoute, type RouteExplanation } from './explain-route.ts';
import { createKeptCatalogs } from './kept-catalogs.ts';
import { createLiveConfig } from './live-config.ts';
import { createLocalClient, type LocalClient } from './local-client.ts';
import { createLazyGuard } from './open-guard.ts';
import { type ProbeOptions, type ProbeResult, probeUpstream } from './probe.ts';
import { createReload } from './reload.ts';
import { reportOn } from './report.ts';
import { createViews } from './views.ts';

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
  /** The configuration as it is now. */
  readonly config: HubConfig;
  /** Holds up what all upstreams say. */
  readonly valve: Valve;
  /** Resolves when more calls may come, where there are too many to be logged at present; undefined where there are not. */
  readonly logBehind: () => Promise<void> | undefined;
  /** A client in this process, whose calls take the same way as any other's. */
  connectLocalClient(client: Implementation): LocalClient;
  /** Starts one upstream and tells what it offers. Never rejects. */
  probe(name: string, options?: ProbeOptions): Promise<ProbeResult>;
  /** The names of the tools that are known without asking anybody: of this run and of earlier ones. */
  knownTools(): readonly string[];
  /** Tells where a name goes and by which rule, starting the upstreams that may own it. */
  explainRoute(kind: Subject, name: string): Promise<RouteExplanation>;
  /**
   * Goes over to another configuration while it serves. Upstreams that are the same go on with their processes and calls;
   * one that has changed is replaced, its calls that are under way end first, within `hub.timeouts.graceMs`; what clients see is
   * told once. Keys that are read at the start alone are named by a `problem`.
   */
  reload(config: HubConfig): void;
  /**
   * Starts an upstream anew, for all clients: at once where it was running, else when it is needed.
   * @throws HubError NOT_FOUND, as do the next two
   */
  restartUpstream(name: string): void;
  /** Takes an upstream away from all clients, until it is enabled again or the file switches it. Calls under way end first. */
  disableUpstream(name: string): void;
  /** Gives it back, also where the file has it switched off. */
  enableUpstream(name: string): void;
  /** Stops all upstreams and writes the log to its end. Idempotent; never rejects. */
  close(reason?: string): Promise<void>;
}

const SERVER_INFO: Implementation = { name: 'mcp-hub', version: VERSION };

/** A client to which nothing can be declared: the command line. */
const NOBODY = { capabilities: {} };

/** Puts the hub together. Nothing is started, opened or written by that. */
export const createHub = (options: HubOptions): Hub => {
  const { stateDir, env } = options;
  const live = createLiveConfig(options.config);
  const { config, settingsOf } = live;
  const stderr = (line: string): void => options.stderr(live.hide(line));
  const bus = createEventBus((error) => stderr(`mcp-hub: a listener failed: ${HubError.from(error).message}`));
  reportOn(bus, { stderr, level: options.logLevel ?? 'warning' });
  const log = options.log
    ? openCallLog({ stateDir, config: withSecrets(config), bus, onProblem: (message) => stderr(`mcp-hub: ${message}`) })
    : undefined;
  const connectLocalClient = (client: Implementation): LocalClient =>
    createLocalClient({ relay, bus, serverInfo: SERVER_INFO, client });
  const control = options.control
    ? openControl({
        stateDir,
        bus,
        env,
        configOf: () => live.config,
        callsUnderWay: () => relay.callsUnderWay(),
        connect: connectLocalClient,
        servers: {
          restart: (name) => servers.restart(name),
          disable: (name) => servers.disable(name),
          enable: (name) => servers.enable(name),
        },
      })
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
  const openAuth = createAuthOpener(stateDir, env);
  const guard = createLazyGuard(stateDir, bus);
  const views = createViews({
    configOf: () => live.config,
    bus,
    createPool: (capabilities, answerUnattributed) =>
      createUpstreamPool({
        config: live.config,
        bus,
        env,
        clientInfo: SERVER_INFO,
        capabilities,
        answerUnattributed,
        valve,
        openGuard: guard.open,
        openAuth,
        readEraVerdict: async (hash) => kept?.eraOf(hash),
      }),
    ...(kept && { memoryFor: kept.memoryFor }),
  });
  const audit = log && createAudit(log, config.log);
  // The pipeline of a call, the outermost first.
  const breaker = createBreaker({ bus, isOn: (name) => settingsOf(name).breaker });
  bus.listenTo(['upstream.breaker'], (event) => {
    for (const upstream of views.upstreamsOf(event.upstream)) {
      if (event.state === 'closed') upstream.trust('breaker', event.reason);
      else upstream.doubt('breaker', event.reason);
    }
  });
  const pauses = createPauses({ bus });
  const upstreamOf = (name: string) => live.config.upstreams.find((upstream) => upstream.name === name);
  const repetition = audit?.mayRepeat ? { mayGoOn: audit.mayRepeat } : {};
  const askForLogin = createAskForLogin({
    bus,
    place: { stateDir, env },
    upstreamOf,
    restart: (name) => servers.restart(name),
    ...repetition,
  });
  const interceptors = [
    ...(audit?.interceptors ?? []),
    askForLogin.interceptor,
    createFailover({ bus, policyOf: settingsOf, ...repetition }),
    createDeadline((name) => settingsOf(name).timeouts),
    createRetry({ bus, policyOf: settingsOf, ...repetition }),
    breaker.interceptor,
    pauses.interceptor,
  ];
  const relay = createRelay({
    bus,
    interceptors,
    balance: createBalance({ isOpen: (name) => breaker.isOpen(name) || pauses.isPaused(name) }),
    ...(audit?.confirm && { confirm: audit.confirm }),
    mend: askForLogin.mend,
    viewOf: (client) => views.of(client),
    get separator() {
      return live.config.separator;
    },
    get firstListMs() {
      return live.config.timeouts.firstListMs;
    },
  });

  const { reload, ...servers } = createReload({ live, bus, views, breaker, pauses, kept, log });

  let closing: Promise<void> | undefined;
  const close = async (reason: string): Promise<void> => {
    askForLogin.close();
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
    get config() {
      return live.config;
    },
    valve,
    logBehind: () => log?.behind(),
    connectLocalClient,
    probe: (name, probeOptions = {}) => probeUpstream({ name, view: views.of(NOBODY), bus, ...probeOptions }),
    knownTools: () => [...views.of(NOBODY).catalog.list('tools').byName.keys()],
    explainRoute: (kind, name) => explainRoute({ relay, view: views.of(NOBODY), config: live.config }, kind, name),
    reload,
    restartUpstream: servers.restart,
    disableUpstream: servers.disable,
    enableUpstream: servers.enable,
    close: (reason = 'it was told to end') => {
      closing ??= close(reason);
      return closing;
    },
  };
};

/** What the configuration holds as secrets is taken out of the log, whatever its look. */
const withSecrets = ({ log, secrets }: HubConfig): HubConfig['log'] => ({
  ...log,
  redact: [...log.redact, ...(secrets?.patterns() ?? [])],
});
