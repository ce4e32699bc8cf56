import { parentPort, workerData } from 'node:worker_threads';
import type { LogAnswer, LogNotice, LogReady, LogRequest, LogWorkerData } from './log-messages.ts';
import type { LogWriter } from './log-writer.ts';
import { lowerThreadPriority } from './low-priority.ts';
import { unpackRows } from './row-packing.ts';

/**
 * The thread that writes the log. It answers each `write` and `retry` in its turn; SQLite is loaded with the first, so that
 * a machine on which it cannot be loaded is told of like any other failure.
 */
const { stateDir, config, upkeep } = workerData as LogWorkerData;
const RETRY_MS = 30_000;

// In `audit` mode calls wait for what is written.
if (config.durability === 'batched') lowerThreadPriority();

let writer: LogWriter | undefined;
let upkeepTimer: NodeJS.Timeout | undefined;
let unwritten: LogRequest[] = [];

const post = (message: LogAnswer | LogNotice | LogReady): void => parentPort?.postMessage(message);

const answer = async (request: LogRequest): Promise<LogAnswer> => {
  unwritten.push(request);
  try {
    writer ??= await loadWriter();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { kind: 'failed', problem: `Calls are not logged: SQLite cannot be loaded: ${why}`, retryMs: RETRY_MS };
  }
  const requests = unwritten;
  unwritten = [];
  let result: LogAnswer = { kind: 'written' };
  for (const each of requests)
    result = each.kind === 'write' ? writer.write({ ...each, rows: unpackRows(each.rows) }) : writer.retry();
  if (writer.isOpen) upkeepTimer ??= maintainIn(upkeep.firstAfterMs);
  return result;
};

const loadWriter = async (): Promise<LogWriter> => {
  const { LogWriter: Writer } = await import('./log-writer.ts');
  return new Writer({ stateDir, config, onNotice: (message) => post({ kind: 'notice', message }) });
};

const maintainIn = (delayMs: number): NodeJS.Timeout => setTimeout(() => void maintain(), delayMs);

const maintain = async (): Promise<void> => {
  await writer?.maintain();
  upkeepTimer = maintainIn(upkeep.everyMs);
};

const end = (): void => {
  clearTimeout(upkeepTimer);
  writer?.close();
  parentPort?.close();
  // What a timer or an import still holds does not matter any more.
  process.exit(0);
};

parentPort?.on('message', (request: LogRequest) => {
  if (request.kind === 'close') end();
  else void answer(request).then(post);
});

post({ kind: 'ready' });
