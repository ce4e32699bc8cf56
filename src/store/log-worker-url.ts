/** The program of the log's threads. The sources run as they are; in the bundle it lies beside this file under a name of its own. */
export const logWorkerUrl = (): URL =>
  new URL(import.meta.url.endsWith('.ts') ? './log-worker.ts' : './log-worker.js', import.meta.url);
