import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bootAndNamespace, processStart } from '../../utils/process-start.ts';
import type { LedgerEntry } from './ledger.ts';

/** The clocks of two processes, and the whole seconds of `ps`, may differ by this much. */
const START_TOLERANCE_MS = 3_000;

const ASK_WITHIN_MS = 10_000;

/**
 * Whether a group of processes is the one that a hub has written down, and not one that has come under its number since.
 * In doubt it is not: a stranger is never ended. On Linux the kernel's start of the leader decides; where the leader has
 * ended, members that are left in its session: the number is not given anew while there are any. Elsewhere the system is
 * asked when the leader was started, which has to be when the hub says; macOS and Windows are untested.
 */
export const isSameGroup = async ({ pid, start, at }: LedgerEntry): Promise<boolean> => {
  if (process.platform === 'linux') return isSameOnLinux(pid, start);
  const startedAt = await (process.platform === 'win32' ? startOnWindows(pid) : startByPs(pid)).catch(() => Number.NaN);
  return Math.abs(startedAt - at) <= START_TOLERANCE_MS;
};

const isSameOnLinux = (pid: number, start: string | null): boolean => {
  if (start === null || start.split(' ')[0] !== bootAndNamespace().boot) return false;
  const present = processStart(pid);
  return present === undefined ? hasOrphanedMember(pid) : present === start;
};

/** Fields after the name in parentheses: state, parent, group, session (proc_pid_stat(5)). */
const hasOrphanedMember = (groupId: number): boolean =>
  readdirSync('/proc').some((entry) => {
    if (!/^\d+$/.test(entry)) return false;
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'latin1');
      const [state, , group, session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return state !== 'Z' && Number(group) === groupId && Number(session) === groupId;
    } catch {
      return false;
    }
  });

const startByPs = async (pid: number): Promise<number> => {
  const { stdout } = await run('/bin/ps', ['-o', 'lstart=', '-p', String(pid)], { LC_ALL: 'C' });
  return Date.parse(stdout.trim());
};

/** The numbers of processes are numbers; nothing else is put into the command. */
const startOnWindows = async (pid: number): Promise<number> => {
  const root = process.env['SystemRoot'] ?? 'C:\\Windows';
  const powershell = join(root, 'System32', 'WindowsPowerShell', 'v1.0', 'powershell.exe');
  const ask = `([DateTimeOffset](Get-Process -Id ${pid}).StartTime).ToUnixTimeMilliseconds()`;
  const { stdout } = await run(powershell, ['-NoProfile', '-NonInteractive', '-Command', ask], { SystemRoot: root });
  return Number.parseInt(stdout, 10);
};

const run = async (command: string, args: readonly string[], env: Record<string, string>) =>
  promisify(execFile)(command, [...args], { env, timeout: ASK_WITHIN_MS, windowsHide: true });
