import { Worker } from 'node:worker_threads';
import type { CheckResult, CheckWorkerData } from './log-messages.ts';
import { logWorkerUrl } from './log-worker-url.ts';

/** Checks a database in a thread of its own, which has ended then, so that the one that asks can go on. It keeps no process alive. */
export const checkInThread = (path: string): Promise<CheckResult> =>
  new Promise((resolve) => {
    const workerData: CheckWorkerData = { checkedPath: path };
    const worker = new Worker(logWorkerUrl(), { workerData, execArgv: [], name: 'mcp-hub log check' });
    let result: CheckResult = { kind: 'unknown' };
    worker.on('message', (found: CheckResult) => {
      result = found;
    });
    worker.on('error', () => {});
    worker.on('exit', () => resolve(result));
    worker.unref();
  });
