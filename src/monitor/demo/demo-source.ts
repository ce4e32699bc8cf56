import type { CallRow } from '../../store/log-reader.ts';
import { hasFailed } from '../filter/match-call.ts';
import { errorsByKind, failuresOf, histogramOf, latencyOf, talkersOf, timelineOf } from '../source/aggregate.ts';
import type {
  MonitorSource,
  Overview,
  ServerDetail,
  ServerView,
  SessionView,
  StatsView,
} from '../source/monitor-source.ts';
import { DEMO_CLIENTS } from './cast/clients.ts';
import { DEMO_SERVERS, type DemoServer } from './cast/servers.ts';
import { createDemoServers } from './demo-servers.ts';
import { createOfferedTools } from './offered-tools.ts';
import { createPlayedLog } from './played-log.ts';
import { PRESENCE } from './script.ts';

export interface DemoClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls back every so often, until what it gives is called. */
  every(ms: number, tick: () => void): () => void;
}

const TICK_MS = 250;
const HALF_HOUR_MS = 1_800_000;
const HOUR_MS = 3_600_000;

/** A scripted session: several clients and servers, parallel calls, errors, an outage. Needs no set-up and writes nothing. */
export const createDemoSource = (clock: DemoClock): MonitorSource => {
  const startOfDemo = clock.now();
  const servers = createDemoServers(startOfDemo);
  const log = createPlayedLog(startOfDemo, () => clock.now());
  const tools = createOfferedTools();

  const viewOf = (server: DemoServer, calls: readonly CallRow[]): ServerView => {
    const now = clock.now();
    const own = calls.filter(({ upstream }) => upstream === server.name);
    const latencyMs = latencyOf(own);
    const state = servers.stateOf(server.name, now);
    const hasTools = state.state !== 'needs login';
    return {
      name: server.name,
      ...state,
      transport: server.transport,
      era: server.era,
      ...(hasTools ? { tools: tools.of(server).length, definitionBytes: tools.definitionBytes(server) } : {}),
      calls: own.length,
      errors: failuresOf(own),
      ...(latencyMs === undefined ? {} : { latencyMs }),
      timeline: timelineOf(own, { sinceMs: now - HALF_HOUR_MS, now, parts: 30 }),
    };
  };

  const detailOf = (server: DemoServer): ServerDetail => ({
    server: viewOf(server, log.rowsSince(clock.now() - HOUR_MS)),
    ...servers.processOf(server.name, clock.now()),
    prompts: server.prompts,
    resources: server.resources,
    command: server.command,
    configFile: '~/.config/mcp-hub/config.json',
    toolNames: tools.of(server).map(({ ownName }) => ownName),
    capabilities: server.capabilities,
    stderr: log.stderrOf(server.name),
    events: servers.eventsOf(server.name, clock.now()),
  });

  const overviewOf = (sinceMs: number): Overview => {
    const calls = log.rowsSince(sinceMs);
    const latencyMs = latencyOf(calls);
    const states = DEMO_SERVERS.map(({ name }) => servers.stateOf(name, clock.now()).state);
    return {
      calls: calls.length,
      errors: failuresOf(calls),
      ...(latencyMs === undefined ? {} : { latencyMs }),
      timeline: timelineOf(calls, { sinceMs, now: clock.now() }),
      serversReady: states.filter((state) => state === 'ready').length,
      servers: states.length,
    };
  };

  const statsOf = (sinceMs: number): StatsView => {
    const calls = log.rowsSince(sinceMs);
    const time = { sinceMs, now: clock.now() };
    const errors = timelineOf(calls.filter(hasFailed), time);
    const all = tools.views(log.rows());
    const unused = all.filter((tool) => tool.calls === 0);
    return {
      timeline: timelineOf(calls, time).map((each, part) => ({ calls: each, errors: errors[part] ?? 0 })),
      histogram: histogramOf(calls),
      servers: DEMO_SERVERS.map((server) => ({
        name: server.name,
        definitionBytes: tools.definitionBytes(server),
      })).filter(({ definitionBytes }) => definitionBytes > 0),
      neverCalled: {
        tools: unused.length,
        of: all.length,
        definitionBytes: unused.reduce((sum, tool) => sum + (tool.definitionBytes ?? 0), 0),
      },
      errors: errorsByKind(calls),
      clients: talkersOf(calls, ({ client }) => client ?? '-'),
      tools: talkersOf(calls, ({ qualifiedName, method }) => qualifiedName ?? method),
    };
  };

  return {
    label: 'demo',
    now: () => clock.now(),
    subscribe: (listener) => clock.every(TICK_MS, listener),
    calls: log.find,
    call: log.call,
    overview: overviewOf,
    usualMs: ({ upstream, ownName }) =>
      latencyOf(log.rows().filter((row) => row.upstream === upstream && row.ownName === ownName))?.p95,
    servers: (sinceMs) => {
      const calls = log.rowsSince(sinceMs);
      return DEMO_SERVERS.map((server) => viewOf(server, calls));
    },
    server: (name) => {
      const server = DEMO_SERVERS.find((each) => each.name === name);
      return server && detailOf(server);
    },
    tools: (sinceMs) => ({ tools: tools.views(log.rowsSince(sinceMs)) }),
    stats: statsOf,
    sessions: (sinceMs) => {
      const calls = log.rowsSince(sinceMs);
      return DEMO_CLIENTS.map((client) => sessionOf(client, calls, { startOfDemo, now: clock.now() }));
    },
    sessionCalls: (sessionId, limit) =>
      log
        .rows()
        .filter(({ clientId }) => clientId === sessionId)
        .slice(-limit),
    isFlooded: () => false,
    reasonAgainst: (action) => servers.reasonAgainst(action),
    act: async (action) => {
      if (action.kind === 'replay') return log.replay(action.call);
      if (action.kind !== 'hide') return servers.act(action, clock.now());
      tools.hide(action.server, action.tool);
      return `${action.tool} is hidden from clients (in the demo)`;
    },
    trouble: () => undefined,
    close: () => {},
  };
};

const sessionOf = (
  client: (typeof DEMO_CLIENTS)[number],
  calls: readonly CallRow[],
  { startOfDemo, now }: { readonly startOfDemo: number; readonly now: number },
): SessionView => {
  const own = calls.filter(({ clientId }) => clientId === client.id);
  const [from, until] = PRESENCE[client.id];
  const endedAt = startOfDemo + until;
  return {
    id: client.id,
    client: client.name,
    version: client.version,
    transport: 'stdio',
    era: client.era,
    protocolVersion: client.protocolVersion,
    startedAt: startOfDemo + from,
    ...(endedAt <= now ? { endedAt } : {}),
    calls: own.length,
    errors: failuresOf(own),
    servers: [...new Set(own.flatMap(({ upstream }) => upstream ?? []))],
    bytesIn: own.reduce((sum, { bytesIn }) => sum + bytesIn, 0),
    bytesOut: own.reduce((sum, { bytesOut }) => sum + (bytesOut ?? 0), 0),
  };
};
