import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Whether a process of that id is running; one that has ended and was not yet collected by its parent is not. */
export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return stateOf(pid) !== 'Z';
};

const stateOf = (pid: number): string | undefined => {
  if (process.platform !== 'linux') return undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat[stat.lastIndexOf(')') + 2];
  } catch {
    return 'Z';
  }
};

/**
 * The ids of the living processes whose environment or command line mentions `text`, for instance a folder that only one test
 * uses. Linux only: elsewhere the list is empty, and tests look at the ids in the log of the test servers.
 */
export const processesMentioning = (text: string): number[] => {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => pid !== process.pid && mentions(pid, text) && isAlive(pid));
};

const mentions = (pid: number, text: string): boolean =>
  ['environ', 'cmdline'].some((file) => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, 'latin1').includes(text);
    } catch {
      return false;
    }
  });

/** What a process holds in memory, in bytes. Linux only. */
export const residentBytes = (pid: number): number => {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
  return Number(kibibytes) * 1024;
};

/** Waits until a process has done nothing for a while: it waits for others. Linux only. */
export const idle = async (pid: number): Promise<void> => {
  let before = '';
  let quiet = 0;
  await eventually(
    `process ${pid} to be idle`,
    () => {
      const spent = cpuTimeOf(pid);
      quiet = spent === before ? quiet + 1 : 0;
      before = spent;
      return quiet >= 10;
    },
    30_000,
  );
};

/** Fields 14 and 15 of its line: the time spent in the program and in the system. */
const cpuTimeOf = (pid: number): string => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return stat.slice(stat.lastIndexOf(')')).split(' ').slice(12, 14).join(' ');
};

/** Waits until `probe` gives something, looking every 20 ms. @throws Error with `what` when it takes too long. */
export const eventually = async <T>(
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  timeoutMs = 10_000,
): Promise<T> => {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`);
    await delay(20);
  }
};
