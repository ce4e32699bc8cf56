import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { RESTORED } from './restore.ts';

export interface TerminalHandlers {
  /** `ctrl-z`, sent as a signal. */
  readonly suspend: () => void;
  /** The process is to end. */
  readonly end: () => void;
}

/** The process while it has the terminal: what signals do, and that the terminal is given back however it ends. */
export interface HeldTerminal {
  /** Stops the process as `ctrl-z` does, and resolves when it goes on. */
  stop(): Promise<void>;
  /** What ends the monitor when something throws that nobody catches. */
  onCrash(end: (error: Error) => void): void;
  /** The signal that ended it, if one did. */
  ending(): { readonly signal?: NodeJS.Signals };
  release(): void;
}

const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Where no shell could continue the process, the system does not stop it; then it goes on after this time. */
const NOT_STOPPED_MS = 200;

export const holdTerminal = (stdout: NodeJS.WriteStream, { suspend, end }: TerminalHandlers): HeldTerminal => {
  let signal: NodeJS.Signals | undefined;
  let crash: (error: Error) => void = (error) => {
    throw error;
  };
  const onEnd = (name: NodeJS.Signals): void => {
    signal = name;
    end();
  };
  const onStop = (): void => suspend();
  const onThrown = (thrown: unknown): void => crash(thrown instanceof Error ? thrown : new Error(String(thrown)));
  // The last resort: an end that ran none of the code that gives the terminal back.
  const onExit = (): void => restore(stdout);
  for (const name of ENDING) process.on(name, onEnd);
  process.on('uncaughtException', onThrown);
  process.on('unhandledRejection', onThrown);
  process.on('exit', onExit);
  listenForStop(onStop);
  return {
    stop: async () => {
      process.off('SIGTSTP', onStop);
      const continued = once(process, 'SIGCONT');
      process.kill(0, 'SIGTSTP');
      await Promise.race([continued, wait(NOT_STOPPED_MS)]);
      listenForStop(onStop);
    },
    onCrash: (run) => {
      crash = run;
    },
    ending: () => (signal === undefined ? {} : { signal }),
    release: () => {
      for (const name of ENDING) process.off(name, onEnd);
      process.off('uncaughtException', onThrown);
      process.off('unhandledRejection', onThrown);
      process.off('exit', onExit);
      process.off('SIGTSTP', onStop);
    },
  };
};

/** Windows has no such signal. */
const listenForStop = (listener: () => void): void => {
  if (process.platform !== 'win32') process.on('SIGTSTP', listener);
};

const restore = (stdout: NodeJS.WriteStream): void => {
  try {
    writeSync((stdout as NodeJS.WriteStream & { readonly fd: number }).fd, RESTORED);
  } catch {
    // The terminal is gone: there is nothing to restore.
  }
};
