import type { CallRow } from '../../store/log-reader.ts';
import { matchesCall } from '../filter/match-call.ts';
import {
  errorsByKind,
  failuresOf,
  histogramOf,
  latencyOf,
  talkersOf,
  timelineOf,
  toolUse,
} from '../source/aggregate.ts';
import type { CallQuery, MonitorAction, MonitorSource, ServerView, ToolView } from '../source/monitor-source.ts';
import { DEMO_CLIENTS, DEMO_SERVERS, DEMO_TOOLS, type DemoServer, demoTool } from './cast.ts';
import { createDemoServers } from './demo-servers.ts';
import { playedRow, stderrOf, withPayloads } from './played-row.ts';
import { type PlayedCall, PRESENCE, playUntil } from './script.ts';

export interface DemoClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls back every so often, until what it gives is called. */
  every(ms: number, tick: () => void): () => void;
}

const TICK_MS = 250;
const HALF_HOUR_MS = 1_800_000;

/** A scripted session: several clients and servers, parallel calls, errors, an outage. Needs no set-up and writes nothing. */
export const createDemoSource = (clock: DemoClock): MonitorSource => {
  const startOfDemo = clock.now();
  const replayed: PlayedCall[] = [];
  const hidden = new Set<string>();
  const servers = createDemoServers(startOfDemo);
  let played: readonly PlayedCall[] = [];
  let playedUntil = Number.NEGATIVE_INFINITY;

  const begun = (): readonly PlayedCall[] => {
    const elapsed = clock.now() - startOfDemo;
    if (elapsed >= playedUntil) {
      playedUntil = Math.max(elapsed, 0) + 60_000;
      played = playUntil(playedUntil);
    }
    return [...played.filter(({ at }) => at <= elapsed), ...replayed].sort((a, b) => a.at - b.at);
  };
  const rows = (): CallRow[] => begun().map((call, index) => playedRow(call, index + 1, startOfDemo, clock.now()));
  const rowsSince = (sinceMs: number): CallRow[] => rows().filter(({ startedAt }) => startedAt >= sinceMs);

  const viewOf = (server: DemoServer, calls: readonly CallRow[]): ServerView => {
    const own = calls.filter(({ upstream }) => upstream === server.name);
    const latencyMs = latencyOf(own);
    const state = servers.stateOf(server.name, clock.now());
    const hasTools = state.state !== 'needs login';
    return {
      name: server.name,
      ...state,
      transport: server.transport,
      era: server.era,
      ...(hasTools ? { tools: toolsOf(server).length, definitionBytes: definitionBytes(server) } : {}),
      calls: own.length,
      errors: failuresOf(own),
      ...(latencyMs === undefined ? {} : { latencyMs }),
      timeline: timelineOf(own, { sinceMs: clock.now() - HALF_HOUR_MS, now: clock.now(), parts: 30 }),
    };
  };

  const toolsOf = (server: DemoServer): Omit<ToolView, 'calls' | 'errors'>[] => {
    const used = DEMO_TOOLS.filter((tool) => tool.server === server.name);
    const all = [
      ...used.map(({ name, definitionBytes: bytes }) => ({ name, bytes })),
      ...server.unused.map((name, index) => ({ name, bytes: 520 + ((index * 137) % 480) })),
    ];
    return all
      .filter(({ name }) => !hidden.has(`${server.name}.${name}`))
      .map(({ name, bytes }) => ({
        name: `${server.name}__${name}`,
        server: server.name,
        ownName: name,
        definitionBytes: bytes,
      }));
  };
  const definitionBytes = (server: DemoServer): number =>
    toolsOf(server).reduce((sum, tool) => sum + (tool.definitionBytes ?? 0), 0);
  const toolViews = (sinceMs: number): ToolView[] => {
    const calls = rowsSince(sinceMs);
    return DEMO_SERVERS.flatMap(toolsOf).map((tool) => ({
      ...tool,
      ...toolUse(calls.filter(({ qualifiedName }) => qualifiedName === tool.name)),
    }));
  };

  return {
    label: 'demo',
    now: () => clock.now(),
    subscribe: (listener) => clock.every(TICK_MS, listener),
    calls: ({ match, afterId, beforeId, ids, limit }: CallQuery) => {
      const found = rows().filter(
        (row) =>
          (afterId === undefined || row.id > afterId) &&
          (beforeId === undefined || row.id < beforeId) &&
          (ids === undefined || ids.includes(row.id)) &&
          matchesCall(row, match, clock.now()),
      );
      const calls = afterId === undefined ? found.slice(-limit) : found.slice(0, limit);
      const edge = afterId === undefined ? calls[0] : calls.at(-1);
      return { calls, ...(calls.length < found.length && edge !== undefined ? { reachedId: edge.id } : {}) };
    },
    call: (id) => {
      const all = begun();
      const call = all[id - 1];
      if (call === undefined) return undefined;
      const row = withPayloads(playedRow(call, id, startOfDemo, clock.now()), call);
      const near = all.filter(
        (each) =>
          each.tool.server === call.tool.server && each.at + each.tookMs >= call.at && each.at <= call.at + call.tookMs,
      );
      const stderr = near.flatMap((each) => stderrOf(each, startOfDemo, clock.now())).sort((a, b) => a.at - b.at);
      return { call: row, attempts: [], stderr, isSafeToReplay: call.tool.isReadOnly };
    },
    overview: (sinceMs) => {
      const calls = rowsSince(sinceMs);
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
    },
    usualMs: ({ upstream, ownName }) =>
      latencyOf(rows().filter((row) => row.upstream === upstream && row.ownName === ownName))?.p95,
    servers: (sinceMs) => {
      const calls = rowsSince(sinceMs);
      return DEMO_SERVERS.map((server) => viewOf(server, calls));
    },
    server: (name) => {
      const server = DEMO_SERVERS.find((each) => each.name === name);
      if (server === undefined) return undefined;
      const sinceMs = clock.now() - 3_600_000;
      const own = begun().filter(({ tool }) => tool.server === name);
      return {
        server: viewOf(server, rowsSince(sinceMs)),
        ...servers.processOf(name, clock.now()),
        prompts: server.prompts,
        resources: server.resources,
        command: server.command,
        configFile: '~/.config/mcp-hub/config.json',
        toolNames: toolsOf(server).map(({ ownName }) => ownName),
        capabilities: server.capabilities,
        stderr: own
          .slice(-20)
          .flatMap((call) => stderrOf(call, startOfDemo, clock.now()))
          .sort((a, b) => a.at - b.at),
        events: servers.eventsOf(name, clock.now()),
      };
    },
    tools: (sinceMs) => ({ tools: toolViews(sinceMs) }),
    stats: (sinceMs) => {
      const calls = rowsSince(sinceMs);
      const errors = timelineOf(
        calls.filter(({ outcome }) => outcome !== 'ok' && outcome !== 'running'),
        { sinceMs, now: clock.now() },
      );
      const tools = toolViews(0);
      const unused = tools.filter((tool) => tool.calls === 0);
      return {
        timeline: timelineOf(calls, { sinceMs, now: clock.now() }).map((each, part) => ({
          calls: each,
          errors: errors[part] ?? 0,
        })),
        histogram: histogramOf(calls),
        servers: DEMO_SERVERS.map((server) => ({ name: server.name, definitionBytes: definitionBytes(server) })).filter(
          (server) => server.definitionBytes > 0,
        ),
        neverCalled: {
          tools: unused.length,
          of: tools.length,
          definitionBytes: unused.reduce((sum, tool) => sum + (tool.definitionBytes ?? 0), 0),
        },
        errors: errorsByKind(calls),
        clients: talkersOf(calls, ({ client }) => client ?? '-'),
        tools: talkersOf(calls, ({ qualifiedName, method }) => qualifiedName ?? method),
      };
    },
    sessions: (sinceMs) => {
      const calls = rowsSince(sinceMs);
      return DEMO_CLIENTS.map((client) => {
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
          ...(endedAt <= clock.now() ? { endedAt } : {}),
          calls: own.length,
          errors: failuresOf(own),
          servers: [...new Set(own.flatMap(({ upstream }) => upstream ?? []))],
          bytesIn: own.reduce((sum, { bytesIn }) => sum + bytesIn, 0),
          bytesOut: own.reduce((sum, { bytesOut }) => sum + (bytesOut ?? 0), 0),
        };
      });
    },
    sessionCalls: (sessionId, limit) =>
      rows()
        .filter(({ clientId }) => clientId === sessionId)
        .slice(-limit),
    reasonAgainst: (action) => servers.reasonAgainst(action),
    act: async (action) => {
      if (action.kind === 'hide') {
        hidden.add(`${action.server}.${action.tool}`);
        return `${action.tool} is hidden from clients (in the demo)`;
      }
      if (action.kind === 'replay') return replay(action);
      return servers.act(action, clock.now());
    },
    trouble: () => undefined,
    close: () => {},
  };

  function replay({ call }: MonitorAction & { kind: 'replay' }): string {
    const tool = demoTool(call.upstream ?? '', call.ownName ?? '');
    const at = clock.now() - startOfDemo;
    const variant = begun()[call.id - 1]?.variant ?? 0;
    replayed.push({ at, client: 'desktop', tool, tookMs: tool.usualMs, isFailed: false, variant });
    return `${tool.name} was called again`;
  }
};
