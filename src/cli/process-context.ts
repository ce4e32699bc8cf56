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
  const output = onFirstUse(
    () => owner.stdout,
    (error) => {
      if (error.code !== 'EPIPE') failure ??= error;
      interruption.abort(interrupted());
    },
  );
  const errors = onFirstUse(() => owner.stderr);
  const context: CliContext = {
    env: owner.env,
    cwd: owner.cwd(),
    get stdin() {
      return owner.stdin;
    },
    get isTerminal() {
      return output.stream().isTTY === true;
    },
    get isErrTerminal() {
      return errors.stream().isTTY === true;
    },
    get width() {
      const { isTTY, columns } = output.stream();
      return isTTY ? columns || USUAL_WIDTH : undefined;
    },
    out: (text) => write(output.stream(), text),
    drained: () => drained(output.stream()),
    err(text) {
      if (errors.stream().writableLength < MAX_UNREAD_BYTES) write(errors.stream(), text);
    },
    interruption: () => {
      if (!isListening)
        for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
          owner.once(name, () => interruption.abort(interrupted()));
      isListening = true;
      return interruption.signal;
    },
  };
  const flush = async (): Promise<void> => {
    if (output.isUsed()) await drained(output.stream());
    if (errors.isUsed()) await settledWithin(drained(errors.stream()), UNREAD_MS);
  };
  return { context, flush, outputFailure: () => failure };
};

/** What is told while this much waits for somebody who does not read it is dropped. */
const MAX_UNREAD_BYTES = 1024 * 1024;

/** A stream of the process, which Node makes when it is first looked at: `serve` starts faster without. */
const onFirstUse = (
  find: () => NodeJS.WriteStream,
  onError: (error: NodeJS.ErrnoException) => void = () => {},
): { stream(): NodeJS.WriteStream; isUsed(): boolean } => {
  let found: NodeJS.WriteStream | undefined;
  return {
    stream() {
      found ??= find().on('error', onError);
      return found;
    },
    isUsed: () => found !== undefined,
  };
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
    // Node tells why in a later turn.
    if (!stream.writable) return void setImmediate(resolve);
    const settle = (): void => {
      stream.removeListener('error', settle);
      resolve();
    };
    stream.once('error', settle);
    stream.write('', settle);
  });
