import { readFileSync, readlinkSync } from 'node:fs';

/** States of a process that has ended and only waits to be collected, see proc_pid_stat(5). */
const ENDED_STATES: readonly string[] = ['Z', 'X', 'x'];

/** Place of the time since boot at which a process began, counted from its state, see proc_pid_stat(5). */
const START_FIELD = 19;

/**
 * What tells a process from another one that has come under its number since: on Linux the boot and the moment at which it
 * began; undefined on other systems, where there is no such process, and where it has ended.
 */
export const processStart = (pid: number): string | undefined => {
  if (process.platform !== 'linux') return undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name of the program stands in parentheses, and may hold some itself.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (ENDED_STATES.includes(fields[0] ?? '')) return undefined;
    return `${bootId()} ${fields[START_FIELD]}`;
  } catch {
    return undefined;
  }
};

/**
 * Whether the process that had this number and start is still there. Where the start of one of the two is not known, a
 * process of that number counts as the same.
 */
export const isProcessAlive = (pid: number, start: string | null): boolean => {
  if (!hasProcess(pid)) return false;
  if (process.platform !== 'linux') return true;
  const present = processStart(pid);
  return present !== undefined && (start === null || start === present);
};

/** The present boot, and the space of process numbers that this process sees: a container has its own. Linux only. */
export const bootAndNamespace = (): { readonly boot?: string; readonly namespace?: string } => {
  if (process.platform !== 'linux') return {};
  try {
    return { boot: bootId(), namespace: readlinkSync('/proc/self/ns/pid') };
  } catch {
    return {};
  }
};

const hasProcess = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there, and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

const bootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
