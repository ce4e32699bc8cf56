import type { HubConfig, UpstreamConfig } from '../../config/hub-config.ts';
import type { EventBus, EventOf } from '../../events/bus.ts';
import type {
  ClientConnected,
  HubStarted,
  UpstreamBreakerChanged,
  UpstreamListed,
  UpstreamStateChanged,
} from '../../events/events.ts';
import type { CallUnderWay } from '../../relay/record.ts';
import { offerKey } from '../offer-key.ts';
import type { HubStatus, LiveCall, LiveUpstream } from './messages.ts';

/** What is going on in a hub, learned from its events. */
export interface LiveStatus {
  snapshot(): HubStatus;
}

const MAX_CALLS = 200;
const MAX_CLIENTS = 1000;

interface Known {
  run: HubStarted | undefined;
  readonly clients: Map<string, ClientConnected>;
  readonly states: Map<string, UpstreamStateChanged>;
  readonly listings: Map<string, UpstreamListed>;
  readonly breakers: Map<string, UpstreamBreakerChanged>;
}

export interface LiveStatusOptions {
  readonly bus: EventBus;
  /** The configuration as it is at present. */
  readonly configOf: () => HubConfig;
  readonly callsUnderWay: () => readonly CallUnderWay[];
}

const WATCHED = [
  'hub.started',
  'client.connected',
  'client.disconnected',
  'upstream.state',
  'upstream.listed',
  'upstream.breaker',
] as const;

/** Starts to watch. */
export const watchStatus = ({ bus, configOf, callsUnderWay }: LiveStatusOptions): LiveStatus => {
  const known: Known = {
    run: undefined,
    clients: new Map(),
    states: new Map(),
    listings: new Map(),
    breakers: new Map(),
  };
  bus.listenTo(WATCHED, (event) => note(known, event));
  return { snapshot: () => snapshotOf(known, configOf(), callsUnderWay()) };
};

const note = (known: Known, event: EventOf<(typeof WATCHED)[number]>): void => {
  switch (event.type) {
    case 'hub.started':
      known.run = event;
      return;
    case 'client.connected':
      if (known.clients.size < MAX_CLIENTS) known.clients.set(event.clientId, event);
      return;
    case 'client.disconnected':
      known.clients.delete(event.clientId);
      return;
    case 'upstream.state':
      known.states.set(event.upstream, event);
      return;
    case 'upstream.listed':
      known.listings.set(event.upstream, event);
      return;
    case 'upstream.breaker':
      known.breakers.set(event.upstream, event);
  }
};

const snapshotOf = (known: Known, { upstreams, files }: HubConfig, underWay: readonly CallUnderWay[]): HubStatus => {
  const calls = underWay.toSorted((one, other) => one.startedAt - other.startedAt);
  const { pid = process.pid, runId = '', version = '', at = 0 } = known.run ?? {};
  return {
    pid,
    runId,
    version,
    startedAt: at,
    configFiles: files,
    clients: [...known.clients.values()].map(({ clientId, name, version: its, transport, era, at: connectedAt }) => ({
      clientId,
      name,
      version: its,
      transport,
      era,
      connectedAt,
    })),
    upstreams: upstreams.map((upstream) => upstreamOf(known, upstream, calls)),
    calls: calls.slice(0, MAX_CALLS).map((call) => callOf(known, call)),
    callCount: calls.length,
  };
};

const upstreamOf = (
  known: Known,
  { name, enabled, transport, protocol, trusted }: UpstreamConfig,
  calls: readonly CallUnderWay[],
): LiveUpstream => {
  const change = known.states.get(name);
  const tools = known.listings.get(name)?.tools;
  const isRunning = change?.state === 'ready' || change?.state === 'starting';
  return {
    name,
    state: enabled ? (change?.state ?? 'idle') : 'disabled',
    ...(change && { reason: change.reason, stateAt: change.at }),
    ...(change?.errorCode !== undefined && { errorCode: change.errorCode }),
    transport: transport.type,
    isTrusted: trusted,
    offerKey: offerKey({ transport, protocol }),
    ...(change?.era && { era: change.era }),
    ...(isRunning && change.pid !== undefined && { pid: change.pid }),
    ...(tools !== undefined && { tools }),
    breaker: known.breakers.get(name)?.state ?? 'closed',
    calls: calls.filter(({ upstream }) => upstream === name).length,
  };
};

const callOf = (known: Known, call: CallUnderWay): LiveCall => {
  const { callId, method, qualifiedName, upstream, clientId, startedAt } = call;
  const client = known.clients.get(clientId)?.name;
  return {
    callId,
    method,
    startedAt,
    ...(qualifiedName !== undefined && { name: qualifiedName }),
    ...(upstream !== undefined && { upstream }),
    ...(client !== undefined && { client }),
  };
};
