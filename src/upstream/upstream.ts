import type { Call, OwnRequest, UpstreamHandle, UpstreamIdentity } from '../dispatch/call.ts';
import { failureReply } from '../dispatch/failure.ts';
import type { Reply } from '../dispatch/reply.ts';
import { HubError } from '../errors/hub-error.ts';
import type { UpstreamState } from '../events/events.ts';
import type { UpstreamEnvelope } from '../protocol/codec.ts';
import type { Era } from '../protocol/era.ts';
import type { NotificationMessage } from '../protocol/message.ts';
import { Cancellation, type CancelSignal } from '../utils/cancellation.ts';
import { whenAborted } from '../utils/when-aborted.ts';
import { type AttemptOptions, attempt } from './attempt.ts';
import { createCallLimit } from './call-limit.ts';
import { endedEarly, lostEra, notYetAgain, shuttingDown } from './failures.ts';
import type { Connection } from './handshake.ts';
import { createIdleStop, type IdleStop } from './idle-stop.ts';
import type { Link } from './link.ts';
import { createNotices } from './notices.ts';
import { createQuestions, gaveWay, type Questions } from './questions.ts';
import { createRestartBackoff } from './restart-backoff.ts';
import { resting } from './resting.ts';
import { createStarter, type Starter, type StarterOptions } from './starter.ts';
import { newsOfEnd, type State } from './state.ts';
import type { CloseCause } from './transport/transport.ts';
import { createTurns, type Turns } from './turns.ts';
import { createWishes, type Wishes } from './wishes.ts';

/** One server behind the hub: started on its first use, started again after its end, and alone with its faults. */
export class Upstream implements UpstreamHandle {
  readonly name: string;
  readonly #options: StarterOptions;
  readonly #notices = createNotices();
  readonly #ownEnvelope: UpstreamEnvelope;
  readonly #questions: Questions;
  readonly #wishes: Wishes;
  readonly #turns: Turns;
  readonly #backoff = createRestartBackoff();
  readonly #starter: Starter;
  readonly #stop = new AbortController();
  /** Where it is to be stopped when it is idle. */
  readonly #idle: IdleStop | undefined;
  /** The end of a process that was stopped because it was idle; the next one waits for it. */
  #closing: Promise<void> | undefined;
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

  constructor(options: StarterOptions) {
    this.name = options.config.name;
    this.#options = options;
    const { maxConcurrent, timeouts, idleStopMs } = options.config;
    const isNeeded = (): boolean => this.#wishes.isWatching;
    if (idleStopMs > 0) this.#idle = createIdleStop({ idleStopMs, isNeeded, onIdle: () => this.#rest(idleStopMs) });
    this.#turns = createTurns({ name: this.name, maxConcurrent, callMs: timeouts.callMs });
    this.#ownEnvelope = { clientInfo: options.clientInfo, clientCapabilities: options.capabilities };
    const { answerUnattributed } = options;
    this.#questions = createQuestions({ upstream: this.name, answerUnattributed, turns: this.#turns });
    this.#wishes = createWishes(this.#ownEnvelope, (method, signal) => createCallLimit(options.config, method, signal));
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
    return this.#state.kind === 'ready';
  }

  get pending(): number {
    return this.#turns.pending;
  }

  isResting(): boolean {
    return this.#state.kind === 'failed' && this.#backoff.waitMs() > 0;
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
        return reply;
      },
      (fault: unknown) => {
        end();
        throw fault;
      },
    );
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
    if (this.#state.kind === 'ready') this.#wishes.announceRootsChanged();
  }

  /** The last lines of its standard error, at most 64 KiB, also of a process that has ended. */
  stderrTail(): string {
    return this.#starter.stderrTail();
  }

  /** Ends its processes and connections; it does not start again. Resolves when nothing of it is alive. */
  async stop(): Promise<void> {
    const before = this.#state;
    const wasRunning = before.kind === 'ready' || before.kind === 'starting';
    this.#wishes.end();
    this.#idle?.stop();
    this.#state = { kind: 'stopped' };
    this.#stop.abort(shuttingDown(this.name, 'is being stopped'));
    await Promise.allSettled([before.kind === 'starting' ? before.connection : undefined, this.#starter.closeAll()]);
    if (wasRunning) this.#announce('stopped', 'the hub is ending');
  }

  /** Nothing stops it for being idle until the work is done. */
  async #whileInUse<T>(work: () => Promise<T>): Promise<T> {
    this.#idle?.begin();
    try {
      return await work();
    } finally {
      this.#idle?.end();
    }
  }

  /** Ends its process or connection in good order; its next use starts it again. */
  #rest(idleMs: number): void {
    if (this.#state.kind !== 'ready') return;
    const { connection, ended } = this.#state;
    this.#wishes.end();
    this.#state = { kind: 'idle' };
    ended.resolve();
    this.#announce('idle', `stopped after ${idleMs} ms without a call`);
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
    const hasNext = this.#state !== before && kind !== 'failed' && kind !== 'stopped';
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
    if (state.kind === 'ready') return state.connection;
    if (state.kind === 'stopped') {
      throw shuttingDown(this.name, 'cannot be used: the hub is ending');
    }
    // Why it failed is known without waiting, and is said to those too who have no time.
    const retryAfterMs = this.#backoff.waitMs();
    if (state.kind === 'failed' && retryAfterMs > 0) throw resting(state.error, retryAfterMs);
    return whenAborted(state.kind === 'starting' ? state.connection : this.#start(), signal);
  }

  #start(): Promise<Connection> {
    const connection = this.#connect();
    this.#state = { kind: 'starting', connection };
    return connection;
  }

  async #connect(): Promise<Connection> {
    const startedAt = performance.now();
    this.#announce('starting', 'it is needed');
    try {
      if (this.#closing !== undefined) await this.#closing;
      this.#closing = undefined;
      const connection = await this.#starter.start(this.#stop.signal);
      this.#becomeReady(connection, startedAt);
      return connection;
    } catch (thrown) {
      const error = HubError.from(thrown, 'UPSTREAM_START_FAILED');
      if (this.#state.kind === 'stopped') throw error;
      this.#backoff.startFailed();
      this.#state = { kind: 'failed', error };
      this.#announce('failed', error.message);
      throw resting(error, this.#backoff.waitMs());
    }
  }

  #becomeReady(connection: Connection, startedAt: number): void {
    if (this.#stop.signal.aborted) throw HubError.from(this.#stop.signal.reason);
    const { closed } = connection.link;
    if (closed !== undefined) throw endedEarly(this.name, closed.reason);
    this.#state = { kind: 'ready', connection, since: performance.now(), ended: Promise.withResolvers<void>() };
    const startMs = performance.now() - startedAt;
    this.#announce('ready', `started in ${Math.round(startMs)} ms`, {
      startMs,
      era: connection.codec.era,
      ...(connection.link.pid !== undefined && { pid: connection.link.pid }),
    });
    this.#idle?.start();
    this.#wishes.apply(connection, () => this.#notices.tellListsChanged());
    for (const listener of this.#notices.ready) listener(connection.identity);
  }

  #onClose(link: Link, { reason }: CloseCause): void {
    if (this.#state.kind !== 'ready' || this.#state.connection.link !== link) return;
    this.#wishes.end();
    this.#idle?.stop();
    this.#state.ended.resolve();
    this.#backoff.crashed(performance.now() - this.#state.since);
    const error = notYetAgain(this.name, reason);
    this.#state = this.#backoff.waitMs() > 0 ? { kind: 'failed', error } : { kind: 'idle' };
    this.#announce(this.#state.kind === 'failed' ? 'failed' : 'idle', reason);
  }

  #onNotification({ method, params = {} }: NotificationMessage, call: Call | undefined): void {
    if (this.#wishes.hears(method, params)) this.#notices.tell(method, params, call, this.#questions.calls());
  }

  #announce(state: UpstreamState, reason: string, more: { startMs?: number; era?: Era; pid?: number } = {}): void {
    this.#options.bus.emit({ type: 'upstream.state', upstream: this.name, state, reason, at: Date.now(), ...more });
  }
}

/** Whether a request met the end of its connection before it was processed. */
const isUnsentEnd = (reply: Reply): boolean =>
  reply.kind === 'error' && reply.failure?.code === 'UPSTREAM_CLOSED' && !reply.failure.sent;
