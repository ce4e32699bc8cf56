import { printable } from '../utils/printable.ts';
import type { CliContext } from './context.ts';
import { shortPath } from './format.ts';

export interface Edit {
  /** What was done, in the past tense. */
  readonly verb: string;
  readonly names: readonly string[];
  readonly file: string;
  readonly undo: string;
}

/** Says what was changed, in which file, and how to take it back. */
export const reportEdit = (context: CliContext, edit: Edit, flags: { readonly json?: boolean }): void => {
  const { verb, names, file, undo } = edit;
  if (flags.json === true) {
    context.out(`${JSON.stringify({ schemaVersion: 1, [verb]: names, file, undo })}\n`);
    return;
  }
  const lines = names.map((name) => `${verb} ${printable(name)}\n`);
  context.out(`${lines.join('')}  wrote ${shortPath(file, context.env)}\n  undo  ${printable(undo)}\n`);
};
