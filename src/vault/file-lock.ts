import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { HubError } from '../errors/hub-error.ts';

export interface FileLockOptions {
  /** How long another holder is waited for; default 15 000 ms. */
  readonly waitMs?: number;
  /** A lock that was not touched for this long has no holder any more, whatever its process id says; default 60 000 ms. */
  readonly staleMs?: number;
}

const WAIT_MS = 15_000;
const STALE_MS = 60_000;
const PAUSE_MS = 20;
/** Taking a lock away from a dead holder takes moments; what is older was left by a second death. */
const STEAL_MS = 5_000;

/**
 * Runs `work` while no other process of this machine does so under the same lock file. The file names its holder; where that
 * process has ended, the lock is free. While the work lasts the file is touched, so a long work is not taken for a dead one.
 * @throws HubError STORE_UNAVAILABLE when it cannot be had in time, or its folder cannot be written
 */
export const withFileLock = async <T>(
  file: string,
  work: () => Promise<T>,
  { waitMs = WAIT_MS, staleMs = STALE_MS }: FileLockOptions = {},
): Promise<T> => {
  const owner = `${process.pid} ${randomUUID()}`;
  await acquire(file, owner, { waitMs, staleMs });
  const touch = setInterval(() => touchFile(file), staleMs / 4);
  touch.unref();
  try {
    return await work();
  } finally {
    clearInterval(touch);
    if (holderOf(file) === owner) rmSync(file, { force: true });
  }
};

const acquire = async (file: string, owner: string, { waitMs, staleMs }: Required<FileLockOptions>): Promise<void> => {
  const deadline = performance.now() + waitMs;
  while (!create(file, owner)) {
    if (isAbandoned(file, staleMs) && takeAway(file, owner, staleMs)) continue;
    if (performance.now() > deadline) {
      const [pid] = (holderOf(file) ?? 'another').split(' ');
      throw new HubError('STORE_UNAVAILABLE', `${file} is held by process ${pid} for too long`, {
        hint: 'end that process, or try again in a moment',
      });
    }
    await pause(PAUSE_MS);
  }
};

/** False where somebody has it. The name of the holder is in the file from its first moment on, or a moment later. */
const create = (file: string, owner: string): boolean => {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, owner, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Windows says EPERM of a file that is just being removed.
    if (code === 'EEXIST' || (code === 'EPERM' && process.platform === 'win32')) return false;
    throw unwritable(file, error);
  }
};

const unwritable = (file: string, cause: unknown): HubError =>
  new HubError('STORE_UNAVAILABLE', `${file} cannot be made: ${(cause as Error).message}`, { cause });

const holderOf = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
};

const ageOf = (file: string): number => {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? 0 : Date.now() - stat.mtimeMs;
};

const isAbandoned = (file: string, staleMs: number): boolean => {
  const pid = Number(holderOf(file)?.split(' ')[0]);
  if (ageOf(file) > staleMs) return true;
  return Number.isInteger(pid) && pid > 0 && !isAlive(pid);
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** Only one may take a lock away at a time, and looks again before it does: another may have taken it meanwhile. */
const takeAway = (file: string, owner: string, staleMs: number): boolean => {
  const steal = `${file}.steal`;
  if (ageOf(steal) > STEAL_MS) rmSync(steal, { force: true });
  if (!create(steal, owner)) return false;
  try {
    if (!isAbandoned(file, staleMs)) return false;
    rmSync(file, { force: true });
    return true;
  } finally {
    rmSync(steal, { force: true });
  }
};

const touchFile = (file: string): void => {
  try {
    utimesSync(file, new Date(), new Date());
  } catch {
    // It is looked at again when it is given back.
  }
};
