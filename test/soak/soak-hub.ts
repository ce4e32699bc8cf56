import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { HUB_BIN } from '../e2e/support/paths.ts';
import { eventually, residentBytes } from '../e2e/support/processes.ts';
import type { TempHome } from '../e2e/support/temp-home.ts';
import { heapEnv, heldBytes } from '../faults/support/heap.ts';

/** A hub that is under load. */
export interface SoakHub {
  readonly child: ChildProcessWithoutNullStreams;
  /** Only where it serves on HTTP. */
  readonly url: string;
  readonly token: string;
  readonly stderr: () => string;
  /** What was resident, in bytes, in the order of time. */
  readonly resident: number[];
  /** What its heap holds after a collection, in bytes; 0 on Windows. */
  heldBytes(): Promise<number>;
  readonly exited: Promise<number | null>;
}

const SAMPLE_MS = 500;
const KEPT_STDERR = 2_000_000;

let hubs = 0;

/** Starts a hub with the configuration in this file; `http` lets it serve there as well. */
export const startSoakHub = async (home: TempHome, configFile: string, http: boolean): Promise<SoakHub> => {
  const args = ['serve', '--config', configFile, ...(http ? ['--http', '0', '--stdio'] : [])];
  hubs += 1;
  const heapLog = home.file(`heap-${hubs}`);
  const child = spawn(process.execPath, [HUB_BIN, ...args], {
    cwd: home.file('work'),
    env: { ...home.env, ...heapEnv(heapLog) },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-KEPT_STDERR);
  });
  const exited = once(child, 'close').then(([code]) => code as number | null);
  const resident: number[] = [];
  const sampler = setInterval(() => {
    if (process.platform !== 'linux') return;
    try {
      // One that is ending has no memory any more.
      const bytes = residentBytes(child.pid ?? 0);
      if (bytes > 0) resident.push(bytes);
    } catch {
      // It has ended.
    }
  }, SAMPLE_MS).unref();
  void exited.finally(() => clearInterval(sampler));
  const url = http ? await eventually('the address', () => /serving on (\S+)/.exec(stderr)?.[1]) : '';
  const token = http ? readFileSync(`${home.stateDir}/http-token`, 'utf8').trim() : '';
  return {
    child,
    url,
    token,
    stderr: () => stderr,
    resident,
    heldBytes: () => heldBytes(child.pid ?? 0, heapLog),
    exited,
  };
};
