import type { Implementation } from '../protocol/codec.ts';
import type { Era } from '../protocol/era.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { ListKind } from '../protocol/methods.ts';
import type { CancelSignal } from '../utils/cancellation.ts';
import type { Ask } from './question.ts';
import type { Reply } from './reply.ts';

/** Who asks: a legacy session, or what one modern request says of its client. */
export interface ClientContext {
  /** Names the connection or principal in events; unique over all hubs and runs. */
  readonly id: string;
  /** Names the connection, where a client that looks the same may be on another one; default: there is but this one. */
  readonly connectionId?: string;
  readonly era: Era;
  readonly protocolVersion: string;
  readonly info: Implementation;
  /**
   * Whether questions reach the client as requests of their own, at any time; else they reach it only as the interim
   * result of a call.
   */
  readonly hasSession: boolean;
  /** What the client can do for a server, as far as the hub can carry it. */
  readonly capabilities: JsonObject;
  /** Whether it may be on another machine than the hub; default: it is on this one. */
  readonly isElsewhere?: boolean;
}

/** Where a call goes: decided by the router, once. */
export interface Target {
  readonly upstream: string;
  /** The name or URI that the client used. */
  readonly qualifiedName: string;
  /** The name or URI that the upstream knows. */
  readonly ownName: string;
  /** The definition as the upstream wrote it, where the catalog has one. */
  readonly definition?: JsonObject;
  /** The other servers that can answer the same, the best first, where a route names several. */
  readonly alternatives?: readonly Target[];
}

/** Takes the notifications that belong to one call while it runs. Nothing is taken after its reply. */
export interface CallSink {
  /**
   * The request is handed to the upstream now; from here on it may have been carried out. Called once per attempt.
   * @param waitedMs how long the call has waited for others to be answered by the upstream; default 0. Milliseconds.
   */
  sent(waitedMs?: number): void;
  /** The params of a `notifications/progress`, with the upstream's token, which the edge replaces. */
  progress(params: JsonObject): void;
  /** The params of a `notifications/message` that came while the call was under way. */
  log(params: JsonObject): void;
}

/** A client's request in the neutral form, on its way through the hub. */
export interface Call {
  /** As the log names it; unique over all hubs and runs, and the same for all attempts. */
  readonly callId: string;
  /** The number of the attempt that this is; default 1. What repeats it counts on from there. */
  readonly attempt?: number;
  readonly method: string;
  /** The judged params, without envelope and progress token; names are the upstream's own once `target` is set. */
  readonly params: JsonObject;
  readonly client: ClientContext;
  readonly target: Target;
  /** The log level that this request asks for, in the modern era. */
  readonly logLevel: string | undefined;
  /** Cancellation and deadline in one. Its reason is a HubError. */
  readonly signal: CancelSignal;
  /** Whether the client gave a progress token. */
  readonly wantsProgress: boolean;
  readonly sink: CallSink;
  /** Size of the request as the client sent it. */
  readonly bytesIn: number;
  /** Puts a question of the upstream to the client. */
  readonly ask: Ask;
}

/** A request of the hub itself to an upstream. */
export interface OwnRequest {
  readonly method: string;
  readonly params: JsonObject;
  readonly signal: CancelSignal;
}

/** What an upstream said of itself when it was connected. */
export interface UpstreamIdentity {
  readonly era: Era;
  readonly protocolVersion: string;
  readonly capabilities: JsonObject;
  readonly serverInfo: Implementation;
  readonly instructions: string | undefined;
  /** Whether some arguments of its tools have to be repeated as HTTP headers. */
  readonly mirrorsArguments: boolean;
}

/** A server behind the hub, as the relay and the catalog see it. Its faults are replies, never exceptions. */
export interface UpstreamHandle {
  readonly name: string;
  /**
   * Starts it where it is not running.
   * @throws HubError with the reason, when it cannot be started or `signal` ends the waiting.
   */
  connect(signal: CancelSignal): Promise<UpstreamIdentity>;
  /** Whether it can be asked now without a start. */
  isConnected(): boolean;
  /** Calls that are with it, or wait for their turn. */
  readonly pending: number;
  /** Whether it has failed and is not started again yet. */
  isResting(): boolean;
  /** Relays a call, whose params hold the upstream's own names. */
  call(call: Call): PromiseLike<Reply>;
  /** Asks on the hub's own behalf. */
  request(request: OwnRequest): Promise<Reply>;
  /** Calls the listener each time a new connection is ready, before anybody gets to use it. */
  onReady(listener: (identity: UpstreamIdentity) => void): void;
  /** Calls the listener when the upstream says that a list has changed. */
  onListChanged(listener: (kind: ListKind) => void): void;
  /** Calls the listener with the params of each log message, and the id of the client whose call it is about, if any. */
  onLog(listener: (params: JsonObject, clientId: string | undefined) => void): void;
  /** Calls the listener with the id of each URL elicitation that has come to its end. */
  onElicitationComplete(listener: (elicitationId: string) => void): void;
  /** Calls the listener with the own URI of a watched resource that has changed. */
  onResourceUpdated(listener: (ownUri: string) => void): void;
  /**
   * Watches a resource, now and after every restart; counted, so that each needs its own `unwatchResource`.
   * @returns the upstream's refusal, where it refuses.
   */
  watchResource(ownUri: string, signal: CancelSignal): Promise<Reply>;
  unwatchResource(ownUri: string): void;
  /** Calls the listener with each task, in the form of the upstream's era, that the upstream says has changed. */
  onTaskChanged(listener: (task: JsonObject) => void): void;
  /** Asks to be told of a task, now and after every restart, where the era has to ask; returns what ends it. */
  watchTask(taskId: string): () => void;
  /** The most verbose level that anybody wants of its log messages, now and after every restart. */
  setLogLevel(level: string): void;
  /** Tells the upstream that the roots of its client have changed, where it is told of such things. */
  announceRootsChanged(): void;
}

/** The upstreams that are switched on, in the order of the configuration, as they are now. */
export interface UpstreamSet {
  readonly names: readonly string[];
  get(name: string): UpstreamHandle | undefined;
  /**
   * Calls the listener with each upstream of a name that was not there before; default: none ever comes. What listens to an
   * upstream listens to whichever has its name later.
   */
  onAdded?(listener: (handle: UpstreamHandle) => void): void;
}

/** Calls the listener with each upstream that there is, and with each that comes later. */
export const forEachUpstream = (upstreams: UpstreamSet, listener: (handle: UpstreamHandle) => void): void => {
  for (const name of upstreams.names) {
    const handle = upstreams.get(name);
    if (handle !== undefined) listener(handle);
  }
  upstreams.onAdded?.(listener);
};
