import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** How long a group may still be seen after SIGKILL before it is given up; the kernel needs a moment to end a process. */
const KILL_WAIT_MS = 2_000;
const FIRST_POLL_MS = 5;
const LONGEST_POLL_MS = 100;

/** A process that leads its own group, and everything that it started and that stayed in the group. */
export interface ProcessGroup {
  /** Sends a signal to every member. Nothing happens once the group was seen to be gone: its number may be another's. */
  signal(name: 'SIGTERM' | 'SIGKILL'): void;
  /**
   * Ends what is left of the group: SIGTERM (once in its life), `graceMs` after it SIGKILL. Resolves when no member is
   * alive, at the latest 2 s after SIGKILL.
   */
  sweep(graceMs: number): Promise<void>;
}

const liveGroups = new Set<ProcessGroup>();

/**
 * Ends every group at once and without waiting, for the moment when the hub itself is about to end. It runs by itself
 * when this process exits; where it is killed by SIGKILL its guard does that.
 */
export const killAllGroups = (): void => {
  for (const group of liveGroups) group.signal('SIGKILL');
};

let isHooked = false;

/**
 * Watches over a process that was spawned as the leader of its own group.
 * On Windows, where there are no groups, signals end the tree of processes below it; once the leader has ended, its tree
 * can no longer be found. The Windows branch is untested.
 * @param onGone called once, when no member was found any more, or the last wait for it is over. Default: nobody is told.
 */
export const createProcessGroup = (leaderPid: number, onGone: () => void = () => {}): ProcessGroup => {
  let isGone = false;
  let termSentAt: number | undefined;

  const forget = (): void => {
    if (liveGroups.delete(group)) onGone();
  };

  const checkAlive = (): boolean => {
    if (!isGone && !hasLiveMember(leaderPid)) {
      isGone = true;
      forget();
    }
    return !isGone;
  };

  const waitUntilGone = async (deadline: number): Promise<boolean> => {
    for (let pollMs = FIRST_POLL_MS; checkAlive(); pollMs = Math.min(pollMs * 2, LONGEST_POLL_MS)) {
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) return false;
      await delay(Math.min(pollMs, leftMs));
    }
    return true;
  };

  const group: ProcessGroup = {
    signal(name) {
      if (isGone) return;
      if (name === 'SIGTERM') termSentAt ??= performance.now();
      sendSignal(leaderPid, name);
    },
    async sweep(graceMs) {
      if (!checkAlive()) return;
      if (termSentAt === undefined) group.signal('SIGTERM');
      if (await waitUntilGone((termSentAt ?? performance.now()) + graceMs)) return;
      group.signal('SIGKILL');
      await waitUntilGone(performance.now() + KILL_WAIT_MS);
      forget();
    },
  };

  liveGroups.add(group);
  if (!isHooked) {
    isHooked = true;
    process.on('exit', killAllGroups);
  }
  return group;
};

const isWindows = process.platform === 'win32';

const sendSignal = (leaderPid: number, name: 'SIGTERM' | 'SIGKILL'): void => {
  try {
    if (isWindows) killTree(leaderPid, name);
    else process.kill(-leaderPid, name);
  } catch {
    // It ended in between, or it belongs to another user, and then nothing can be done.
  }
};

/** Untested. `taskkill` is taken from the system's directory, never from the PATH. */
const killTree = (leaderPid: number, name: 'SIGTERM' | 'SIGKILL'): void => {
  const taskkill = join(process.env['SystemRoot'] ?? 'C:\\Windows', 'System32', 'taskkill.exe');
  const args = ['/PID', String(leaderPid), '/T', '/F'];
  if (name === 'SIGKILL') spawnSync(taskkill, args, { stdio: 'ignore', windowsHide: true });
  else spawn(taskkill, args, { stdio: 'ignore', windowsHide: true }).on('error', () => {});
};

const hasLiveMember = (leaderPid: number): boolean => {
  try {
    process.kill(isWindows ? leaderPid : -leaderPid, 0);
  } catch {
    return false;
  }
  return process.platform !== 'linux' || hasRunningMember(leaderPid);
};

/**
 * Where nobody collects orphans, as in a container without an init process, ended processes stay in their group as
 * zombies for ever: only the process table tells them from running ones.
 */
const hasRunningMember = (groupId: number): boolean => {
  try {
    return readdirSync('/proc').some((entry) => /^\d+$/.test(entry) && isRunningIn(entry, groupId));
  } catch {
    return true;
  }
};

/** Fields after the name in parentheses: state, parent, group (proc_pid_stat(5)). */
const isRunningIn = (pid: string, groupId: number): boolean => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(group) === groupId && state !== 'Z' && state !== 'X';
  } catch {
    return false;
  }
};
