import { parentPort, workerData } from 'node:worker_threads';
import type { CheckWorkerData, LogAnswer, LogNotice, LogRequest, LogWorkerData } from './log-messages.ts';
import type { LogWriter } from './log-writer.ts';
import { lowerThreadPriority } from './low-priority.ts';
import { unpackRows } from './row-packing.ts';

/**
 * The thread that writes the log. It answers each `write` and `retry` in its turn; SQLite is loaded with the first, so that
 * a machine on which it cannot be loaded is told of like any other failure. Once a day another thread of the same program
 * checks the file, and ends.
 */
const data = workerData as LogWorkerData | CheckWorkerData;
const RETRY_MS = 30_000;

let writer: LogWriter | undefined;
let upkeepTimer: NodeJS.Timeout | undefined;
let maintaining: Promise<void> | undefined;
let unwritten: LogRequest[] = [];

const post = (message: LogAnswer | LogNotice): void => parentPort?.postMessage(message);

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
  if (writer.isOpen) upkeepTimer ??= maintainIn((data as LogWorkerData).upkeep.firstAfterMs);
  return result;
};

const loadWriter = async (): Promise<LogWriter> => {
  const { stateDir, config } = data as LogWorkerData;
  const { LogWriter: Writer } = await import('./log-writer.ts');
  return new Writer({ stateDir, config, onNotice: (message) => post({ kind: 'notice', message }) });
};

const maintainIn = (delayMs: number): NodeJS.Timeout => setTimeout(() => void maintain(), delayMs);

const maintain = async (): Promise<void> => {
  maintaining = writer?.maintain();
  await maintaining;
  upkeepTimer = maintainIn((data as LogWorkerData).upkeep.everyMs);
};

/** A thread that checks the file is in the middle of SQLite: it is not ended by force. */
const end = async (): Promise<void> => {
  clearTimeout(upkeepTimer);
  writer?.close();
  await maintaining;
  parentPort?.close();
  // What a timer or an import still holds does not matter any more.
  process.exit(0);
};

const listen = (): void => {
  parentPort?.on('message', (request: LogRequest) => {
    if (request.kind === 'close') void end();
    else void answer(request).then(post);
  });
};

if ('checkedPath' in data) {
  lowerThreadPriority();
  const { checkDatabase } = await import('./check-database.ts');
  parentPort?.postMessage(checkDatabase(data.checkedPath));
} else {
  // In `audit` mode calls wait for what is written.
  if (data.config.durability === 'batched') lowerThreadPriority();
  listen();
}
