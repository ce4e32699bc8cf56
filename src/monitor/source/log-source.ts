import { type KeptUpstreams, openKeptUpstreams } from '../../hub/kept-upstreams.ts';
import type { CallRow } from '../../store/log-reader.ts';
import type { ServerRow } from '../../store/monitor-queries/server-rows.ts';
import type { SessionRow } from '../../store/monitor-queries/sessions.ts';
import type { ToolRow } from '../../store/monitor-queries/tool-rows.ts';
import type { MonitorReader } from '../../store/monitor-reader.ts';
import { isProcessAlive } from '../../utils/process-start.ts';
import { searchCalls } from './call-search.ts';
import { capabilityWords } from './capability-words.ts';
import { holdLog } from './held-log.ts';
import { createLookPace, REAL_PACE_CLOCK } from './look-pace.ts';
import type {
  MonitorSource,
  Overview,
  ServerDetail,
  ServerView,
  SessionView,
  StatsView,
  ToolView,
} from './monitor-source.ts';
import { overviewOf, serverView, shownState, statsOf } from './reader-views.ts';
import { createRunningHubs, type GoneHub, withLive } from './running-hubs.ts';
import { keepUsualLatency, p95OfBuckets } from './usual-latency.ts';

/** How often the log is looked at for a change; that costs microseconds. */
const POLL_MS = 250;

/** After so many looks everything is read again although nothing was written: hubs die without a word, and time goes on. */
const QUIET_POLLS = 20;

/** After so many looks running hubs are asked how they are. */
const ASK_POLLS = 8;

const MOST_SESSIONS = 200;
const STDERR_LINES = 100;
const MOST_CHANGES = 20;

/** What a server says shortly before and after a call is of that call too. */
const STDERR_MARGIN_MS = 100;

/**
 * The log of this machine's hubs, read only.
 * @throws HubError STORE_UNAVAILABLE where there is one that cannot be read
 */
export const createLogSource = (stateDir: string): MonitorSource => {
  const log = holdLog(stateDir);
  const hubs = createRunningHubs(stateDir);
  let kept: KeptUpstreams | undefined;
  const lookForKept = async (): Promise<void> => {
    kept = await openKeptUpstreams(stateDir);
  };
  void lookForKept();
  const pace = createLookPace(REAL_PACE_CLOCK);
  let hasNews = false;
  let quiet = 0;
  let sinceAsked = ASK_POLLS;
  const reading = <T>(read: (reader: MonitorReader) => T, otherwise: T): T => {
    const reader = log.reader();
    return reader === undefined ? otherwise : read(reader);
  };

  /** 0 where it cannot be read: whoever reads on is told why. */
  const lastId = (): number => {
    try {
      return reading((reader) => reader.lastId(), 0);
    } catch {
      return 0;
    }
  };

  const serversOf = (reader: MonitorReader, sinceMs: number): ServerView[] => {
    const live = hubs.upstreams();
    const known = reader.servers({ sinceMs }).map(serverView);
    const names = new Set(known.map(({ name }) => name));
    const unused = live.filter(({ name }) => !names.has(name)).map(({ name }) => unusedServer(name));
    return [...known, ...unused].map((view) => withLive(view, hubs.upstream(view.name), live.length > 0));
  };

  return {
    now: () => Date.now(),
    subscribe: (listener) => {
      const ask = async (): Promise<void> => {
        await lookForKept();
        if (await hubs.refresh()) hasNews = true;
      };
      const timer = setInterval(() => {
        quiet += 1;
        sinceAsked += 1;
        if (sinceAsked >= ASK_POLLS) {
          sinceAsked = 0;
          void ask();
        }
        hasNews ||= log.hasChanged();
        if (!hasNews && quiet < QUIET_POLLS) return;
        const last = lastId();
        if (!pace.isTime(last)) return;
        pace.looked(last);
        hasNews = false;
        quiet = 0;
        listener();
      }, POLL_MS);
      return () => clearInterval(timer);
    },
    calls: (query) => reading((reader) => searchCalls(reader, query, Date.now()), { calls: [] }),
    call: (id) =>
      reading((reader) => {
        const found = reader.call(id);
        if (found === undefined) return undefined;
        const { attempts, ...call } = found;
        const { upstream, startedAt, durationMs } = call;
        const toMs = durationMs === undefined ? Date.now() : startedAt + durationMs + STDERR_MARGIN_MS;
        const heard =
          upstream === undefined ? [] : reader.stderr({ upstream, fromMs: startedAt - STDERR_MARGIN_MS, toMs });
        return {
          call,
          attempts,
          stderr: heard.map(({ at, line }) => ({ at, text: line })),
          isSafeToReplay: saysReadOnly(call, kept, hubs.trustedKeys(upstream ?? '')),
        };
      }, undefined),
    overview: (sinceMs) =>
      reading((reader) => {
        const views = serversOf(reader, Date.now() - MINUTE_MS);
        const ready = views.filter(({ state }) => state === 'ready').length;
        return { ...overviewOf(reader, sinceMs), serversReady: ready, servers: views.length };
      }, NOTHING),
    usualMs: keepUsualLatency(
      (tool) =>
        reading((reader) => p95OfBuckets(reader.toolLatency(tool, { sinceMs: Date.now() - DAY_MS })), undefined),
      Date.now,
    ),
    servers: (sinceMs) => reading((reader) => serversOf(reader, sinceMs), []),
    server: (name) =>
      reading((reader) => {
        const server = serversOf(reader, Date.now() - HOUR_MS).find((each) => each.name === name);
        const [configFile] = hubs.configFiles();
        return (
          server && {
            ...serverDetail(reader, server),
            capabilities: capabilityWords(kept?.capabilities(name, hubs.upstream(name)?.offerKey) ?? {}),
            ...(configFile === undefined ? {} : { configFile }),
          }
        );
      }, undefined),
    tools: (sinceMs) => reading((reader) => ({ tools: toolViews(reader.tools({ sinceMs })) }), { tools: [] }),
    stats: (sinceMs) => reading((reader) => statsOf(reader, sinceMs), NO_STATS),
    sessions: (sinceMs) => reading((reader) => reader.sessions({ sinceMs, limit: MOST_SESSIONS }).map(sessionView), []),
    sessionCalls: (sessionId, limit) => reading((reader) => reader.sessionCalls(Number(sessionId), limit), []),
    isFlooded: pace.isFlood,
    reasonAgainst: hubs.reasonAgainst,
    act: hubs.act,
    trouble: () => log.trouble() ?? reading((reader) => killedHub(reader, hubs.gone()), undefined),
    close: () => log.close(),
  };
};

/** Any of the hubs may make the call again, each with its own server of that name: all of these must say so. */
const saysReadOnly = (
  { method, ownName }: CallRow,
  kept: KeptUpstreams | undefined,
  keys: readonly string[],
): boolean =>
  method === 'tools/call' &&
  ownName !== undefined &&
  keys.length > 0 &&
  keys.every((key) => kept?.isReadOnly(key, ownName) === true);

/** A hub that has ended says so in its log; one that was killed could not. */
const killedHub = (reader: MonitorReader, gone: readonly GoneHub[]): string | undefined => {
  const killed = gone.find(({ pid, runId }) => !isProcessAlive(pid, null) && reader.hasStopped(runId) === false);
  return (
    killed &&
    `the hub ${killed.pid} was killed, and with it what ran in it; your client starts the next: mcp-hub status`
  );
};

/** A server of a running hub that nobody has needed yet. */
const unusedServer = (name: string): ServerView => ({ name, state: 'idle', calls: 0, errors: 0, timeline: [] });

const NOTHING: Overview = { calls: 0, errors: 0, timeline: [], serversReady: 0, servers: 0 };

const NO_STATS: StatsView = {
  timeline: [],
  histogram: [],
  servers: [],
  neverCalled: { tools: 0, of: 0, definitionBytes: 0 },
  errors: [],
  clients: [],
  tools: [],
};

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const serverDetail = (reader: MonitorReader, server: ServerView): Omit<ServerDetail, 'capabilities'> => {
  const { name } = server;
  const window = { sinceMs: Date.now() - HOUR_MS };
  const row = reader.servers(window).find(({ upstream }) => upstream === name);
  const tools = reader.tools(window).filter(({ upstream, isOffered }) => upstream === name && isOffered);
  const heard = reader.stderr({ upstream: name, limit: STDERR_LINES });
  return {
    server,
    ...(row === undefined ? {} : processOf(row)),
    toolNames: tools.map(({ ownName }) => ownName),
    stderr: heard.map(({ at, line }) => ({ at, text: line })),
    events: reader
      .history(name, MOST_CHANGES)
      .map(({ at, state, reason, errorCode }) => ({ at, state: shownState(state, errorCode), reason })),
  };
};

const processOf = ({ pid, state, prompts, resources }: ServerRow): Partial<ServerDetail> => ({
  ...(pid === undefined || state !== 'ready' ? {} : { pid }),
  ...(prompts === undefined ? {} : { prompts }),
  ...(resources === undefined ? {} : { resources }),
});

/** What is offered or was called in the window; a tool that is gone and forgotten is no row. */
const toolViews = (rows: readonly ToolRow[]): ToolView[] =>
  rows
    .filter(({ isOffered, calls }) => isOffered || calls > 0)
    .map(({ upstream, ownName, ...rest }) => ({ ...rest, name: `${upstream}/${ownName}`, server: upstream, ownName }));

const sessionView = (row: SessionRow): SessionView => {
  const { id, client, clientVersion, transport, era, protocolVersion, connectedAt, disconnectedAt, lastCallAt } = row;
  const startedAt = connectedAt ?? lastCallAt ?? 0;
  return {
    id: String(id),
    client: client ?? '-',
    ...(clientVersion === undefined ? {} : { version: clientVersion }),
    ...(transport === undefined ? {} : { transport }),
    ...(era === undefined ? {} : { era }),
    ...(protocolVersion === undefined ? {} : { protocolVersion }),
    startedAt,
    ...(row.isConnected ? {} : { endedAt: disconnectedAt ?? lastCallAt ?? startedAt }),
    calls: row.calls,
    errors: row.errors,
    servers: row.servers,
    bytesIn: row.bytesIn,
    bytesOut: row.bytesOut,
  };
};
