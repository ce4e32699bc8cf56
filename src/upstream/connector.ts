import { ERROR_CODES } from '../errors/codes.ts';
import { HubError } from '../errors/hub-error.ts';
import type { CancelSignal } from '../utils/cancellation.ts';
import { whenAborted } from '../utils/when-aborted.ts';
import { endedEarly, lostEra, notYetAgain, shuttingDown } from './failures.ts';
import type { Connection } from './handshake.ts';
import { createLifecycle, type Lifecycle } from './lifecycle.ts';
import type { Link } from './link.ts';
import { createRestartBackoff } from './restart-backoff.ts';
import { resting } from './resting.ts';
import { createStarter, type Starter, type StarterListener, type StarterOptions } from './starter.ts';
import { isConnected, type State } from './state.ts';
import type { CloseCause } from './transport/transport.ts';

/** Who may say that an upstream is not well: its breaker, as its calls fail, or itself, as it does not answer. */
export type DoubtSource = 'breaker' | 'health';

export interface ConnectorOptions {
  /** How it is started. */
  readonly start: StarterOptions;
  readonly lifecycle: Lifecycle;
  /** What has to end before the first start. */
  readonly after: Promise<unknown> | undefined;
  readonly listener: Pick<StarterListener, 'onNotification' | 'onRequest'>;
  /** It has a connection that can be asked. */
  readonly onReady: (connection: Connection) => void;
  /** It has none any more, or is about to lose it. */
  readonly onEnd: () => void;
}

/** The connection of one upstream: made when it is needed, again after its end, and where it stands between the two. */
export class Connector {
  readonly #name: string;
  readonly #options: ConnectorOptions;
  readonly #starter: Starter;
  readonly #backoff = createRestartBackoff();
  readonly #stop = new AbortController();
  /** What says that it is not well, and why. */
  readonly #doubts = new Map<DoubtSource, string>();
  #lifecycle: Lifecycle;
  /** The end of a process, for which the next one waits. */
  #closing: Promise<unknown> | undefined;
  #state: State = { kind: 'idle' };

  constructor(options: ConnectorOptions) {
    this.#name = options.start.config.name;
    this.#options = options;
    this.#lifecycle = options.lifecycle;
    this.#closing = options.after;
    const onClose = (link: Link, cause: CloseCause): void => this.#onClose(link, cause);
    this.#starter = createStarter(options.start, { ...options.listener, onClose });
  }

  get state(): State {
    return this.#state;
  }

  get isConnected(): boolean {
    return isConnected(this.#state);
  }

  /** Whether it has failed, and its next start has to wait. */
  get isResting(): boolean {
    return this.#state.kind === 'backing_off' && this.#backoff.waitMs() > 0;
  }

  /** The connection as it is; where there is none, one is made. */
  get(signal: CancelSignal): Connection | Promise<Connection> {
    return this.#state.kind === 'ready' ? this.#state.connection : this.#next(signal);
  }

  /** The last lines of its standard error, at most 64 KiB, also of a process that has ended. */
  stderrTail(): string {
    return this.#starter.stderrTail();
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

  /**
   * A refusal of the revision is about the hub's own envelope and would mislead the client, whose revision is another
   * matter. The connection is of no more use; the next one asks for the era anew.
   */
  loseEra(link: Link, why: string): HubError {
    this.#starter.doubtEra();
    void link.close();
    return lostEra(this.#name, why);
  }

  /** From now on nobody is told what becomes of it. */
  silence(): void {
    this.#lifecycle = createLifecycle(this.#name, undefined, this.#lifecycle.state);
  }

  /** Ends its process or connection in good order; its next use makes another. */
  close(reason: string): void {
    if (!isConnected(this.#state)) return;
    const { connection, ended } = this.#state;
    if (!this.#lifecycle.move('idle', reason)) return;
    this.#options.onEnd();
    this.#state = { kind: 'idle' };
    ended.resolve();
    this.#closing = connection.link.close().catch(() => {});
  }

  /** Ends everything for good. Resolves when nothing of it is alive. */
  async stop(reason: string): Promise<void> {
    const before = this.#state;
    this.#options.onEnd();
    this.#state = { kind: 'stopped', reason };
    this.#stop.abort(shuttingDown(this.#name, `is being stopped: ${reason}`));
    await Promise.allSettled([before.kind === 'starting' ? before.connection : undefined, this.#starter.closeAll()]);
    if (before.kind === 'starting' || isConnected(before)) this.#lifecycle.move('stopped', reason);
  }

  async #next(signal: CancelSignal): Promise<Connection> {
    const state = this.#state;
    if (isConnected(state)) return state.connection;
    if (state.kind === 'stopped') throw shuttingDown(this.#name, `cannot be used: ${state.reason}`);
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
    if (closed !== undefined) throw endedEarly(this.#name, closed.reason);
    this.#state = { kind: 'ready', connection, since: performance.now(), ended: Promise.withResolvers<void>() };
    const startMs = performance.now() - startedAt;
    this.#lifecycle.move('ready', `started in ${Math.round(startMs)} ms`, {
      startMs,
      era: connection.codec.era,
      ...(connection.link.pid !== undefined && { pid: connection.link.pid }),
    });
    this.#doubts.delete('health');
    const [doubt] = this.#doubts;
    if (doubt !== undefined) this.doubt(...doubt);
    this.#options.onReady(connection);
  }

  #onClose(link: Link, { reason }: CloseCause): void {
    if (!isConnected(this.#state) || this.#state.connection.link !== link) return;
    this.#options.onEnd();
    this.#state.ended.resolve();
    this.#backoff.crashed(performance.now() - this.#state.since);
    const error = notYetAgain(this.#name, reason);
    this.#state = this.#backoff.waitMs() > 0 ? { kind: 'backing_off', error } : { kind: 'idle' };
    // The end of a process is a failure; a remote server may well end what was not used.
    const failure = link.pid === undefined ? {} : { errorCode: ERROR_CODES.UPSTREAM_CLOSED.rpc };
    this.#lifecycle.move(this.#state.kind, reason, failure);
  }
}
