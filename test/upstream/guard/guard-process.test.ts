import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { createGuardProcess, type GuardProcess } from '../../../src/upstream/guard/guard-process.ts';
import { processStart } from '../../../src/utils/process-start.ts';
import { eventually } from '../../e2e/support/processes.ts';
import { isRunning } from '../../fixtures/transport/processes.ts';
import { fixture } from '../../fixtures/transport/stdio-peer.ts';

const ticksOf = (pid: number): string => processStart(pid)?.split(' ')[1] ?? '0';

describe.skipIf(process.platform === 'win32')('a guard process', () => {
  const children: ChildProcess[] = [];
  let guard: GuardProcess;

  /** Leads a group of its own and ignores all but SIGKILL. */
  const startStubborn = async (further: Readonly<Record<string, string>> = {}): Promise<number> => {
    const child = spawn(process.execPath, [fixture('servers/stubborn.mjs')], {
      detached: true,
      stdio: 'ignore',
      env: { ...process.env, ...further },
    });
    children.push(child);
    await once(child, 'spawn');
    return child.pid as number;
  };

  afterEach(async () => {
    await guard.close();
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  it('ends the groups that were not signed off when its hub lets go of it, and no other', async () => {
    guard = createGuardProcess();
    const [left, signedOff] = await Promise.all([startStubborn(), startStubborn()]);
    guard.add({ pid: left, ticks: ticksOf(left) });
    guard.add({ pid: signedOff, ticks: ticksOf(signedOff) });
    guard.remove(signedOff);
    await guard.close();
    await eventually('the end of the group', () => !isRunning(left));
    expect(isRunning(signedOff)).toBe(true);
  });

  it.runIf(process.platform === 'linux')(
    'ends what was about to be started when its hub was killed, and no other',
    async () => {
      guard = createGuardProcess();
      const startMarked = (mark: number): Promise<number> => startStubborn({ MCP_HUB_START: String(mark) });
      for (const mark of [1_000_000_001, 1_000_000_002, 1_000_000_003]) guard.expect(mark);
      const [lost, settled, unknown] = await Promise.all(
        [1_000_000_001, 1_000_000_002, 1_000_000_004].map(startMarked),
      );
      guard.settle(1_000_000_002);
      await guard.close();
      await eventually('the end of the lost one', () => !isRunning(lost as number));
      expect([settled, unknown].map((pid) => isRunning(pid as number))).toEqual([true, true]);
    },
  );

  it.runIf(process.platform === 'linux')(
    'leaves a process alone that has the mark only within the value of another variable',
    async () => {
      guard = createGuardProcess();
      const mark = 1_000_000_005;
      guard.expect(mark);
      const texts = [`MCP_HUB_START=${mark}`, `a\nMCP_HUB_START=${mark}\nb`];
      const others = await Promise.all(
        [...texts.map((OTHER) => ({ OTHER })), { NOT_MCP_HUB_START: String(mark) }].map(startStubborn),
      );
      const lost = await startStubborn({ MCP_HUB_START: String(mark) });
      await guard.close();
      await eventually('the end of the lost one', () => !isRunning(lost));
      expect(others.map(isRunning)).toEqual([true, true, true]);
    },
  );

  it('leaves a group alone whose leader is another process than the one that was registered', async () => {
    guard = createGuardProcess();
    const [stranger, own] = await Promise.all([startStubborn(), startStubborn()]);
    guard.add({ pid: stranger, ticks: '1' });
    guard.add({ pid: own, ticks: ticksOf(own) });
    await guard.close();
    await eventually('the end of the other', () => !isRunning(own));
    expect(isRunning(stranger)).toBe(true);
  });

  it('never takes a number that means its own group, or everybody', async () => {
    guard = createGuardProcess();
    const bystander = await startStubborn();
    for (const pid of [0, 1, -1, Number.NaN, 1e21]) guard.add({ pid, ticks: '0' });
    const own = await startStubborn();
    guard.add({ pid: own, ticks: '0' });
    await guard.close();
    await eventually('the end of what was registered', () => !isRunning(own));
    expect(isRunning(bystander)).toBe(true);
  });

  it('ends by itself, at once, when nothing is left to be ended', async () => {
    guard = createGuardProcess();
    const own = await startStubborn();
    guard.add({ pid: own, ticks: ticksOf(own) });
    const { pid } = guard;
    guard.remove(own);
    await guard.close();
    expect(isRunning(pid as number)).toBe(false);
    expect(isRunning(own)).toBe(true);
  });

  it('is not started before there is something to watch over', async () => {
    guard = createGuardProcess();
    expect(guard.pid).toBeUndefined();
  });

  it('does not end by a signal that can be ignored, and leads a session of its own', async () => {
    guard = createGuardProcess();
    guard.add({ pid: await startStubborn(), ticks: '0' });
    const pid = guard.pid as number;
    await eventually('its session', () => sessionOf(pid) === pid);
    await eventually('its first line to be carried out', () => ignores(pid, SIGTERM));
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const) process.kill(pid, signal);
    await guard.close();
    expect(guard.pid).toBe(pid);
    await eventually('the end of the group', () => !isRunning(children[0]?.pid as number));
  });

  it('is started again where it is killed, and knows all groups', async () => {
    guard = createGuardProcess();
    const own = await startStubborn();
    guard.add({ pid: own, ticks: ticksOf(own) });
    const first = guard.pid as number;
    process.kill(first, 'SIGKILL');
    await eventually('another guard', () => guard.pid !== undefined && guard.pid !== first);
    await guard.close();
    await eventually('the end of the group', () => !isRunning(own));
  });
});

const SIGTERM = 15;

/** The mask of signals that a process ignores (proc_pid_status(5)). Elsewhere it is believed. */
const ignores = (pid: number, signal: number): boolean => {
  if (process.platform !== 'linux') return true;
  const [, mask = '0'] = /^SigIgn:\s+([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
  return (BigInt(`0x${mask}`) & (1n << BigInt(signal - 1))) !== 0n;
};

/** Field 6 of its line, counted from its state: 3 (proc_pid_stat(5)). Elsewhere it is believed. */
const sessionOf = (pid: number): number => {
  if (process.platform !== 'linux') return pid;
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3]);
};
