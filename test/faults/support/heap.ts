import { existsSync, readFileSync } from 'node:fs';
import { eventually } from '../../e2e/support/processes.ts';

const PROBE = new URL('heap-probe.mjs', import.meta.url);

/** What lets a hub say what its heap holds; the file is the place where it says so. */
export const heapEnv = (file: string): Record<string, string> => ({
  NODE_OPTIONS: `--expose-gc --import=${PROBE}`,
  HEAP_LOG: file,
});

const toldIn = (file: string): string[] =>
  existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];

/** What the heap of a hub that was started with `heapEnv(file)` holds after a collection, in bytes; 0 on Windows. */
export const heldBytes = async (pid: number, file: string): Promise<number> => {
  if (process.platform === 'win32') return 0;
  const before = toldIn(file).length;
  process.kill(pid, 'SIGUSR2');
  return Number(await eventually('what the heap holds', () => toldIn(file)[before], 20_000));
};
