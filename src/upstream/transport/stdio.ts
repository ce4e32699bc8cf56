import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import type { StdioSettings } from '../../config/hub-config.ts';
import { HubError } from '../../errors/hub-error.ts';
import { createLineWriter, type LineWriter } from '../../protocol/framing.ts';
import { childEnvironment } from './child-environment.ts';
import { createInbox } from './inbox.ts';
import { createProcessGroup, type ProcessGroup } from './process-group.ts';
import { requireDirectory, spawnFailure } from './spawn-failure.ts';
import { createStderrTail, type StderrTail } from './stderr-tail.ts';
import { createStdoutReader } from './stdout-reader.ts';
import type { CloseCause, OutgoingMessage, Transport, TransportListener } from './transport.ts';
import { settledWithin } from './within.ts';

export interface StdioTransportOptions {
  /** The upstream, as it is named in messages for people. */
  readonly name: string;
  readonly settings: StdioSettings;
  /** The hub's own environment; only the safe part of it reaches the process. */
  readonly env: NodeJS.ProcessEnv;
  /** A longer line is dropped, and the call that it answers fails. */
  readonly maxLineBytes: number;
  /** How long the process has after the end of its standard input, and again after SIGTERM; default 2 000. */
  readonly graceMs?: number;
}

const DEFAULT_GRACE_MS = 2_000;
/** How long an ended process's pipes may be silent before they are taken for finished: a descendant may hold them open. */
const PIPE_IDLE_MS = 200;
const PIPE_DRAIN_MS = 2_000;

/**
 * A server as a process of its own: newline-delimited JSON-RPC on its standard input and output. No shell is involved. The
 * process leads its own group; nothing of the group outlives `close()`, or the end of the process.
 * https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/stdio
 */
export const createStdioTransport = (options: StdioTransportOptions): Transport => {
  let starting: Promise<RunningProcess> | undefined;
  let running: RunningProcess | undefined;
  let closing: Promise<void> | undefined;
  let stderr: StderrTail | undefined;

  const spawn = async (listener: TransportListener): Promise<RunningProcess> => {
    stderr = createStderrTail((line) => listener.onStderr(line));
    running = runProcess(options, await spawnProcess(options), stderr, listener);
    return running;
  };

  return {
    async start(listener) {
      if (starting || closing) throw new HubError('INTERNAL', `${options.name} was started twice`);
      starting = spawn(listener);
      await starting;
    },
    async send(message) {
      if (!running || closing) throw closedError(options.name, 'it is not running', false);
      await running.send(message);
    },
    close() {
      closing ??= (async () => {
        const process = await starting?.catch(() => undefined);
        await process?.stop();
      })();
      return closing;
    },
    get pid() {
      return running?.pid;
    },
    stderrTail: () => stderr?.text() ?? '',
  };
};

const closedError = (name: string, why: string, sent: boolean): HubError =>
  new HubError('UPSTREAM_CLOSED', `${name} cannot be reached: ${why}`, { upstream: name, sent });

/** What the transport needs of a process that has been spawned. */
interface SpawnedProcess {
  readonly pid: number;
  readonly stdin: Writable;
  /** Both are paused until somebody reads them. */
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly exited: Promise<ProcessEnd>;
  hasExited(): boolean;
}

interface ProcessEnd {
  readonly exitCode: number | null;
  readonly signalName: string | null;
}

/**
 * Execa's `killDescendants` makes the process the leader of a group of its own. Execa's own clean-up stays off: it stops
 * at the end of the direct child, and knows nothing of what a wrapper like `npx` leaves behind.
 */
const spawnProcess = async ({ name, settings, env }: StdioTransportOptions): Promise<SpawnedProcess> => {
  const { command, args, cwd } = settings;
  requireDirectory({ name, command, cwd });
  const { execa } = await import('execa');
  try {
    const child = execa(command, args, {
      env: childEnvironment(settings.env, env),
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
    const exited = once(process, 'exit').then(([exitCode, signalName]) => ({ exitCode, signalName }) as ProcessEnd);
    exited.catch(() => {});
    for (const pipe of [stdin, stdout.pause(), stderr.pause()]) pipe.on('error', () => {});
    await Promise.race([once(process, 'spawn'), child.then((result) => Promise.reject(result.cause ?? result))]);
    const hasExited = (): boolean => process.exitCode !== null || process.signalCode !== null;
    return { pid: pid as number, stdin, stdout, stderr, exited, hasExited };
  } catch (error) {
    throw spawnFailure({ name, command, cwd }, error);
  }
};

interface RunningProcess {
  readonly pid: number;
  send(message: OutgoingMessage): Promise<void>;
  /** Resolves when nothing of the group is alive and the listener knows it. */
  stop(): Promise<void>;
}

const runProcess = (
  { name, maxLineBytes, graceMs = DEFAULT_GRACE_MS }: StdioTransportOptions,
  child: SpawnedProcess,
  stderrTail: StderrTail,
  listener: TransportListener,
): RunningProcess => {
  const { pid, stdin, stdout, stderr, exited, hasExited } = child;
  const group = createProcessGroup(pid);
  const writer = createLineWriter(stdin);
  const end = { stdin, writer, exited, group, graceMs };
  /** Why the process is being ended, once it is. */
  let stopReason: string | undefined;

  const reader = createStdoutReader({
    maxLineBytes,
    inbox: createInbox(name, listener),
    onOverlong: (reason) => listener.onProblem(`a line ${reason}`),
  });
  stdout.on('data', (chunk: Buffer) => reader.push(chunk)).resume();
  stderr.on('data', (chunk: Buffer) => stderrTail.push(chunk)).resume();
  stdin.once('close', () => {
    if (hasExited() || stopReason !== undefined) return;
    stopReason = 'it had closed its standard input';
    void endProcess(end);
  });

  const finished = exited.then(async (processEnd) => {
    const cause = describeEnd(processEnd, stopReason);
    const swept = group.sweep(graceMs);
    await Promise.all([drain(stdout), drain(stderr)]);
    reader.end();
    stderrTail.end();
    listener.onClose(cause);
    await swept;
  });

  return {
    pid,
    async send(message) {
      if (hasExited()) throw closedError(name, 'the process has ended', false);
      if (!stdin.writable) throw closedError(name, 'the process has closed its standard input', false);
      if (writer.write(JSON.stringify(message))) return;
      await Promise.race([writer.drained(), exited]);
      if (!stdin.writable) throw closedError(name, 'the process ended while the message was being written', true);
    },
    async stop() {
      stopReason ??= 'stopped by the hub';
      await endProcess(end);
      await finished;
    },
  };
};

interface EndProcessOptions {
  readonly stdin: Writable;
  readonly writer: LineWriter;
  readonly exited: Promise<ProcessEnd>;
  readonly group: ProcessGroup;
  readonly graceMs: number;
}

/**
 * End of input, then SIGTERM, then SIGKILL, each after a wait.
 * https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle#stdio
 */
const endProcess = async ({ stdin, writer, exited, group, graceMs }: EndProcessOptions): Promise<void> => {
  void writer.end();
  stdin.end();
  if (await settledWithin(exited, graceMs)) return;
  group.signal('SIGTERM');
  if (await settledWithin(exited, graceMs)) return;
  group.signal('SIGKILL');
};

/** Waits until a pipe has ended, is silent, or has had its time; then lets go of it. */
const drain = async (pipe: Readable): Promise<void> => {
  if (!pipe.readableEnded && !pipe.destroyed) {
    const { promise, resolve } = Promise.withResolvers<void>();
    const idle = setTimeout(resolve, PIPE_IDLE_MS);
    const limit = setTimeout(resolve, PIPE_DRAIN_MS);
    const restart = (): void => void idle.refresh();
    pipe.on('data', restart).once('close', resolve);
    await promise;
    clearTimeout(idle);
    clearTimeout(limit);
  }
  pipe.destroy();
};

const describeEnd = ({ exitCode, signalName }: ProcessEnd, stopReason: string | undefined): CloseCause => {
  const how =
    signalName === null ? `the process ended with exit code ${exitCode}` : `the process was ended by ${signalName}`;
  return {
    reason: stopReason === undefined ? how : `${stopReason}: ${how}`,
    ...(exitCode !== null && { exitCode }),
    ...(signalName !== null && { signalName }),
  };
};
