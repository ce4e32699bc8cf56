import { Writable } from 'node:stream';
import { HubError } from '../errors/hub-error.ts';
import { printable } from '../utils/printable.ts';
import type { CliContext } from './context.ts';

export interface CheckListItem {
  readonly value: string;
  readonly label: string;
  /** Shown beside the item that is pointed at. */
  readonly hint?: string;
  readonly isChosen: boolean;
}

/** Whether there is a person who can be asked. */
export const canAsk = (context: CliContext): boolean => context.isTerminal && context.stdin.isTTY === true;

/**
 * Asks which of the items are wanted, and gives their values.
 * @throws HubError `CANCELLED` when the person leaves it.
 */
export const askCheckList = async (
  context: CliContext,
  message: string,
  items: readonly CheckListItem[],
): Promise<readonly string[]> => {
  const { isCancel, multiselect } = await import('@clack/prompts');
  const chosen = await multiselect<string>({
    message,
    options: items.map(({ value, label, hint }) => ({
      value,
      label: printable(label),
      ...(hint !== undefined && { hint: printable(hint) }),
    })),
    initialValues: items.filter(({ isChosen }) => isChosen).map(({ value }) => value),
    required: false,
    input: context.stdin,
    output: terminalOf(context),
  });
  if (isCancel(chosen)) throw new HubError('CANCELLED', 'nothing was chosen');
  return chosen;
};

/** What the prompt draws on: the output of the command, with the size of its terminal. */
const terminalOf = (context: CliContext): Writable => {
  const terminal = new Writable({
    decodeStrings: false,
    write: (text: string, _encoding, done) => {
      context.out(String(text));
      done();
    },
  });
  return Object.assign(terminal, { columns: context.width ?? 80, rows: 24, isTTY: true });
};
