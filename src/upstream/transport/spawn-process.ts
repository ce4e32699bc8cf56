import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import type { StdioSettings } from '../../config/hub-config.ts';
import { childEnvironment } from './child-environment.ts';
import { requireDirectory, spawnFailure } from './spawn-failure.ts';

export interface SpawnProcessOptions {
  /** The upstream. */
  readonly name: string;
  readonly settings: StdioSettings;
  /** The hub's own environment. */
  readonly env: NodeJS.ProcessEnv;
  /** By which the guard finds it where the hub is killed at that moment; default: there is no guard. */
  readonly mark?: string | undefined;
}

/** What the transport needs of a process that has been spawned. */
export interface SpawnedProcess {
  readonly pid: number;
  readonly stdin: Writable;
  /** Both are paused until somebody reads them. */
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly exited: Promise<ProcessEnd>;
  hasExited(): boolean;
}

export interface ProcessEnd {
  readonly exitCode: number | null;
  readonly signalName: string | null;
}

/**
 * Starts the process of a stdio server, without a shell, as the leader of a group of its own.
 *
 * Execa's `killDescendants` makes the process the leader of a group of its own. Execa's own clean-up stays off: it stops
 * at the end of the direct child, and knows nothing of what a wrapper like `npx` leaves behind.
 */
export const spawnProcess = async ({ name, settings, env, mark }: SpawnProcessOptions): Promise<SpawnedProcess> => {
  const { command, args, cwd } = settings;
  requireDirectory({ name, command, cwd });
  const { execa } = await import('execa');
  try {
    const child = execa(command, args, {
      env: { ...childEnvironment(settings.env, env), ...(mark !== undefined && { MCP_HUB_START: mark }) },
      extendEnv: false,
      ...(cwd !== undefined && { cwd }),
      shell: false,
      stdin: 'pipe',
      stdout: 'pipe',
      stderr: 'pipe',
      encoding: 'buffer',
      buffer: false,
      reject: false,
      cleanup: false,
      killDescendants: true,
      windowsHide: true,
    });
    const { nodeChildProcess: process, stdin, stdout, stderr, pid } = child;
    const exited = new Promise<ProcessEnd>((resolve) => {
      process.once('exit', (exitCode, signalName) => resolve({ exitCode, signalName }));
    });
    for (const pipe of [stdin, stdout.pause(), stderr.pause()]) pipe.on('error', () => {});
    const failed = child.then(({ cause }) => {
      throw cause instanceof Error ? cause : new Error('it has ended');
    });
    await Promise.race([once(process, 'spawn'), failed]);
    const hasExited = (): boolean => process.exitCode !== null || process.signalCode !== null;
    return { pid: pid as number, stdin, stdout, stderr, exited, hasExited };
  } catch (error) {
    throw spawnFailure({ name, command, cwd }, error);
  }
};
