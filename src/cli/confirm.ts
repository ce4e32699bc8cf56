import { createInterface } from 'node:readline';
import { printable } from '../utils/printable.ts';
import type { CliContext } from './context.ts';

/** Whether there is a person who can be asked something. */
export const canAsk = (context: CliContext): boolean => context.stdin.isTTY === true;

/**
 * Asks a question on standard error and takes one line as the answer: `y` and `n`, or nothing for `preset`. An end of
 * input is a no. Ask only where `canAsk`.
 */
export const confirm = async (context: CliContext, question: string, preset: boolean): Promise<boolean> => {
  for (;;) {
    context.err(`${printable(question)} ${preset ? '[Y/n]' : '[y/N]'} `);
    const line = (await readLine(context))?.trim().toLowerCase();
    if (line === undefined) return false;
    if (line === '') return preset;
    if (line === 'y' || line === 'yes') return true;
    if (line === 'n' || line === 'no') return false;
  }
};

/** Asks for a text on standard error; undefined at the end of the input. Ask only where `canAsk`. */
export const askText = async (context: CliContext, question: string): Promise<string | undefined> => {
  context.err(`${printable(question)}: `);
  return (await readLine(context))?.trim();
};

/** One line of standard input; undefined at its end. */
const readLine = (context: CliContext): Promise<string | undefined> =>
  new Promise((resolve) => {
    const lines = createInterface({ input: context.stdin });
    const signal = context.interruption();
    const settle = (line: string | undefined): void => {
      signal.removeEventListener('abort', end);
      resolve(line);
      lines.close();
    };
    const end = (): void => settle(undefined);
    signal.addEventListener('abort', end, { once: true });
    lines.once('line', settle);
    lines.once('close', end);
  });
