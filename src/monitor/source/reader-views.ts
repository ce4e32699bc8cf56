import { ERROR_CODES } from '../../errors/codes.ts';
import type { UpstreamState } from '../../events/events.ts';
import type { ServerRow } from '../../store/monitor-queries/server-rows.ts';
import type { MonitorReader } from '../../store/monitor-reader.ts';
import { HISTOGRAM_LIMITS } from './aggregate.ts';
import type { Overview, ServerView, StatsView } from './monitor-source.ts';

const MINUTE_MS = 60_000;
const MOST_MINUTES = 180;
const DAY_MS = 86_400_000;

/** What stands above the calls. Short windows are shown by minutes, longer ones as the log sums them up. */
export const overviewOf = (reader: MonitorReader, sinceMs: number): Omit<Overview, 'servers' | 'serversReady'> => {
  const window = { sinceMs };
  const minutes = Math.ceil((Date.now() - sinceMs) / MINUTE_MS);
  const isShort = minutes <= MOST_MINUTES;
  const { calls, errors, latencyMs, perMinute } = reader.summary(window, isShort ? Math.max(1, minutes) : 1);
  return {
    calls,
    errors,
    ...(latencyMs === undefined ? {} : { latencyMs }),
    timeline: isShort ? perMinute : reader.stats(window).timeline.calls,
  };
};

export const serverView = (row: ServerRow): ServerView => {
  const { upstream, state = 'stopped', stateAt, reason, errorCode, era, tools, definitionBytes, latencyMs } = row;
  const fix = fixOf(upstream, state, errorCode);
  return {
    name: upstream,
    state: shownState(state, errorCode),
    ...(stateAt === undefined ? {} : { stateAt }),
    ...(reason === undefined ? {} : { reason }),
    ...(fix === undefined ? {} : { fix }),
    ...(era === undefined ? {} : { era }),
    ...(tools === undefined ? {} : { tools }),
    ...(definitionBytes === undefined ? {} : { definitionBytes }),
    calls: row.calls,
    errors: row.errors,
    ...(latencyMs === undefined ? {} : { latencyMs }),
    timeline: row.perMinute,
  };
};

/** The word for a state on the screen. @param errorCode of the error by which it came into that state */
export const shownState = (state: UpstreamState, errorCode: number | undefined): ServerView['state'] => {
  if (state !== 'backing_off') return state;
  return errorCode === ERROR_CODES.LOGIN_REQUIRED.rpc ? 'needs login' : 'restarting';
};

/** The command that mends a bad state; undefined where there is nothing to mend. */
export const fixOf = (server: string, state: UpstreamState, errorCode: number | undefined): string | undefined => {
  if (shownState(state, errorCode) === 'needs login') return `mcp-hub login ${server}`;
  if (state === 'backing_off' || state === 'degraded') return `mcp-hub doctor ${server}`;
  return state === 'disabled' ? `mcp-hub enable ${server}` : undefined;
};

export const statsOf = (reader: MonitorReader, sinceMs: number): StatsView => {
  const stats = reader.stats({ sinceMs });
  const { calls, errors } = stats.timeline;
  const offered = reader.tools({ sinceMs: Date.now() - 7 * DAY_MS }).filter(({ isOffered }) => isOffered);
  const unused = offered.filter((tool) => tool.calls === 0);
  const bytesOf = (tools: typeof offered): number => tools.reduce((sum, tool) => sum + (tool.definitionBytes ?? 0), 0);
  const byServer = Map.groupBy(offered, ({ upstream }) => upstream);
  return {
    timeline: calls.map((each, index) => ({ calls: each, errors: errors[index] ?? 0 })),
    histogram: histogramOf(stats.latency),
    servers: [...byServer].map(([name, tools]) => ({ name, definitionBytes: bytesOf(tools) })),
    neverCalled: { tools: unused.length, of: offered.length, definitionBytes: bytesOf(unused) },
    errors: stats.failures.map(({ upstream, outcome, calls: count, lastMessage }) => ({
      kind: outcome,
      calls: count,
      example: lastMessage === undefined ? upstream : `${upstream}: ${lastMessage}`,
    })),
    clients: stats.clients.map((client) => ({
      name: client.client,
      calls: client.calls,
      bytes: client.bytesIn + client.bytesOut,
    })),
    tools: reader
      .tools({ sinceMs })
      .filter((tool) => tool.calls > 0)
      .sort((a, b) => b.calls - a.calls)
      .slice(0, MOST_TOOLS)
      .map((tool) => ({
        name: tool.qualifiedName ?? `${tool.upstream}/${tool.ownName}`,
        calls: tool.calls,
        bytes: tool.bytesIn + tool.bytesOut,
      })),
  };
};

const MOST_TOOLS = 12;

/** The fine classes of the log in the few that are shown. */
const histogramOf = (latency: readonly { readonly fromMs: number; readonly calls: number }[]): StatsView['histogram'] =>
  HISTOGRAM_LIMITS.map((belowMs, index) => {
    const fromMs = HISTOGRAM_LIMITS[index - 1] ?? 0;
    const inside = latency.filter(
      (bucket) => bucket.fromMs >= fromMs && (belowMs === undefined || bucket.fromMs < belowMs),
    );
    const calls = inside.reduce((sum, bucket) => sum + bucket.calls, 0);
    return belowMs === undefined ? { calls } : { belowMs, calls };
  });
