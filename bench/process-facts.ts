import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { platform } from 'node:os';

/** What a process costs, by itself and without its children. */
export interface ProcessFacts {
  /** Resident memory now. */
  readonly rssBytes: number;
  /** The most that it was; where the system does not tell, what it is now. */
  readonly peakRssBytes: number;
  /** User and system time since its start. */
  readonly cpuMs: number;
}

/** Linux gives times in ticks of this many milliseconds to every program. */
const TICK_MS = 10;

/** Reads what a process costs; it has to be alive. */
export const processFacts = (pid: number): ProcessFacts => (platform() === 'linux' ? fromProc(pid) : fromPs(pid));

/** Begins a new peak, where the system can; the facts after it then tell the peak since. */
export const resetPeak = (pid: number): void => {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
  } catch {
    // Only Linux has it, and not in every container: the peak is then that of the whole life.
  }
};

const fromProc = (pid: number): ProcessFacts => {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kibibytes = (key: string): number => Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024;
  // The name of the program stands in brackets and may hold spaces.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return {
    rssBytes: kibibytes('VmRSS'),
    peakRssBytes: kibibytes('VmHWM'),
    cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS,
  };
};

const fromPs = (pid: number): ProcessFacts => {
  const [rss, time = ''] = execFileSync('ps', ['-o', 'rss=,time=', '-p', String(pid)], { encoding: 'utf8' })
    .trim()
    .split(/\s+/);
  const cpuMs = time.split(':').reduce((sum, part) => sum * 60 + Number(part), 0) * 1000;
  return { rssBytes: Number(rss) * 1024, peakRssBytes: Number(rss) * 1024, cpuMs };
};
