import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

/** How a program is started. */
export interface Command {
  readonly argv: readonly [string, ...string[]];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
}

/** A program that runs. */
export interface Program {
  readonly pid: number;
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Rejects when it ends before it was told to. */
  readonly failed: Promise<never>;
  /** Ends it as clients do: its input is closed, and what has not ended after `patienceMs` is killed. */
  close(patienceMs: number): Promise<void>;
  /** Ends it by a signal, for a program that does not mind its input. */
  terminate(patienceMs: number): Promise<void>;
}

/** Everything that was started and has not ended; nothing of it outlives the bench. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export const startProgram = ({ argv: [file, ...args], env, cwd }: Command): Program => {
  const child = spawn(file, args, { env, cwd, stdio: ['pipe', 'pipe', 'pipe'] });
  running.add(child);
  const ended = endOf(child);
  let isClosing = false;
  const failed = ended.then((words) => {
    if (isClosing) return new Promise<never>(() => {});
    throw new Error(`${args[0] ?? file} has ended: ${words}`);
  });
  failed.catch(() => {});
  const waitFor = async (patienceMs: number): Promise<void> => {
    const kill = setTimeout(() => child.kill('SIGKILL'), patienceMs);
    await ended;
    clearTimeout(kill);
  };
  return {
    pid: child.pid ?? 0,
    stdin: child.stdin,
    stdout: child.stdout,
    failed,
    close(patienceMs) {
      isClosing = true;
      child.stdin.end();
      return waitFor(patienceMs);
    },
    terminate(patienceMs) {
      isClosing = true;
      child.kill('SIGTERM');
      return waitFor(patienceMs);
    },
  };
};

/** Resolves, when the program is gone, with how it ended and its last words. */
const endOf = (child: ChildProcess): Promise<string> => {
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-2000);
  });
  child.stdin?.on('error', () => {});
  return new Promise((resolve) => {
    child.on('error', (error) => {
      running.delete(child);
      resolve(error.message);
    });
    child.on('close', (code, signal) => {
      running.delete(child);
      resolve(`${signal ?? `code ${code}`}${said === '' ? '' : `; it said: ${said.trim()}`}`);
    });
  });
};
