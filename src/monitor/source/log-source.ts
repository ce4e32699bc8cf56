import type { CallRow } from '../../store/log-reader.ts';
import type { UpstreamStatus } from '../../store/upstream-statuses.ts';
import { hasFailed } from '../filter/match-call.ts';
import { errorsByKind, failuresOf, histogramOf, latencyOf, talkersOf, timelineOf, toolUse } from './aggregate.ts';
import { searchCalls } from './call-search.ts';
import { holdLog } from './held-log.ts';
import type { MonitorSource, ServerView, SessionView, ToolView } from './monitor-source.ts';

/** How often the log is looked at for a change; that costs microseconds. */
const POLL_MS = 250;

/** A call that runs is looked at so often although nothing was written: its hub may have died. */
const RUNNING_POLLS = 8;

/** Calls that figures are made of, the latest. */
const MOST_CALLS = 20_000;

/**
 * The log of this machine's hubs, read only.
 * @throws HubError STORE_UNAVAILABLE where there is one that cannot be read
 */
export const createLogSource = (stateDir: string): MonitorSource => {
  const log = holdLog(stateDir);
  let polls = 0;
  const callsSince = (sinceMs: number): CallRow[] =>
    log.reader()?.calls({ sinceMs, limit: MOST_CALLS }).reverse() ?? [];
  const statuses = (): UpstreamStatus[] => [...(log.reader()?.upstreamStatuses().values() ?? [])];
  const serverViews = (sinceMs: number): ServerView[] => {
    const calls = callsSince(sinceMs);
    return statuses().map((status) =>
      serverView(
        status,
        calls.filter(({ upstream }) => upstream === status.upstream),
        sinceMs,
      ),
    );
  };

  return {
    now: () => Date.now(),
    subscribe: (listener) => {
      const timer = setInterval(() => {
        polls += 1;
        if (log.hasChanged() || polls % RUNNING_POLLS === 0) listener();
      }, POLL_MS);
      return () => clearInterval(timer);
    },
    calls: (query) => {
      const reader = log.reader();
      return reader === undefined ? [] : searchCalls(reader, query, Date.now());
    },
    call: (id) => {
      const call = log.reader()?.calls({ ids: [id], payloads: true, limit: 1 })[0];
      return call === undefined ? undefined : { call, stderr: [], isReadOnly: false };
    },
    overview: (sinceMs) => {
      const calls = callsSince(sinceMs);
      const latencyMs = latencyOf(calls);
      const states = statuses().map(({ state }) => state);
      return {
        calls: calls.length,
        errors: failuresOf(calls),
        ...(latencyMs === undefined ? {} : { latencyMs }),
        timeline: timelineOf(calls, { sinceMs, now: Date.now() }),
        serversReady: states.filter((state) => state === 'ready').length,
        servers: states.length,
      };
    },
    servers: serverViews,
    server: (name) => {
      const server = serverViews(Date.now() - 86_400_000).find((each) => each.name === name);
      return server && { server, toolNames: [], capabilities: [], stderr: [], events: [] };
    },
    tools: (sinceMs) => ({ tools: toolViews(callsSince(sinceMs)) }),
    stats: (sinceMs) => {
      const calls = callsSince(sinceMs);
      const now = Date.now();
      const errors = timelineOf(calls.filter(hasFailed), { sinceMs, now });
      return {
        timeline: timelineOf(calls, { sinceMs, now }).map((each, part) => ({ calls: each, errors: errors[part] ?? 0 })),
        histogram: histogramOf(calls),
        servers: statuses().flatMap(({ upstream, definitionBytes }) =>
          definitionBytes === undefined ? [] : [{ name: upstream, definitionBytes }],
        ),
        neverCalled: { tools: 0, of: 0, definitionBytes: 0 },
        errors: errorsByKind(calls),
        talkers: talkersOf(calls),
      };
    },
    sessions: (sinceMs) => sessionViews(callsSince(sinceMs)),
    sessionCalls: (sessionId, limit) =>
      callsSince(0)
        .filter((call) => sessionOf(call) === sessionId)
        .slice(-limit),
    reasonAgainst: () => 'no running hub can be asked',
    act: () => Promise.reject(new TypeError('nothing can be done without a hub')),
    trouble: () => log.trouble(),
    close: () => log.close(),
  };
};

const serverView = (status: UpstreamStatus, calls: readonly CallRow[], sinceMs: number): ServerView => {
  const { upstream, state, stateAt, reason, era, tools, definitionBytes } = status;
  const latencyMs = latencyOf(calls);
  return {
    name: upstream,
    state: state ?? 'stopped',
    ...(stateAt === undefined ? {} : { stateAt }),
    ...(reason === undefined ? {} : { reason }),
    ...(state === 'failed' ? { fix: `mcp-hub list --check` } : {}),
    ...(state === 'disabled' ? { fix: `mcp-hub enable ${upstream}` } : {}),
    ...(era === undefined ? {} : { era }),
    ...(tools === undefined ? {} : { tools }),
    ...(definitionBytes === undefined ? {} : { definitionBytes }),
    calls: calls.length,
    errors: failuresOf(calls),
    ...(latencyMs === undefined ? {} : { latencyMs }),
    timeline: timelineOf(calls, { sinceMs, now: Date.now() }),
  };
};

const toolViews = (calls: readonly CallRow[]): ToolView[] => {
  const byName = Map.groupBy(
    calls.filter(({ method }) => method === 'tools/call'),
    ({ qualifiedName }) => qualifiedName ?? '-',
  );
  return [...byName].map(([name, own]) => ({
    name,
    server: own[0]?.upstream ?? '-',
    ownName: own[0]?.ownName ?? name,
    ...toolUse(own),
  }));
};

const sessionOf = ({ runId, clientId }: CallRow): string => `${runId}/${clientId}`;

const sessionViews = (calls: readonly CallRow[]): SessionView[] =>
  [...Map.groupBy(calls, sessionOf)].map(([id, own]) => ({
    id,
    client: own[0]?.client ?? '-',
    ...(own[0]?.clientVersion === undefined ? {} : { version: own[0].clientVersion }),
    startedAt: own[0]?.startedAt ?? 0,
    calls: own.length,
    errors: failuresOf(own),
    servers: [...new Set(own.flatMap(({ upstream }) => upstream ?? []))],
    bytesIn: own.reduce((sum, { bytesIn }) => sum + bytesIn, 0),
    bytesOut: own.reduce((sum, { bytesOut }) => sum + (bytesOut ?? 0), 0),
  }));
