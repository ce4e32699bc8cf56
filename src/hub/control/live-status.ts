import type { HubConfig, UpstreamConfig } from '../../config/hub-config.ts';
import type { EventBus } from '../../events/bus.ts';
import type {
  CallStarted,
  ClientConnected,
  HubEvent,
  HubStarted,
  UpstreamBreakerChanged,
  UpstreamListed,
  UpstreamStateChanged,
} from '../../events/events.ts';
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
  readonly calls: Map<string, CallStarted>;
}

/**
 * Starts to watch. A call costs a place in a map while it is in flight.
 * @param configOf the configuration as it is at present
 */
export const watchStatus = (bus: EventBus, configOf: () => HubConfig): LiveStatus => {
  const known: Known = {
    run: undefined,
    clients: new Map(),
    states: new Map(),
    listings: new Map(),
    breakers: new Map(),
    calls: new Map(),
  };
  bus.listen((event) => note(known, event));
  return { snapshot: () => snapshotOf(known, configOf()) };
};

const note = (known: Known, event: HubEvent): void => {
  switch (event.type) {
    case 'call.started':
      known.calls.set(event.callId, event);
      return;
    case 'call.finished':
      known.calls.delete(event.callId);
      return;
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
      return;
    default:
  }
};

const snapshotOf = (known: Known, { upstreams, files }: HubConfig): HubStatus => {
  const calls = [...known.calls.values()].sort((one, other) => one.startedAt - other.startedAt);
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
  calls: readonly CallStarted[],
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

const callOf = (known: Known, call: CallStarted): LiveCall => {
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
