import { HubError } from '../../errors/hub-error.ts';
import type { MonitorAction, ServerDetail, ServerView } from '../source/monitor-source.ts';
import { OUTAGE, PAST_MS } from './script.ts';

type State = Pick<ServerView, 'state' | 'stateAt' | 'reason' | 'fix'>;

/** The states of the demo's servers: what the play has of them, and what the person has done. */
export interface DemoServers {
  stateOf(server: string, now: number): State;
  processOf(server: string, now: number): { readonly pid?: number };
  eventsOf(server: string, now: number): ServerDetail['events'];
  reasonAgainst(action: MonitorAction): string | undefined;
  /** @throws HubError where it cannot be done */
  act(action: MonitorAction, now: number): string;
}

const RESTART_MS = 2_000;

export const createDemoServers = (startOfDemo: number): DemoServers => {
  const restartedAt = new Map<string, number>();
  const disabledAt = new Map<string, number>();

  const stateOf = (server: string, now: number): State => {
    const disabled = disabledAt.get(server);
    if (disabled !== undefined)
      return {
        state: 'disabled',
        stateAt: disabled,
        reason: 'disabled in the monitor',
        fix: `mcp-hub enable ${server}`,
      };
    const restarted = restartedAt.get(server);
    if (restarted !== undefined && now >= restarted)
      return now < restarted + RESTART_MS
        ? { state: 'restarting', stateAt: restarted, reason: 'asked for in the monitor' }
        : { state: 'ready', stateAt: restarted + RESTART_MS };
    return played(server, now);
  };

  const played = (server: string, now: number): State => {
    if (server === 'sentry')
      return {
        state: 'needs login',
        stateAt: startOfDemo - PAST_MS,
        reason: '401 from its server',
        fix: 'mcp-hub login sentry',
      };
    const elapsed = now - startOfDemo;
    if (server === 'postgres' && elapsed >= OUTAGE.from) {
      if (elapsed >= OUTAGE.until) return { state: 'ready', stateAt: startOfDemo + OUTAGE.until };
      const left = Math.ceil((OUTAGE.until - elapsed) / 3_000);
      return {
        state: 'restarting',
        stateAt: startOfDemo + OUTAGE.from,
        reason: `exited with code 1; starts again in ${left} s`,
      };
    }
    return { state: 'ready', stateAt: startOfDemo + (STARTS[server] ?? -PAST_MS) };
  };

  return {
    stateOf,
    processOf: (server, now) =>
      PIDS[server] !== undefined && stateOf(server, now).state === 'ready' ? { pid: PIDS[server] } : {},
    eventsOf: (server, now) => {
      const { state, stateAt = startOfDemo, reason = 'started for a call' } = stateOf(server, now);
      const first = { at: startOfDemo + (STARTS[server] ?? -PAST_MS), state: 'ready', reason: 'started for a call' };
      return stateAt === first.at && state === 'ready' ? [first] : [first, { at: stateAt, state, reason }];
    },
    reasonAgainst: (action) => {
      if (action.kind === 'restart' && action.server === 'sentry')
        return 'it needs a login first: mcp-hub login sentry';
      if (action.kind === 'restart' && disabledAt.has(action.server))
        return `it is disabled: mcp-hub enable ${action.server}`;
      if (action.kind === 'disable' && disabledAt.has(action.server)) return 'it is disabled already';
      return action.kind === 'enable' && !disabledAt.has(action.server) ? 'it is not disabled' : undefined;
    },
    act: (action, now) => {
      switch (action.kind) {
        case 'restart':
          restartedAt.set(action.server, now);
          return `${action.server} is starting again (in the demo)`;
        case 'disable':
          disabledAt.set(action.server, now);
          return `${action.server} is disabled (in the demo)`;
        case 'enable':
          disabledAt.delete(action.server);
          return `${action.server} is enabled (in the demo)`;
        case 'hide':
        case 'replay':
          throw new HubError('INTERNAL', `${action.kind} is not for servers`);
      }
    },
  };
};

const STARTS: Readonly<Record<string, number>> = {
  github: -PAST_MS,
  playwright: -12 * 60_000,
  postgres: -41 * 60_000,
  docs: -PAST_MS,
};

const PIDS: Readonly<Record<string, number>> = { github: 48_211, playwright: 51_902, postgres: 49_377 };
