import type { Call, OwnRequest, UpstreamHandle, UpstreamIdentity } from '../dispatch/call.ts';
import type { Reply } from '../dispatch/reply.ts';
import type { UpstreamEnvelope } from '../protocol/codec.ts';
import type { NotificationMessage } from '../protocol/message.ts';
import { isTaskNotification } from '../protocol/methods.ts';
import type { CancelSignal } from '../utils/cancellation.ts';
import { settledWithin } from '../utils/settled-within.ts';
import { CallCarrier } from './call-carrier.ts';
import { createCallLimit } from './call-limit.ts';
import { Connector, type DoubtSource } from './connector.ts';
import type { Connection } from './handshake.ts';
import { createHealth, type Health } from './health.ts';
import { createIdleStop, type IdleStop } from './idle-stop.ts';
import { createLineage, type Lineage } from './lineage.ts';
import type { Notices } from './notices.ts';
import { createQuestions, type Questions } from './questions.ts';
import { sendOrAgain } from './send-again.ts';
import type { StarterOptions } from './starter.ts';
import { isConnected } from './state.ts';
import { createTurns, type Turns } from './turns.ts';
import type { Wishes } from './wishes.ts';

export interface UpstreamOptions extends StarterOptions {
  /** What it shares with those of its name before and after it; default: there is but this one. */
  readonly lineage?: Lineage;
  /** What has to end before its first start, which waits five seconds for it at most. */
  readonly after?: Promise<unknown>;
  /** See health.ts. */
  readonly answerWithinMs?: number;
}

export interface Retirement {
  /** How long its calls may take to end; milliseconds. */
  readonly graceMs: number;
  /** Why it is stopped, in words for a person. */
  readonly reason: string;
  /** The one that has taken its place; default: there is none. */
  readonly successor?: Upstream;
}

/** How long the end of the process before it may hold up the first start: until SIGKILL has ended one that heeds nothing else. Milliseconds. */
const AFTER_WITHIN_MS = 5_000;

/** One server behind the hub: started on its first use, started again after its end, and alone with its faults. */
export class Upstream implements UpstreamHandle {
  readonly name: string;
  readonly #options: UpstreamOptions;
  readonly #ownEnvelope: UpstreamEnvelope;
  readonly #notices: Notices;
  readonly #wishes: Wishes;
  readonly #connector: Connector;
  readonly #turns: Turns;
  readonly #questions: Questions;
  readonly #health: Health;
  readonly #calls: CallCarrier;
  /** It ends with the calls that it has. */
  #isRetired = false;
  /** Where it is to be stopped when it is idle. */
  #idle: IdleStop | undefined;

  readonly onReady: UpstreamHandle['onReady'] = (listener) => void this.#notices.ready.add(listener);
  readonly onListChanged: UpstreamHandle['onListChanged'] = (listener) => void this.#notices.listChanged.add(listener);
  readonly onLog: UpstreamHandle['onLog'] = (listener) => void this.#notices.log.add(listener);
  readonly onElicitationComplete: UpstreamHandle['onElicitationComplete'] = (listener) =>
    void this.#notices.elicitationComplete.add(listener);
  readonly onResourceUpdated: UpstreamHandle['onResourceUpdated'] = (listener) =>
    void this.#notices.resourceUpdated.add(listener);
  readonly onTaskChanged: UpstreamHandle['onTaskChanged'] = (listener) => void this.#notices.taskChanged.add(listener);

  constructor(options: UpstreamOptions) {
    const { bus, answerUnattributed } = options;
    this.name = options.config.name;
    this.#options = options;
    this.#ownEnvelope = { clientInfo: options.clientInfo, clientCapabilities: options.capabilities };
    const lineage =
      options.lineage ?? createLineage({ bus, envelope: this.#ownEnvelope, configOf: () => options.config });
    this.#notices = lineage.notices;
    this.#wishes = lineage.wishes;
    this.#turns = createTurns({
      name: this.name,
      get maxConcurrent() {
        return options.config.maxConcurrent;
      },
      get callMs() {
        return options.config.timeouts.callMs;
      },
    });
    this.#questions = createQuestions({ upstream: this.name, answerUnattributed, turns: this.#turns });
    this.#connector = this.#createConnector(lineage);
    this.#health = this.#createHealth();
    this.#calls = new CallCarrier({
      name: this.name,
      connector: this.#connector,
      clientInfo: options.clientInfo,
      turns: this.#turns,
      questions: this.#questions,
      health: this.#health,
    });
    this.#idle = this.#createIdleStop();
  }

  async connect(signal: CancelSignal): Promise<UpstreamIdentity> {
    return (await this.#connector.get(signal)).identity;
  }

  isConnected(): boolean {
    return this.#connector.isConnected;
  }

  /** Whether it has a process or connection, or is about to have one. */
  isRunning(): boolean {
    return this.#connector.isConnected || this.#connector.state.kind === 'starting';
  }

  get pending(): number {
    return this.#turns.pending;
  }

  isResting(): boolean {
    return this.#connector.isResting;
  }

  call(call: Call): PromiseLike<Reply> {
    return this.#idle === undefined ? this.#calls.call(call) : this.#whileInUse(() => this.#calls.call(call));
  }

  request(request: OwnRequest): Promise<Reply> {
    return this.#whileInUse(() => this.#request(request));
  }

  async #request({ method, params, signal }: OwnRequest): Promise<Reply> {
    const limit = createCallLimit(this.#options.config, method, signal);
    const reply = await sendOrAgain(() => this.#connector.state, {
      name: this.name,
      method,
      params,
      signal: limit.signal,
      envelope: this.#ownEnvelope,
      onSent: () => limit.start(),
      connect: () => this.#connector.get(limit.signal),
      onWrongEra: (link, why) => this.#connector.loseEra(link, why),
    });
    limit.stop();
    return reply;
  }

  async watchResource(ownUri: string, signal: CancelSignal): Promise<Reply> {
    return this.#wishes.watch(ownUri, async () => this.#connector.get(signal), signal);
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
    if (this.#connector.isConnected) this.#wishes.announceRootsChanged();
  }

  /** The last lines of its standard error, at most 64 KiB, also of a process that has ended. */
  stderrTail(): string {
    return this.#connector.stderrTail();
  }

  /**
   * Ends its processes and connections; it does not start again. Resolves when nothing of it is alive.
   * @param reason default: the hub is ending
   */
  stop(reason = 'the hub is ending'): Promise<void> {
    return this.#connector.stop(reason);
  }

  /**
   * Leaves its place: calls that it has may still end, for at most `graceMs`; then it is stopped. Calls that wait for its start
   * go to its successor. From now on it says nothing of itself and of its lists. Resolves when nothing of it is alive.
   */
  async retire({ graceMs, reason, successor }: Retirement): Promise<void> {
    this.#onEnd();
    this.#isRetired = true;
    this.#idle = undefined;
    this.#calls.successor = successor;
    this.#connector.silence();
    if (this.#connector.isConnected) await settledWithin(this.#turns.idle(), graceMs);
    await this.stop(reason);
  }

  /** Something says that it is not well, though it may be connected; why, in words for a person. */
  doubt(source: DoubtSource, reason: string): void {
    this.#connector.doubt(source, reason);
  }

  /** The same says that it is well again. */
  trust(source: DoubtSource, reason: string): void {
    this.#connector.trust(source, reason);
  }

  /** Its options have changed in what takes effect without another process. */
  applyOptions(): void {
    this.#turns.admit();
    this.#idle?.stop();
    this.#idle = this.#createIdleStop();
    if (this.#connector.isConnected) this.#idle?.start();
  }

  #createConnector({ lifecycle }: Lineage): Connector {
    const { after } = this.#options;
    return new Connector({
      start: this.#options,
      lifecycle,
      after: after && settledWithin(after, AFTER_WITHIN_MS),
      listener: {
        onNotification: (message, call) => this.#onNotification(message, call),
        onRequest: (message, asked) => this.#whileInUse(() => this.#questions.answer(message, asked)),
      },
      onReady: (connection) => this.#onReady(connection),
      onEnd: () => this.#onEnd(),
    });
  }

  #createHealth(): Health {
    const { answerWithinMs } = this.#options;
    return createHealth({
      connectionOf: () => {
        const { state } = this.#connector;
        return isConnected(state) ? state.connection : undefined;
      },
      envelope: this.#ownEnvelope,
      isBusy: () => this.#turns.pending > 0,
      onSick: (reason) => this.doubt('health', reason),
      onWell: (reason) => this.trust('health', reason),
      onDead: (reason) => this.#giveUp(reason),
      ...(answerWithinMs !== undefined && { answerWithinMs }),
    });
  }

  #createIdleStop(): IdleStop | undefined {
    const { idleStopMs } = this.#options.config;
    if (idleStopMs === 0) return undefined;
    const isNeeded = (): boolean => this.#wishes.isWatching || this.#turns.pending > 0;
    const onIdle = (): void => this.#connector.close(`stopped after ${idleStopMs} ms without a call`);
    return createIdleStop({ idleStopMs, isNeeded, onIdle });
  }

  /** Nothing stops it for being idle until the work is done. */
  async #whileInUse<T>(work: () => PromiseLike<T>): Promise<T> {
    const idle = this.#idle;
    idle?.begin();
    try {
      return await work();
    } finally {
      idle?.end();
    }
  }

  /** Ends a process that is of no more use; its next use starts another one. A remote server cannot be started anew. */
  #giveUp(reason: string): void {
    const { state } = this.#connector;
    if (!isConnected(state) || state.connection.link.pid === undefined) return;
    this.#connector.close(`it is ended: ${reason}`);
    const message = `${this.name} is ended, and started again when it is needed: ${reason}`;
    this.#options.bus.emit({ type: 'problem', upstream: this.name, message, at: Date.now() });
  }

  #onReady(connection: Connection): void {
    this.#health.reset();
    if (this.#isRetired) return;
    this.#idle?.start();
    this.#wishes.apply(connection, () => this.#notices.tellListsChanged());
    for (const listener of this.#notices.ready) listener(connection.identity);
  }

  /** What is wanted of one that is retired is wanted of the one that has taken its place. */
  #onEnd(): void {
    if (!this.#isRetired) this.#wishes.end();
    this.#idle?.stop();
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
