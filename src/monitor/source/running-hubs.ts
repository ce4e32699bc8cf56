import { HubError } from '../../errors/hub-error.ts';
import { type RunningHub, readStatuses, runningHubs } from '../../hub/control/control-client.ts';
import type { ControlCommand, HubStatus, LiveUpstream } from '../../hub/control/messages.ts';
import { replayOf } from '../../hub/control/replayable.ts';
import type { MonitorAction, ServerView } from './monitor-source.ts';
import { fixOf, shownState } from './reader-views.ts';

/** The hubs of a state directory that run now: what they say of their servers, and what they can be asked for. */
export interface RunningHubs {
  /** Asks all of them how they are; tells whether that has changed. */
  refresh(): Promise<boolean>;
  /** How a server stands by what running hubs say; undefined where none of them has it. */
  upstream(name: string): LiveUpstream | undefined;
  /** The servers of all running hubs, in the order of their configuration. */
  upstreams(): readonly LiveUpstream[];
  /**
   * The offer keys of a server in all running hubs that have it, where each of them trusts what its tools say of themselves;
   * none where one does not, and where no hub has it.
   */
  trustedKeys(name: string): readonly string[];
  configFiles(): readonly string[];
  /** Hubs that were there and are no more, whichever way they ended, until another has begun. */
  gone(): readonly GoneHub[];
  /** Why an action is not possible; undefined where it is. */
  reasonAgainst(action: MonitorAction): string | undefined;
  /** @throws HubError what the hubs say against it */
  act(action: MonitorAction): Promise<string>;
}

export interface GoneHub {
  readonly pid: number;
  readonly runId: string;
}

export const createRunningHubs = (stateDir: string): RunningHubs => {
  let statuses: readonly HubStatus[] = [];
  let gone: readonly GoneHub[] = [];
  const upstreams = (): LiveUpstream[] => {
    const byName = Map.groupBy(
      statuses.flatMap((status) => status.upstreams),
      ({ name }) => name,
    );
    return [...byName.values()].flatMap((several) => liveliest(several) ?? []);
  };
  return {
    refresh: async () => {
      const before = statuses;
      statuses = await readStatuses(stateDir);
      gone = goneHubs(gone, before, statuses, runningHubs(stateDir));
      return JSON.stringify(statuses) !== JSON.stringify(before);
    },
    upstream: (name) => upstreams().find((each) => each.name === name),
    upstreams,
    trustedKeys: (name) => {
      const copies = statuses.flatMap((status) => status.upstreams).filter((each) => each.name === name);
      const keys = copies.flatMap(({ isTrusted, offerKey = [] }) => (isTrusted === true ? offerKey : []));
      return keys.length === copies.length ? [...new Set(keys)] : [];
    },
    configFiles: () => [...new Set(statuses.flatMap(({ configFiles }) => configFiles))],
    reasonAgainst: (action) => {
      if (runningHubs(stateDir).length === 0)
        return 'no hub runs that could do it: a client starts one, or mcp-hub serve';
      return action.kind === 'replay' ? reasonAgainstReplay(action) : undefined;
    },
    gone: () => gone,
    act: async (action) => {
      const command = commandOf(action);
      const able = await hubsFor(action, runningHubs(stateDir));
      // The file that hides a tool is the same for all, and one call is enough.
      const isForOne = action.kind === 'hide' || action.kind === 'replay';
      const answers = await Promise.allSettled((isForOne ? able.slice(0, 1) : able).map((hub) => hub.ask(command)));
      const done = answers.find((answer) => answer.status === 'fulfilled');
      const refused = answers.find((answer) => answer.status === 'rejected');
      if (done === undefined) throw refused === undefined ? noHub(action) : HubError.from(refused.reason);
      if (action.kind === 'replay') return `${action.call.ownName ?? action.call.method} was called again`;
      return typeof done.value === 'string' ? done.value : `${action.kind} ${action.server}: done`;
    },
  };
};

/** What a running hub says comes before what the log has of the server; without one, what ran once has stopped. */
export const withLive = (view: ServerView, live: LiveUpstream | undefined, isAnyHubRunning: boolean): ServerView => {
  if (live === undefined) {
    const hasRun = view.state === 'ready' || view.state === 'starting';
    return hasRun && !isAnyHubRunning ? { ...view, state: 'stopped', reason: 'no hub runs at present' } : view;
  }
  const isOpen = live.breaker !== 'closed' && live.state === 'ready';
  const fix = fixOf(view.name, live.state, live.errorCode);
  const { fix: _, ...rest } = view;
  return {
    ...rest,
    state: isOpen ? 'resting' : shownState(live.state, live.errorCode),
    ...(live.transport === undefined ? {} : { transport: live.transport }),
    ...(live.reason === undefined ? {} : { reason: live.reason }),
    ...(live.stateAt === undefined ? {} : { stateAt: live.stateAt }),
    ...(live.tools === undefined ? {} : { tools: live.tools }),
    ...(fix === undefined ? {} : { fix }),
  };
};

/** One that is too busy to answer has an entry still, and is not gone. */
const goneHubs = (
  gone: readonly GoneHub[],
  before: readonly HubStatus[],
  present: readonly HubStatus[],
  entries: readonly RunningHub[],
): readonly GoneHub[] => {
  const hasBegun = present.some(({ runId }) => before.every((each) => each.runId !== runId));
  const lost = before.filter(({ pid }) => entries.every((entry) => entry.pid !== pid));
  return [...(hasBegun ? [] : gone), ...lost.map(({ pid, runId }) => ({ pid, runId }))];
};

/** Of several hubs that have a server, the one whose copy is most alive. */
const liveliest = (several: readonly LiveUpstream[]): LiveUpstream | undefined =>
  several.toSorted((a, b) => ALIVE.indexOf(a.state) - ALIVE.indexOf(b.state))[0];

const ALIVE: readonly LiveUpstream['state'][] = [
  'ready',
  'degraded',
  'starting',
  'backing_off',
  'idle',
  'stopped',
  'disabled',
];

const hubsFor = async (action: MonitorAction, hubs: readonly RunningHub[]): Promise<RunningHub[]> => {
  const server = action.kind === 'replay' ? action.call.upstream : action.server;
  const answers = await Promise.allSettled(hubs.map((hub) => hub.status()));
  return hubs.filter((_, index) => {
    const answer = answers[index];
    return answer?.status === 'fulfilled' && answer.value.upstreams.some(({ name }) => name === server);
  });
};

const commandOf = (action: MonitorAction): ControlCommand => {
  switch (action.kind) {
    case 'restart':
    case 'disable':
    case 'enable':
      return { method: action.kind, params: { server: action.server } };
    case 'hide':
      return { method: 'hide', params: { server: action.server, tool: action.tool } };
    case 'replay':
      return replayOf(action.call);
  }
};

const reasonAgainstReplay = (action: MonitorAction): string | undefined => {
  try {
    commandOf(action);
    return undefined;
  } catch (error) {
    return HubError.from(error).message;
  }
};

const noHub = (action: MonitorAction): HubError => {
  const server = action.kind === 'replay' ? action.call.upstream : action.server;
  return new HubError('NOT_FOUND', `no running hub has the server ${server ?? 'of this call'}`, {
    hint: 'run: mcp-hub status',
  });
};
