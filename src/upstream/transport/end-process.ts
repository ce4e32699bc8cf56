import type { Readable, Writable } from 'node:stream';
import type { LineWriter } from '../../protocol/framing.ts';
import { settledWithin } from '../../utils/settled-within.ts';
import type { ProcessGroup } from './process-group.ts';
import type { ProcessEnd } from './spawn-process.ts';
import type { CloseCause } from './transport.ts';

/** How long an ended process's pipes may be silent before they are taken for finished: a descendant may hold them open. */
const PIPE_IDLE_MS = 200;
const PIPE_DRAIN_MS = 2_000;

export interface EndProcessOptions {
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
export const endProcess = async ({ stdin, writer, exited, group, graceMs }: EndProcessOptions): Promise<void> => {
  void writer.end();
  stdin.end();
  if (await settledWithin(exited, graceMs)) return;
  group.signal('SIGTERM');
  if (await settledWithin(exited, graceMs)) return;
  group.signal('SIGKILL');
};

/** Waits until a pipe has ended, is silent, or has had its time; then lets go of it. */
export const drain = async (pipe: Readable): Promise<void> => {
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

/** Why a transport is closed when its process has ended. */
export const describeEnd = ({ exitCode, signalName }: ProcessEnd, stopReason: string | undefined): CloseCause => {
  const how =
    signalName === null ? `the process ended with exit code ${exitCode}` : `the process was ended by ${signalName}`;
  return {
    reason: stopReason === undefined ? how : `${stopReason}: ${how}`,
    ...(exitCode !== null && { exitCode }),
    ...(signalName !== null && { signalName }),
  };
};
