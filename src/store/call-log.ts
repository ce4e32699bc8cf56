import type { LogConfig } from '../config/hub-config.ts';
import type { EventBus } from '../events/bus.ts';
import type { HubEvent } from '../events/events.ts';
import type { LogAnswer, UpkeepTimes } from './log-messages.ts';
import { createLogQueue } from './log-queue.ts';
import { isWorthADatabase, toLogRow } from './log-rows.ts';
import type { LogThread } from './log-thread.ts';
import { packRows } from './row-packing.ts';
import { createStderrRing } from './stderr-ring.ts';

export interface CallLogOptions {
  /** The directory of `calls.db`; it need not exist. */
  readonly stateDir: string;
  readonly config: LogConfig;
  /** What is written is learned from here. */
  readonly bus: EventBus;
  /** Told, in one sentence for a person, of each new reason why the log is not or was not written. Default: nobody is told. */
  readonly onProblem?: (message: string) => void;
  /** When old calls are deleted. Default: two seconds after the first write, then every hour. */
  readonly upkeep?: UpkeepTimes;
}

/** Writes what happens to the database, off the path of calls. */
export interface CallLog {
  /** Writes everything that was seen so far; resolves at once where nothing is to be written, and also where writing fails (see `problem`). */
  flush(): Promise<void>;
  /** Waits until everything that was seen so far is committed; gives why it is not, where it cannot be. Many may wait for one commit. */
  commit(): Promise<string | undefined>;
  /** Stops listening, flushes, and ends the worker. Resolves within ten seconds whatever happens; never rejects. */
  close(): Promise<void>;
  /** Why nothing can be written at present, in one sentence; undefined while all is well. */
  problem(): string | undefined;
  /**
   * Resolves when the writing has caught up with the calls, after a quarter of a second in any case; undefined where it
   * keeps up, or where it cannot write and waiting is of no use.
   */
  behind(): Promise<void> | undefined;
  /** What is written from now on is redacted by these `/patterns/` too, for good. */
  redactAlso(patterns: readonly string[]): void;
}

const BATCH_MS = 50;
/** What happens before the first call waits longer: the thread takes memory, and starts when upstreams do. */
const BEFORE_CALLS_MS = 5000;
/**
 * So many rows, or so many bytes, are handed over at once. A batch has a price of its own: what all its calls are counted in is
 * written once, and a call that ends in a later batch than it began in is written twice.
 */
const BATCH_ROWS = 4096;
const BATCH_BYTES = 4 * 1024 * 1024;
const RETRY_MS = 30_000;
const CLOSE_MS = 10_000;
/** From so full a queue on calls are to wait, until it is emptier. */
const BEHIND_FILL = 0.5;
const CAUGHT_UP_FILL = 0.25;
const BEHIND_MS = 250;
const UPKEEP: UpkeepTimes = { firstAfterMs: 2000, everyMs: 3_600_000 };

/**
 * Starts listening. Nothing is made (no directory, file, thread or timer) before something happens that is worth keeping:
 * an upstream starts, an era is found out, or a call begins. With `enabled: false` nothing is ever made. What is seen waits
 * in memory, in bounds; rows that had to be given up are counted, and the log says so.
 */
export const openCallLog = (options: CallLogOptions): CallLog => {
  if (!options.config.enabled)
    return {
      flush: async () => {},
      commit: async () => undefined,
      close: async () => {},
      problem: () => undefined,
      behind: () => undefined,
      redactAlso: () => {},
    };
  const log = new BatchedCallLog(options);
  return {
    flush: () => log.flush(),
    commit: () => log.commit(),
    close: () => log.close(),
    problem: () => log.problem,
    behind: () => log.behind(),
    redactAlso: (patterns) => log.redactAlso(patterns),
  };
};

class BatchedCallLog {
  problem: string | undefined;
  readonly #options: CallLogOptions;
  readonly #queue = createLogQueue();
  readonly #stderr = createStderrRing();
  readonly #stopListening: () => void;
  readonly #batchBytes: number;
  #isWanted = false;
  #hasCalls = false;
  #thread: LogThread | undefined;
  /** Rows that the thread has been given and has not committed. */
  #handedOver = 0;
  /** Rows that have been committed, or given up and counted. */
  #settled = 0;
  #timer: NodeJS.Timeout | undefined;
  #pumping: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #hasEnded = false;
  /** Patterns that were added; the thread is told of them with the next rows. */
  readonly #addedPatterns = new Set<string>();
  /** So many of them the thread knows. */
  #knownPatterns = 0;
  /** Told once the queue is emptier again. */
  #caughtUp: PromiseWithResolvers<void> | undefined;

  constructor(options: CallLogOptions) {
    this.#options = options;
    this.#batchBytes = Math.min(BATCH_BYTES, options.config.maxBytes / 16);
    this.#stopListening = options.bus.listen((event) => this.#onEvent(event));
  }

  async flush(): Promise<void> {
    if (this.#closing !== undefined) await this.#closing;
    else await this.#flush();
  }

  async commit(): Promise<string | undefined> {
    const end = this.#settled + this.#handedOver + this.#queue.pending;
    const alive = keepAlive();
    try {
      while (this.#settled < end && !this.#hasEnded) {
        await this.#pump();
        if (this.problem !== undefined) return this.problem;
      }
    } finally {
      clearInterval(alive);
    }
    return this.#settled < end ? 'Calls are not logged: the log has been closed' : undefined;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  behind(): Promise<void> | undefined {
    if (this.problem !== undefined || this.#hasEnded || this.#queue.fill < BEHIND_FILL) return undefined;
    this.#caughtUp ??= Promise.withResolvers<void>();
    return within(BEHIND_MS, this.#caughtUp.promise);
  }

  redactAlso(patterns: readonly string[]): void {
    for (const pattern of patterns) this.#addedPatterns.add(pattern);
  }

  #tellCaughtUp(): void {
    if (this.#queue.fill > CAUGHT_UP_FILL && this.problem === undefined && !this.#hasEnded) return;
    this.#caughtUp?.resolve();
    this.#caughtUp = undefined;
  }

  #onEvent(event: HubEvent): void {
    const row = toLogRow(event, this.#options.config.payloadBytes);
    if (row === undefined) return;
    if (row.type === 'upstream.stderr') this.#stderr.push(row);
    else this.#queue.push(row);
    this.#isWanted ||= isWorthADatabase(event);
    if (row.type === 'call.started' && !this.#hasCalls) this.#onFirstCall();
    if (this.#isWanted) this.#schedule();
  }

  #onFirstCall(): void {
    this.#hasCalls = true;
    if (this.problem !== undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** While there is a problem, the timer stands at the next attempt. */
  #schedule(): void {
    if (this.#pumping !== undefined || this.problem !== undefined || this.#hasEnded) return;
    if (this.#isBatchFull()) void this.#pump();
    else this.#timer ??= this.#pumpIn(this.#hasCalls ? BATCH_MS : BEFORE_CALLS_MS);
  }

  #isBatchFull(): boolean {
    return this.#queue.size >= BATCH_ROWS || this.#queue.bytes >= this.#batchBytes;
  }

  #pumpIn(delayMs: number): NodeJS.Timeout {
    return setTimeout(() => void this.#pump(), delayMs).unref();
  }

  #pump(): Promise<void> {
    this.#pumping ??= this.#handOverBatches().finally(() => {
      this.#pumping = undefined;
      if (this.#queue.size + this.#stderr.size > 0) this.#schedule();
    });
    return this.#pumping;
  }

  async #handOverBatches(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    do {
      await this.#handOver();
      this.#tellCaughtUp();
    } while (this.problem === undefined && this.#isBatchFull() && !this.#hasEnded);
  }

  async #handOver(): Promise<void> {
    const answer = await this.#ask();
    if (answer.kind === 'written') {
      this.problem = undefined;
      this.#settled += this.#handedOver;
      this.#handedOver = 0;
      return;
    }
    if (this.#thread?.isAlive !== true) this.#countLost();
    if (answer.problem !== this.problem) this.#tell(answer.problem);
    this.problem = answer.problem;
    if (!this.#hasEnded) this.#timer = this.#pumpIn(answer.retryMs);
  }

  async #ask(): Promise<LogAnswer> {
    try {
      const thread = await this.#aliveThread();
      // Rows that it does not take stay in the queue.
      await thread.ready;
      if (this.#handedOver > 0) return await thread.ask({ kind: 'retry' });
      const rows = this.#queue.take(BATCH_ROWS, this.#batchBytes);
      const lost = this.#queue.takeLost();
      this.#handedOver = rows.length + lost;
      rows.push(...this.#stderr.take());
      if (rows.length + lost === 0) return { kind: 'written' };
      const redact = [...this.#addedPatterns];
      const isPatternNew = redact.length > this.#knownPatterns;
      const answer = await thread.ask({ kind: 'write', rows: packRows(rows), lost, ...(isPatternNew && { redact }) });
      this.#knownPatterns = redact.length;
      return answer;
    } catch (error) {
      this.#countLost();
      const why = error instanceof Error ? error.message : String(error);
      return { kind: 'failed', problem: `Calls are not logged: ${why}`, retryMs: RETRY_MS };
    }
  }

  async #aliveThread(): Promise<LogThread> {
    if (this.#thread?.isAlive === true) return this.#thread;
    // What a thread still held went with it.
    this.#countLost();
    const { startLogThread } = await import('./log-thread.ts');
    this.#knownPatterns = 0;
    const { stateDir, config, upkeep = UPKEEP } = this.#options;
    this.#thread = startLogThread({ stateDir, config, upkeep }, (message) => this.#tell(message));
    return this.#thread;
  }

  #countLost(): void {
    this.#queue.addLost(this.#handedOver);
    this.#handedOver = 0;
  }

  async #flush(): Promise<void> {
    if (!this.#isWanted) return;
    const alive = keepAlive();
    do await this.#pump();
    while (this.problem === undefined && this.#queue.size + this.#stderr.size > 0 && !this.#hasEnded);
    clearInterval(alive);
  }

  async #close(): Promise<void> {
    this.#stopListening();
    const deadline = Date.now() + CLOSE_MS;
    await within(CLOSE_MS, this.#flush());
    this.#hasEnded = true;
    clearTimeout(this.#timer);
    await this.#thread?.end(Math.max(0, deadline - Date.now()));
    const unwritten = this.#queue.pending + this.#handedOver;
    if (this.#isWanted && unwritten > 0) this.#tell(`${unwritten} entries of the log were not written`);
  }

  #tell(message: string): void {
    this.#options.onProblem?.(message);
  }
}

/** The thread and the timers keep no process alive; whoever waits for them must. */
const keepAlive = (): NodeJS.Timeout => setInterval(() => {}, CLOSE_MS);

const within = async (timeoutMs: number, work: Promise<void>): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, timeoutMs);
  await Promise.race([work, promise]);
  clearTimeout(timer);
};
