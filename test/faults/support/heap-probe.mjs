/*
 * Loaded into a hub before its own code (--import, with --expose-gc): SIGUSR2 lets it collect its garbage and append what is still
 * held, in bytes, to the file `HEAP_LOG`. What the system counts as resident says little of that: V8 keeps room that it once had.
 */
import { appendFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { isMainThread } from 'node:worker_threads';

if (isMainThread && process.argv.includes('serve'))
  process.on('SIGUSR2', async () => {
    // What a finished collection lets go, as buffers and what waits for its end, goes with the next.
    for (let round = 0; round < 3; round += 1) {
      globalThis.gc();
      await setImmediate();
    }
    const { heapUsed, external } = process.memoryUsage();
    appendFileSync(process.env.HEAP_LOG, `${heapUsed + external}\n`);
  });
