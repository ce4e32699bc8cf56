import { Worker } from 'node:worker_threads';
import type { LogAnswer, LogNotice, LogRequest, LogWorkerData } from './log-messages.ts';
import { logWorkerUrl } from './log-worker-url.ts';

/** The thread that writes, seen from the thread of the calls. It keeps no process alive. */
export interface LogThread {
  /** False once it has ended, for whatever reason; what it kept is lost then. */
  readonly isAlive: boolean;
  /**
   * Hands over a request; one at a time.
   * @throws DataCloneError when a row holds what cannot be handed over
   */
  ask(request: Exclude<LogRequest, { kind: 'close' }>): Promise<LogAnswer>;
  /** Lets it close the database and end; after `timeoutMs` it is ended by force. */
  end(timeoutMs: number): Promise<void>;
}

const RETRY_MS = 30_000;

/** Rows come and go in batches; a larger part of the memory for what is young would only stay with the thread. */
const YOUNG_MB = 48;

/** @throws Error when Node starts no thread */
export const startLogThread = (data: LogWorkerData, onNotice: (message: string) => void): LogThread => {
  const worker = new Worker(logWorkerUrl(), {
    workerData: data,
    execArgv: [],
    name: 'mcp-hub log',
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
  });
  const ended = Promise.withResolvers<void>();
  let isAlive = true;
  let why = 'it was stopped';
  let settle: ((answer: LogAnswer) => void) | undefined;

  worker.on('message', (message: LogAnswer | LogNotice) => {
    if (message.kind === 'notice') onNotice(message.message);
    else settle?.(message);
  });
  worker.on('error', (error: unknown) => {
    why = error instanceof Error ? error.message : String(error);
  });
  worker.on('exit', () => {
    isAlive = false;
    settle?.({
      kind: 'failed',
      problem: `Calls are not logged: the thread that writes has ended: ${why}`,
      retryMs: RETRY_MS,
    });
    ended.resolve();
  });
  // After the listeners: one for messages would keep the process alive again.
  worker.unref();
  return {
    get isAlive() {
      return isAlive;
    },
    ask: (request) =>
      new Promise((resolve) => {
        settle = resolve;
        worker.postMessage(request);
      }),
    async end(timeoutMs) {
      if (!isAlive) return;
      worker.postMessage({ kind: 'close' } satisfies LogRequest);
      const timer = setTimeout(() => void worker.terminate(), timeoutMs);
      await ended.promise;
      clearTimeout(timer);
    },
  };
};
