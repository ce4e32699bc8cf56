import type { Readable } from 'node:stream';

/** The world around one run of a command; tests hand in their own. */
export interface CliContext {
  readonly env: NodeJS.ProcessEnv;
  /** Working directory, absolute. */
  readonly cwd: string;
  /** The system whose rules say where files of other programs lie. Default: this one. */
  readonly platform?: NodeJS.Platform;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** Whether a person reads standard output: text of others is then made printable, else it is passed on as it is. */
  readonly isTerminal: boolean;
  /** Whether a person reads standard error: then long waits are told there. Default: false. */
  readonly isErrTerminal?: boolean;
  /** Characters in a line of that terminal; undefined where there is none: then nothing is cut to fit. */
  readonly width: number | undefined;
  /** Writes to standard output. Text of others has been through `printable` where a person reads it. */
  readonly out: (text: string) => void;
  /** Resolves when what was written to standard output has left the process, or nobody takes it any more. Default: at once. */
  readonly drained?: () => Promise<void>;
  /** Writes to standard error: errors, notes, progress. */
  readonly err: (text: string) => void;
  /**
   * Aborted when the person presses Ctrl-C, when the process is asked to end, or when nobody reads the output any more.
   * Signals are caught from the first call of this function on, not before.
   */
  readonly interruption: () => AbortSignal;
}

/** Options that every verb has, before or after its name. */
export interface GlobalOptions {
  readonly config?: string;
  readonly debug?: boolean;
}
