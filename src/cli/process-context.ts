import type { Writable } from 'node:stream';
import { HubError } from '../errors/hub-error.ts';
import { settledWithin } from '../utils/settled-within.ts';
import type { CliContext } from './context.ts';

export interface ProcessContext {
  readonly context: CliContext;
  /**
   * Resolves when everything that was written has left the process, or can no longer be delivered. What nobody reads on
   * standard error is not waited for: clients start servers without reading it, and wait for their end.
   */
  readonly flush: () => Promise<void>;
  /** Why standard output could not be written, where that was not its reader's choice: a full disk, for instance. */
  readonly outputFailure: () => Error | undefined;
}

/**
 * The context of a real process. A reader that goes away (`mcp-hub tools | head`) is no error: what is written after that is
 * dropped, and `interruption()` tells the verbs that go on writing.
 */
export const createProcessContext = (owner: NodeJS.Process): ProcessContext => {
  const interruption = new AbortController();
  let isListening = false;
  let failure: Error | undefined;
  owner.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') failure ??= error;
    interruption.abort(interrupted());
  });
  owner.stderr.on('error', () => {});
  const context: CliContext = {
    env: owner.env,
    cwd: owner.cwd(),
    get stdin() {
      return owner.stdin;
    },
    isTerminal: owner.stdout.isTTY === true,
    isErrTerminal: owner.stderr.isTTY === true,
    get width() {
      return owner.stdout.isTTY ? owner.stdout.columns || USUAL_WIDTH : undefined;
    },
    out: (text) => write(owner.stdout, text),
    drained: () => drained(owner.stdout),
    err: (text) => write(owner.stderr, text),
    interruption: () => {
      if (!isListening)
        for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
          owner.once(name, () => interruption.abort(interrupted()));
      isListening = true;
      return interruption.signal;
    },
  };
  const flush = async (): Promise<void> => {
    await drained(owner.stdout);
    await settledWithin(drained(owner.stderr), UNREAD_MS);
  };
  return { context, flush, outputFailure: () => failure };
};

/** How long somebody may take to read on what stands on standard error at the end. */
const UNREAD_MS = 1_000;

/** Of a terminal that does not know its own. */
const USUAL_WIDTH = 80;

/** It is told to nobody: the person knows, and whoever has closed the output does not read. */
const interrupted = (): HubError => new HubError('CANCELLED', 'interrupted');

const write = (stream: Writable, text: string): void => {
  if (text !== '' && stream.writable) stream.write(text);
};

/** On pipes of Windows and macOS writes are asynchronous; an empty write ends after all before it. */
const drained = (stream: Writable): Promise<void> =>
  new Promise((resolve) => {
    if (!stream.writable) return resolve();
    const settle = (): void => {
      stream.removeListener('error', settle);
      resolve();
    };
    stream.once('error', settle);
    stream.write('', settle);
  });
