import type { StdioSettings } from '../../config/hub-config.ts';
import { HubError } from '../../errors/hub-error.ts';
import { createLineWriter } from '../../protocol/framing.ts';
import { stringifyInParts } from '../../protocol/long-text.ts';
import { settledWithin } from '../../utils/settled-within.ts';
import type { GroupGuard } from '../guard/group-guard.ts';
import { describeEnd, drain, endProcess } from './end-process.ts';
import { createInbox } from './inbox.ts';
import { createProcessGroup } from './process-group.ts';
import { type SpawnedProcess, spawnProcess } from './spawn-process.ts';
import { createStderrTail, type StderrTail } from './stderr-tail.ts';
import { createStdoutReader } from './stdout-reader.ts';
import type { OutgoingMessage, Transport, TransportListener } from './transport.ts';

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
  /** Takes secrets out of what the process writes to its standard error; default: there are none. */
  readonly hide?: ((text: string) => string) | undefined;
  /** Watches over its group; default: nobody does once this process is killed. */
  readonly guard?: GroupGuard | undefined;
}

const DEFAULT_GRACE_MS = 2_000;

/** More is not written to a process that does not read its standard input. */
const MAX_UNREAD_BYTES = 64 * 1024 * 1024;

/** A pipe may break shortly before the end of its process is known. */
const EXIT_NEWS_MS = 200;
/** What the group of an ended process may take beyond the grace. */
const LAST_WAIT_MS = 5_000;

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
    stderr = createStderrTail((line) => listener.onStderr(options.hide?.(line) ?? line));
    const { name, settings, env, guard } = options;
    const expected = guard?.expect();
    try {
      running = runProcess(
        options,
        await spawnProcess({ name, settings, env, mark: expected?.mark }),
        stderr,
        listener,
      );
      return running;
    } finally {
      expected?.settle();
    }
  };

  return {
    async start(listener) {
      if (starting || closing) throw new HubError('INTERNAL', `${options.name} was started twice`);
      starting = spawn(listener);
      await starting;
    },
    send(message) {
      if (running && !closing) return running.send(message);
      return Promise.reject(closedError(options.name, 'it is not running', false));
    },
    pause: () => running?.pause(),
    resume: () => running?.resume(),
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
    stderrTail() {
      const text = stderr?.text() ?? '';
      return options.hide?.(text) ?? text;
    },
  };
};

const closedError = (name: string, why: string, sent: boolean): HubError =>
  new HubError('UPSTREAM_CLOSED', `${name} cannot be reached: ${why}`, { upstream: name, sent });

const unreadError = (name: string): HubError =>
  new HubError('UPSTREAM_UNAVAILABLE', `${name} was not asked: it does not read its standard input`, {
    upstream: name,
    hint: 'run: mcp-hub list --check',
  });

interface RunningProcess {
  readonly pid: number;
  /** Stops reading its standard output; not once it is being ended, or has ended. */
  pause(): void;
  resume(): void;
  send(message: OutgoingMessage): Promise<void> | undefined;
  /** Resolves when nothing of the group is alive and the listener knows it. */
  stop(): Promise<void>;
}

const runProcess = (
  { name, maxLineBytes, graceMs = DEFAULT_GRACE_MS, guard }: StdioTransportOptions,
  child: SpawnedProcess,
  stderrTail: StderrTail,
  listener: TransportListener,
): RunningProcess => {
  const { pid, stdin, stdout, stderr, exited, hasExited } = child;
  const group = createProcessGroup(pid, guard?.watch(pid));
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
  /** A process that cannot be asked, or cannot answer, is of no more use, though it may go on for ever. */
  const endUseless = async (why: string): Promise<void> => {
    if (stopReason !== undefined || (await settledWithin(exited, EXIT_NEWS_MS))) return;
    stopReason ??= why;
    await endProcess(end);
  };
  stdin.once('close', () => void endUseless('it had closed its standard input'));
  stdout.once('close', () => void endUseless('it had closed its standard output'));

  const resume = (): void => void stdout.resume();

  const finished = exited.then(async (processEnd) => {
    resume();
    const cause = describeEnd(processEnd, stopReason);
    const swept = group.sweep(graceMs);
    await Promise.all([drain(stdout), drain(stderr)]);
    reader.end();
    stderrTail.end();
    listener.onClose(cause);
    await swept;
  });

  const drained = async (): Promise<void> => {
    await writer.drained();
    if (!stdin.writable) throw closedError(name, 'the process ended while the message was being written', true);
  };

  return {
    pid,
    pause() {
      if (stopReason === undefined && !hasExited()) stdout.pause();
    },
    resume,
    send(message) {
      if (hasExited()) return Promise.reject(closedError(name, 'the process has ended', false));
      if (stopReason !== undefined) return Promise.reject(closedError(name, `it is being ended: ${stopReason}`, false));
      if (!stdin.writable) return Promise.reject(closedError(name, 'the process has closed its standard input', false));
      if (writer.pendingBytes() > MAX_UNREAD_BYTES) return Promise.reject(unreadError(name));
      return writer.write(...stringifyInParts(message)) ? undefined : drained();
    },
    async stop() {
      stopReason ??= 'stopped by the hub';
      resume();
      await endProcess(end);
      await settledWithin(finished, graceMs + LAST_WAIT_MS);
    },
  };
};
