import type { Call, OwnRequest, UpstreamHandle, UpstreamIdentity, UpstreamSet } from '../../src/dispatch/call.ts';
import { failureReply } from '../../src/dispatch/failure.ts';
import type { Reply } from '../../src/dispatch/reply.ts';
import { HubError } from '../../src/errors/hub-error.ts';
import type { JsonObject, JsonValue } from '../../src/protocol/json.ts';
import { LIST_KINDS, LISTS, type ListKind } from '../../src/protocol/methods.ts';
import { whenAborted } from '../../src/utils/when-aborted.ts';
import { errorReply, resultReply } from './calls.ts';

export type Definitions = Partial<Record<ListKind, readonly JsonValue[]>>;

export interface FakeUpstreamOptions {
  /** Default: `legacy`. */
  readonly era?: 'legacy' | 'modern';
  /** Capabilities beyond its lists. */
  readonly capabilities?: JsonObject;
  /** What it lists; a kind that is absent is refused, and its capability is not declared. Default: nothing. */
  readonly definitions?: Definitions;
  /** Takes the place of an answer; `undefined` lets the usual one through. */
  readonly answer?: (method: string, params: JsonObject) => Promise<Reply> | Reply | undefined;
  /** Answers a call. Default: the name and the arguments that came. */
  readonly call?: (call: Call) => Promise<Reply> | Reply;
  /** Answers the wish to watch a resource. Default: it is watched. */
  readonly watch?: (ownUri: string) => Promise<Reply> | Reply;
  /** How it comes up: resolves when it is up. Default: at once. */
  readonly start?: () => Promise<void>;
}

export interface FakeUpstream extends UpstreamHandle {
  /** The URIs that are watched, each as often as it is. */
  readonly watched: string[];
  /** The ids of the tasks that are watched, each as often as it is. */
  readonly watchedTasks: string[];
  /** The log levels that it was asked for. */
  readonly logLevels: string[];
  /** How often it was told of changed roots. */
  rootsChanges: number;
  /** The requests that it got, `method` or `method cursor`. */
  readonly requests: string[];
  readonly calls: Call[];
  connects: number;
  /** What it lists from now on. */
  offer(definitions: Definitions): void;
  /** Says that a list has changed. */
  tellChange(kind: ListKind): void;
  /** Says that a resource has changed. */
  tellUpdate(ownUri: string): void;
  /** Says that a task has changed. */
  tellTask(task: JsonObject): void;
  /** Says that a URL elicitation has come to its end. */
  tellElicitationComplete(elicitationId: string): void;
  /** Says something for the log; `clientId` names the client whose call it is about. */
  tellLog(params: JsonObject, clientId?: string): void;
  /** Its connection ends; the next `connect` makes a new one. */
  drop(): void;
}

/** An upstream without a process: what it answers, and when, is in the hands of the test. */
export const createFakeUpstream = (name: string, options: FakeUpstreamOptions = {}): FakeUpstream => {
  const readyListeners: Array<(identity: UpstreamIdentity) => void> = [];
  const listListeners: Array<(kind: ListKind) => void> = [];
  const logListeners: Array<(params: JsonObject, clientId: string | undefined) => void> = [];
  const updateListeners: Array<(ownUri: string) => void> = [];
  const elicitationListeners: Array<(elicitationId: string) => void> = [];
  const taskListeners: Array<(task: JsonObject) => void> = [];
  let definitions = options.definitions ?? {};
  let identity: UpstreamIdentity | undefined;
  let starting: Promise<void> | undefined;
  let lastFailure: HubError | undefined;

  const identityNow = (): UpstreamIdentity => ({
    era: options.era ?? 'legacy',
    protocolVersion: options.era === 'modern' ? '2026-07-28' : '2025-11-25',
    capabilities: {
      ...Object.fromEntries(
        LIST_KINDS.filter((kind) => definitions[kind] !== undefined).map((kind) => [LISTS[kind].capability, {}]),
      ),
      ...options.capabilities,
    },
    serverInfo: { name, version: '1' },
    instructions: undefined,
    mirrorsArguments: false,
  });

  const start = async (): Promise<void> => {
    await options.start?.().catch((error: unknown) => {
      lastFailure = HubError.from(error);
      throw error;
    });
    identity = identityNow();
    for (const listener of readyListeners) listener(identity);
  };

  const list = (method: string): Reply => {
    const kind = LIST_KINDS.find((candidate) => LISTS[candidate].method === method);
    const values = kind && definitions[kind];
    if (kind === undefined || values === undefined) return errorReply(-32601, 'Method not found');
    return resultReply({ [LISTS[kind].member]: [...values] });
  };

  const upstream: FakeUpstream = {
    name,
    requests: [],
    calls: [],
    watched: [],
    watchedTasks: [],
    logLevels: [],
    rootsChanges: 0,
    connects: 0,
    async connect(signal) {
      upstream.connects += 1;
      // As an upstream does that waits before its next start.
      if (identity === undefined && signal.aborted && lastFailure !== undefined) throw lastFailure;
      if (identity === undefined) {
        starting ??= start().finally(() => {
          starting = undefined;
        });
        await whenAborted(starting, signal);
      }
      if (identity === undefined) throw new HubError('UPSTREAM_CLOSED', `${name} ended`);
      return identity;
    },
    isConnected: () => identity !== undefined,
    pending: 0,
    isResting: () => false,
    async call(call) {
      upstream.calls.push(call);
      call.sink.sent();
      if (options.call !== undefined) return options.call(call);
      return resultReply({ from: name, params: call.params });
    },
    async request({ method, params, signal }: OwnRequest) {
      upstream.requests.push(params['cursor'] === undefined ? method : `${method} ${params['cursor']}`);
      const reply = options.answer?.(method, params) ?? list(method);
      return whenAborted(Promise.resolve(reply), signal).catch((error: unknown) => failureReply(HubError.from(error)));
    },
    onReady: (listener) => void readyListeners.push(listener),
    onListChanged: (listener) => void listListeners.push(listener),
    onLog: (listener) => void logListeners.push(listener),
    onResourceUpdated: (listener) => void updateListeners.push(listener),
    async watchResource(ownUri) {
      const reply = (await options.watch?.(ownUri)) ?? resultReply({});
      if (reply.kind !== 'error') upstream.watched.push(ownUri);
      return reply;
    },
    unwatchResource(ownUri) {
      const index = upstream.watched.indexOf(ownUri);
      if (index !== -1) upstream.watched.splice(index, 1);
    },
    onElicitationComplete: (listener) => void elicitationListeners.push(listener),
    onTaskChanged: (listener) => void taskListeners.push(listener),
    watchTask(taskId) {
      upstream.watchedTasks.push(taskId);
      return () => void upstream.watchedTasks.splice(upstream.watchedTasks.indexOf(taskId), 1);
    },
    setLogLevel: (level) => void upstream.logLevels.push(level),
    announceRootsChanged() {
      upstream.rootsChanges += 1;
    },
    offer(next) {
      definitions = next;
    },
    tellChange(kind) {
      for (const listener of listListeners) listener(kind);
    },
    tellUpdate(ownUri) {
      for (const listener of updateListeners) listener(ownUri);
    },
    tellTask(task) {
      for (const listener of taskListeners) listener(task);
    },
    tellElicitationComplete(elicitationId) {
      for (const listener of elicitationListeners) listener(elicitationId);
    },
    tellLog(params, clientId) {
      for (const listener of logListeners) listener(params, clientId);
    },
    drop() {
      identity = undefined;
    },
  };
  return upstream;
};

export const upstreamSet = (...upstreams: readonly UpstreamHandle[]): UpstreamSet => ({
  names: upstreams.map(({ name }) => name),
  get: (name) => upstreams.find((upstream) => upstream.name === name),
});

/** A reply of an upstream whose connection ended first. */
export const closedReply = (name = 'evil'): Reply =>
  failureReply(new HubError('UPSTREAM_CLOSED', `${name} ended: exit code 1`, { upstream: name, sent: true }));

export const tool = (name: string, more: JsonObject = {}): JsonObject => ({
  name,
  inputSchema: { type: 'object' },
  ...more,
});
