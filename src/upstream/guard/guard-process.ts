import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { settledWithin } from '../../utils/settled-within.ts';
import { GUARD_SCRIPT } from './guard-script.ts';

/** A group that is watched over, by the number of its leader. */
export interface GuardedGroup {
  readonly pid: number;
  /** When its leader began, in the ticks of the kernel; 0 where that is not known. */
  readonly ticks: string;
}

/** A process beside the hub that ends the groups of the hub when the hub is gone, whatever has ended it. */
export interface GuardProcess {
  /** A process is about to be started that has this number as MCP_HUB_START in its environment. */
  expect(mark: number): void;
  /** Its group was told of, or it was not started. */
  settle(mark: number): void;
  add(group: GuardedGroup): void;
  remove(pid: number): void;
  /** Lets it end, with what is left of the groups; resolves when it has, or after a moment. */
  close(): Promise<void>;
  /** The process, while there is one. */
  readonly pid: number | undefined;
}

/** The pause before it is started again, where it has not lived for that long; twice as long each time. Milliseconds. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 60_000;
const SOUND_AFTER_MS = 5_000;

const END_WITHIN_MS = 200;

/**
 * Starts the guard before the first group, and again where it ends. It is a shell, because one is on every such system and
 * costs a tenth of what a second Node does; it leads a session of its own, so that no signal for the hub reaches it, and
 * ignores those that can be ignored. Neither it nor its pipe keeps the hub alive. Not for Windows, which has no groups.
 */
export const createGuardProcess = (): GuardProcess => {
  const groups = new Map<number, GuardedGroup>();
  const expected = new Set<number>();
  let child: ChildProcess | undefined;
  let isClosing = false;
  let failures = 0;

  const tell = (line: string): void => void child?.stdin?.write(line);

  const start = (): void => {
    const startedAt = performance.now();
    const started = spawnShell();
    child = started;
    const onEnd = (): void => {
      if (child !== started) return;
      child = undefined;
      if (!isClosing) startAgain(performance.now() - startedAt);
    };
    started.once('exit', onEnd).once('error', onEnd).unref();
    started.stdin?.on('error', () => {});
    // The pipe of a child process is a socket.
    if (started.stdin instanceof Socket) started.stdin.unref();
    for (const group of groups.values()) tell(enter(group));
    for (const mark of expected) tell(`? ${mark}\n`);
  };

  const startAgain = (livedMs: number): void => {
    if (livedMs >= SOUND_AFTER_MS) failures = 0;
    const pauseMs = failures === 0 ? 0 : Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
    failures += 1;
    setTimeout(() => {
      if (!isClosing && child === undefined) start();
    }, pauseMs).unref();
  };

  /** One that is started is told of everything. */
  const tellOrStart = (line: string): void => {
    if (child !== undefined) tell(line);
    else if (!isClosing && failures === 0) start();
  };

  return {
    get pid() {
      return child?.pid;
    },
    expect(mark) {
      expected.add(mark);
      tellOrStart(`? ${mark}\n`);
    },
    settle(mark) {
      if (expected.delete(mark)) tell(`! ${mark}\n`);
    },
    add(group) {
      groups.set(group.pid, group);
      tellOrStart(enter(group));
    },
    remove(pid) {
      if (groups.delete(pid)) tell(`- ${pid}\n`);
    },
    async close() {
      isClosing = true;
      const ending = child;
      if (ending === undefined) return;
      const ended = new Promise((resolve) => ending.once('exit', resolve));
      ending.ref();
      ending.stdin?.end();
      await settledWithin(ended, END_WITHIN_MS);
      ending.unref();
    },
  };
};

const spawnShell = (): ChildProcess =>
  spawn('/bin/sh', ['-c', GUARD_SCRIPT, 'mcp-hub-guard'], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
    env: { PATH: '/usr/bin:/bin' },
  });

const enter = ({ pid, ticks }: GuardedGroup): string => `+ ${pid} ${ticks}\n`;
