import type { Call, OwnRequest, UpstreamHandle, UpstreamIdentity } from '../dispatch/call.ts';
import { failureReply } from '../dispatch/failure.ts';
import type { Reply } from '../dispatch/reply.ts';
import { ERROR_CODES } from '../errors/codes.ts';
import { HubError } from '../errors/hub-error.ts';
import type { UpstreamEnvelope } from '../protocol/codec.ts';
import type { NotificationMessage } from '../protocol/message.ts';
import { isTaskNotification } from '../protocol/methods.ts';
import { Cancellation, type CancelSignal } from '../utils/cancellation.ts';
import { settledWithin } from '../utils/settled-within.ts';
import { whenAborted } from '../utils/when-aborted.ts';
import { type AttemptOptions, attempt } from './attempt.ts';
import { createCallLimit } from './call-limit.ts';
import { endedEarly, lostEra, notYetAgain, shuttingDown } from './failures.ts';
import type { Connection } from './handshake.ts';
import { createHealth, type Health } from './health.ts';
import { createIdleStop, type IdleStop } from './idle-stop.ts';
import { createLifecycle, type Lifecycle } from './lifecycle.ts';
import { createLineage, type Lineage } from './lineage.ts';
import type { Link } from './link.ts';
import type { Notices } from './notices.ts';
import { createQuestions, gaveWay, type Questions } from './questions.ts';
import { createRestartBackoff } from './restart-backoff.ts';
import { resting } from './resting.ts';
import { createStarter, type Starter, type StarterOptions } from './starter.ts';
import { isConnected, newsOfEnd, type State } from './state.ts';
import type { CloseCause } from './transport/transport.ts';
import { createTurns, type Turns } from './turns.ts';
import type { Wishes } from './wishes.ts';

export interface UpstreamOptions extends StarterOptions {
  /** What it shares with those of its name before and after it; default: there is but this one. */
  readonly lineage?: Lineage;
  /** What has to end before its first start, which does not wait longer than a moment for it. */
  readonly after?: Promise<unknown>;
  /** See health.ts. */
  readonly answerWithinMs?: number;
}

/** Who may say that an upstream is not well: its breaker, as its calls fail, or itself, as it does not answer. */
export type DoubtSource = 'breaker' | 'health';

export interface Retirement {
  /** How long its calls may take to end; milliseconds. */
  readonly graceMs: number;
  /** Why it is stopped, in words for a person. */
  readonly reason: string;
  /** The one that has taken its place; default: there is none. */
  readonly successor?: Upstream;
}

/** How long the end of the process before it may hold up the first start. Milliseconds. */
const AFTER_WITHIN_MS = 2_000;

/** One server behind the hub: started on its first use, started again after its end, and alone with its faults. */
export class Upstream implements UpstreamHandle {
  readonly name: string;
  readonly #options: UpstreamOptions;
  readonly #lineage: Lineage;
  readonly #notices: Notices;
  readonly #ownEnvelope: UpstreamEnvelope;
  readonly #questions: Questions;
  #wishes: Wishes;
  /** It ends with the calls that it has. */
  #isRetired = false;
  /** The one that has taken its place. */
  #successor: Upstream | undefined;
  #lifecycle: Lifecycle;
  readonly #turns: Turns;
  readonly #backoff = createRestartBackoff();
  readonly #health: Health;
  /** What says that it is not well, and why. */
  readonly #doubts = new Map<DoubtSource, string>();
  readonly #starter: Starter;
  readonly #stop = new AbortController();
  /** Where it is to be stopped when it is idle. */
  #idle: IdleStop | undefined;
  /** The end of a process that was stopped because it was idle; the next one waits for it. */
  #closing: Promise<unknown> | undefined;
  readonly #onWrongEra = (link: Link, why: string): HubError => this.#lostEra(link, why);
  #state: State = { kind: 'idle' };

  readonly onReady: UpstreamHandle['onReady'] = (listener) => void this.#notices.ready.add(listener);
  readonly onListChanged: UpstreamHandle['onListChanged'] = (listener) => void this.#notices.listChanged.add(listener);
  readonly onLog: UpstreamHandle['onLog'] = (listener) => void this.#notices.log.add(listener);
  readonly onElicitationComplete: UpstreamHandle['onElicitationComplete'] = (listener) =>
    void this.#notices.elicitationComplete.add(listener);
  readonly onResourceUpdated: UpstreamHandle['onResourceUpdated'] = (listener) =>
    void this.#notices.resourceUpdated.add(listener);
  readonly onTaskChanged: UpstreamHandle['onTaskChanged'] = (listener) => void this.#notices.taskChanged.add(listener);

  constructor(options: UpstreamOptions) {
    this.name = options.config.name;
    this.#options = options;
    this.#ownEnvelope = { clientInfo: options.clientInfo, clientCapabilities: options.capabilities };
    const { bus } = options;
    this.#lineage =
      options.lineage ?? createLineage({ bus, envelope: this.#ownEnvelope, configOf: () => options.config });
    this.#notices = this.#lineage.notices;
    this.#wishes = this.#lineage.wishes;
    this.#lifecycle = this.#lineage.lifecycle;
    this.#closing = options.after && settledWithin(options.after, AFTER_WITHIN_MS);
    this.#idle = this.#createIdleStop();
    this.#turns = createTurns({
      name: this.name,
      get maxConcurrent() {
        return options.config.maxConcurrent;
      },
      get callMs() {
        return options.config.timeouts.callMs;
      },
    });
    this.#health = createHealth({
      connectionOf: () => (isConnected(this.#state) ? this.#state.connection : undefined),
      envelope: this.#ownEnvelope,
      isBusy: () => this.#turns.pending > 0,
      onSick: (reason) => this.doubt('health', reason),
      onWell: (reason) => this.trust('health', reason),
      onDead: (reason) => this.#giveUp(reason),
      ...(options.answerWithinMs !== undefined && { answerWithinMs: options.answerWithinMs }),
    });
    const { answerUnattributed } = options;
    this.#questions = createQuestions({ upstream: this.name, answerUnattributed, turns: this.#turns });
    this.#starter = createStarter(options, {
      onNotification: (message, call) => this.#onNotification(message, call),
      onRequest: (message, asked) => this.#whileInUse(() => this.#questions.answer(message, asked)),
      onClose: (link, cause) => this.#onClose(link, cause),
    });
  }

  async connect(signal: CancelSignal): Promise<UpstreamIdentity> {
    return (await this.#connection(signal)).identity;
  }

  isConnected(): boolean {
    return isConnected(this.#state);
  }

  /** Whether it has a process or connection, or is about to have one. */
  isRunning(): boolean {
    return isConnected(this.#state) || this.#state.kind === 'starting';
  }

  get pending(): number {
    return this.#turns.pending;
  }

  isResting(): boolean {
    return this.#state.kind === 'backing_off' && this.#backoff.waitMs() > 0;
  }

  call(call: Call): Promise<Reply> {
    return this.#idle === undefined ? this.#call(call) : this.#whileInUse(() => this.#call(call));
  }

  #call(call: Call): Promise<Reply> {
    const hasTurn = !this.#questions.isHolding && this.#turns.take(call.bytesIn);
    return hasTurn ? this.#carry(call, 0) : this.#waitAndCarry(call);
  }

  async #waitAndCarry(call: Call): Promise<Reply> {
    const turn = this.#turns.take(call.bytesIn) ? 0 : await this.#turns.wait(call);
    if (turn instanceof HubError) return failureReply(turn);
    if (this.#questions.isHolding) await this.#questions.wait(call);
    return this.#carry(call, turn);
  }

  /** Carries a call that has its turn, for which it has waited so many milliseconds. */
  #carry(call: Call, waitedMs: number): Promise<Reply> {
    const attempts = new Cancellation(call.signal);
    const leave = this.#questions.enter(call, () => attempts.abort(gaveWay(call)));
    const end = (): void => {
      leave();
      this.#turns.end(call.bytesIn);
    };
    const sending = this.#send({
      name: this.name,
      method: call.method,
      params: call.params,
      definition: call.target.definition,
      call,
      envelope: {
        clientInfo: this.#ownEnvelope.clientInfo,
        clientCapabilities: call.client.capabilities,
        logLevel: call.logLevel,
      },
      signal: attempts,
      onSent: () => call.sink.sent(waitedMs),
      onProgress: call.wantsProgress ? (params) => call.sink.progress(params) : undefined,
      connect: () => this.#connection(attempts),
      onWrongEra: this.#onWrongEra,
    });
    return sending.then(
      (reply) => {
        end();
        if (reply.kind === 'error') this.#judge(reply.failure);
        else if (this.#health.isSick) this.#health.answered();
        return this.#successor === undefined ? reply : this.#handOver(this.#successor, call, reply);
      },
      (fault: unknown) => {
        end();
        throw fault;
      },
    );
  }

  /** An answer, be it an error, is a sign of health; that a call was out of time is a reason to look for one. */
  #judge(failure: HubError | undefined): void {
    if (failure?.code === 'TIMEOUT' && failure.sent) this.#health.suspect();
    else if (failure === undefined && this.#health.isSick) this.#health.answered();
  }

  /** A call that was not sent before its upstream was replaced is sent to the new one. */
  async #handOver(successor: Upstream, call: Call, reply: Reply): Promise<Reply> {
    const wasStopped = reply.kind === 'error' && reply.failure?.code === 'SHUTTING_DOWN';
    return wasStopped && !call.signal.aborted ? successor.call(call) : reply;
  }

  request(request: OwnRequest): Promise<Reply> {
    return this.#whileInUse(() => this.#request(request));
  }

  async #request({ method, params, signal }: OwnRequest): Promise<Reply> {
    const limit = createCallLimit(this.#options.config, method, signal);
    const onSent = (): void => limit.start();
    const reply = await this.#send({
      name: this.name,
      method,
      params,
      signal: limit.signal,
      envelope: this.#ownEnvelope,
      onSent,
      connect: () => this.#connection(limit.signal),
      onWrongEra: this.#onWrongEra,
    });
    limit.stop();
    return reply;
  }

  async watchResource(ownUri: string, signal: CancelSignal): Promise<Reply> {
    return this.#wishes.watch(ownUri, async () => this.#connection(signal), signal);
  }

  unwatchResource(ownUri: string): void {
    this.#wishes.unwatch(ownUri);
  }

  watchTask(taskId: string): () => void {
    return this.#wishes.watchTask(taskId);
  }

  setLogLevel(level: string): void {
    this.#wishes.setLogLevel(level);
  }

  announceRootsChanged(): void {
    if (isConnected(this.#state)) this.#wishes.announceRootsChanged();
  }

  /** The last lines of its standard error, at most 64 KiB, also of a process that has ended. */
  stderrTail(): string {
    return this.#starter.stderrTail();
  }

  /**
   * Ends its processes and connections; it does not start again. Resolves when nothing of it is alive.
   * @param reason default: the hub is ending
   */
  async stop(reason = 'the hub is ending'): Promise<void> {
    const before = this.#state;
    const wasRunning = this.isRunning();
    this.#endWishes();
    this.#idle?.stop();
    this.#state = { kind: 'stopped', reason };
    this.#stop.abort(shuttingDown(this.name, `is being stopped: ${reason}`));
    await Promise.allSettled([before.kind === 'starting' ? before.connection : undefined, this.#starter.closeAll()]);
    if (wasRunning) this.#lifecycle.move('stopped', reason);
  }

  /**
   * Leaves its place: calls that it has may still end, for at most `graceMs`; then it is stopped. Calls that wait for its start
   * go to its successor. From now on it says nothing of itself and of its lists. Resolves when nothing of it is alive.
   */
  async retire({ graceMs, reason, successor }: Retirement): Promise<void> {
    this.#endWishes();
    this.#isRetired = true;
    this.#successor = successor;
    this.#lifecycle = createLifecycle(this.name, undefined, this.#lifecycle.state);
    this.#idle?.stop();
    this.#idle = undefined;
    if (isConnected(this.#state)) await settledWithin(this.#turns.idle(), graceMs);
    await this.stop(reason);
  }

  /** Something says that it is not well, though it may be connected; why, in words for a person. */
  doubt(source: DoubtSource, reason: string): void {
    this.#doubts.set(source, reason);
    if (this.#state.kind === 'ready' && this.#lifecycle.move('degraded', reason)) {
      this.#state = { ...this.#state, kind: 'degraded' };
    }
  }

  /** The same says that it is well again. */
  trust(source: DoubtSource, reason: string): void {
    this.#doubts.delete(source);
    if (this.#doubts.size > 0) return;
    if (this.#state.kind === 'degraded' && this.#lifecycle.move('ready', reason)) {
      this.#state = { ...this.#state, kind: 'ready' };
    }
  }

  /** Ends a process that is of no more use; its next use starts another one. A remote server cannot be started anew. */
  #giveUp(reason: string): void {
    if (!isConnected(this.#state) || this.#state.connection.link.pid === undefined) return;
    const { connection, ended } = this.#state;
    if (!this.#lifecycle.move('idle', `it is ended: ${reason}`)) return;
    this.#endWishes();
    this.#idle?.stop();
    this.#state = { kind: 'idle' };
    ended.resolve();
    this.#closing = connection.link.close().catch(() => {});
  }

  /** Its options have changed in what takes effect without another process. */
  applyOptions(): void {
    this.#turns.admit();
    this.#idle?.stop();
    this.#idle = this.#createIdleStop();
    if (isConnected(this.#state)) this.#idle?.start();
  }

  #createIdleStop(): IdleStop | undefined {
    const { idleStopMs } = this.#options.config;
    if (idleStopMs === 0) return undefined;
    const isNeeded = (): boolean => this.#wishes.isWatching || this.#turns.pending > 0;
    return createIdleStop({ idleStopMs, isNeeded, onIdle: () => this.#rest(idleStopMs) });
  }

  /** What is wanted is wanted of the one that has taken its place. */
  #endWishes(): void {
    if (!this.#isRetired) this.#wishes.end();
  }

  /** Nothing stops it for being idle until the work is done. */
  async #whileInUse<T>(work: () => Promise<T>): Promise<T> {
    const idle = this.#idle;
    idle?.begin();
    try {
      return await work();
    } finally {
      idle?.end();
    }
  }

  /** Ends its process or connection in good order; its next use starts it again. */
  #rest(idleMs: number): void {
    if (!isConnected(this.#state)) return;
    const { connection, ended } = this.#state;
    if (!this.#lifecycle.move('idle', `stopped after ${idleMs} ms without a call`)) return;
    this.#endWishes();
    this.#state = { kind: 'idle' };
    ended.resolve();
    this.#closing = connection.link.close().catch(() => {});
  }

  /** A request that met the end of its connection before it was processed is sent once more, over the next one. */
  #send(options: AttemptOptions): Promise<Reply> {
    const before = this.#state;
    return attempt(options).then((reply) => (isUnsentEnd(reply) ? this.#sendAgain(options, before, reply) : reply));
  }

  async #sendAgain(options: AttemptOptions, before: State, reply: Reply): Promise<Reply> {
    // The connection is known to have ended a moment after the request that met its end has failed.
    await newsOfEnd(this.#state);
    const { kind } = this.#state;
    const hasNext = this.#state !== before && kind !== 'backing_off' && kind !== 'stopped';
    return hasNext ? attempt(options) : reply;
  }

  /**
   * A refusal of the revision is about the hub's own envelope and would mislead the client, whose revision is another
   * matter. The connection is of no more use; the next one asks for the era anew.
   */
  #lostEra(link: Link, why: string): HubError {
    this.#starter.doubtEra();
    void link.close();
    return lostEra(this.name, why);
  }

  #connection(signal: CancelSignal): Connection | Promise<Connection> {
    return this.#state.kind === 'ready' ? this.#state.connection : this.#nextConnection(signal);
  }

  async #nextConnection(signal: CancelSignal): Promise<Connection> {
    const state = this.#state;
    if (isConnected(state)) return state.connection;
    if (state.kind === 'stopped') {
      throw shuttingDown(this.name, `cannot be used: ${state.reason}`);
    }
    // Why it failed is known without waiting, and is said to those too who have no time.
    const retryAfterMs = this.#backoff.waitMs();
    if (state.kind === 'backing_off' && retryAfterMs > 0) throw resting(state.error, retryAfterMs);
    return whenAborted(state.kind === 'starting' ? state.connection : this.#start(), signal);
  }

  #start(): Promise<Connection> {
    const connection = this.#connect();
    this.#state = { kind: 'starting', connection };
    return connection;
  }

  async #connect(): Promise<Connection> {
    const startedAt = performance.now();
    this.#lifecycle.move('starting', 'it is needed');
    try {
      if (this.#closing !== undefined) await this.#closing;
      this.#closing = undefined;
      const connection = await this.#starter.start(this.#stop.signal);
      this.#becomeReady(connection, startedAt);
      return connection;
    } catch (thrown) {
      const error = HubError.from(thrown, 'UPSTREAM_START_FAILED');
      if (this.#state.kind === 'stopped') throw error;
      if (error.code === 'LOGIN_REQUIRED') this.#backoff.refused();
      else this.#backoff.startFailed();
      this.#state = { kind: 'backing_off', error };
      this.#lifecycle.move('backing_off', error.message, { errorCode: ERROR_CODES[error.code].rpc });
      throw resting(error, this.#backoff.waitMs());
    }
  }

  #becomeReady(connection: Connection, startedAt: number): void {
    if (this.#stop.signal.aborted) throw HubError.from(this.#stop.signal.reason);
    const { closed } = connection.link;
    if (closed !== undefined) throw endedEarly(this.name, closed.reason);
    this.#state = { kind: 'ready', connection, since: performance.now(), ended: Promise.withResolvers<void>() };
    const startMs = performance.now() - startedAt;
    this.#lifecycle.move('ready', `started in ${Math.round(startMs)} ms`, {
      startMs,
      era: connection.codec.era,
      ...(connection.link.pid !== undefined && { pid: connection.link.pid }),
    });
    this.#health.reset();
    this.#doubts.delete('health');
    const [doubt] = this.#doubts;
    if (doubt !== undefined) this.doubt(...doubt);
    if (this.#isRetired) return;
    this.#idle?.start();
    this.#wishes.apply(connection, () => this.#notices.tellListsChanged());
    for (const listener of this.#notices.ready) listener(connection.identity);
  }

  #onClose(link: Link, { reason }: CloseCause): void {
    if (!isConnected(this.#state) || this.#state.connection.link !== link) return;
    this.#endWishes();
    this.#idle?.stop();
    this.#state.ended.resolve();
    this.#backoff.crashed(performance.now() - this.#state.since);
    const error = notYetAgain(this.name, reason);
    this.#state = this.#backoff.waitMs() > 0 ? { kind: 'backing_off', error } : { kind: 'idle' };
    this.#lifecycle.move(this.#state.kind, reason);
  }

  #onNotification({ method, params = {} }: NotificationMessage, call: Call | undefined): void {
    if (this.#isRetired && !isOfCalls(method)) return;
    if (this.#isRetired || this.#wishes.hears(method, params))
      this.#notices.tell(method, params, call, this.#questions.calls());
  }
}

/** What concerns the calls that are under way, and not what the upstream offers. */
const isOfCalls = (method: string): boolean =>
  method === 'notifications/message' || method === 'notifications/elicitation/complete' || isTaskNotification(method);

/** Whether a request met the end of its connection before it was processed. */
const isUnsentEnd = (reply: Reply): boolean =>
  reply.kind === 'error' && reply.failure?.code === 'UPSTREAM_CLOSED' && !reply.failure.sent;
