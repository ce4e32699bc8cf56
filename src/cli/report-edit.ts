import { printable } from '../utils/printable.ts';
import type { CliContext } from './context.ts';
import { shortPath } from './format.ts';
import { jsonText } from './json-text.ts';

export interface Edit {
  /** What was done, in the past tense. */
  readonly verb: string;
  readonly names: readonly string[];
  readonly file: string;
  /** Absent where nothing had to be changed. */
  readonly undo: string | undefined;
}

/** Says what was changed, in which file, and how to take it back. */
export const reportEdit = (context: CliContext, edit: Edit, flags: { readonly json?: boolean }): void => {
  const { verb, names, file, undo } = edit;
  if (flags.json === true) {
    context.out(jsonText({ schemaVersion: 1, [verb]: names, file, undo }));
    return;
  }
  if (undo === undefined) {
    context.out(`nothing to do: it is ${verb} already\n`);
    return;
  }
  const lines = names.map((name) => `${verb} ${printable(name)}\n`);
  context.out(`${lines.join('')}  wrote ${shortPath(file, context.env)}\n  undo  ${printable(undo)}\n`);
};
