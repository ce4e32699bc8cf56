import { removedServer, requireServer } from '../add-servers.ts';
import type { CliContext } from '../context.ts';
import type { EditFlags } from '../declare-server-verbs.ts';
import { openTarget } from '../edit-target.ts';
import { EXIT } from '../exit-codes.ts';
import { reportEdit } from '../report-edit.ts';
import { restoreCommand } from '../undo.ts';

/** `remove NAME...`: all of them, or none when one is not there. */
export const runRemove = async (context: CliContext, names: readonly string[], flags: EditFlags): Promise<number> => {
  const target = await openTarget(context, flags);
  const { document, options } = target;
  const unique = [...new Set(names)];
  for (const name of unique) requireServer(target, name);
  const removed = unique.flatMap((name) => removedServer(document, name));
  for (const name of unique) document.removeServer(name);
  await document.save();
  const undo = await restoreCommand(context, removed, options);
  reportEdit(context, { verb: 'removed', names: unique, file: document.file, undo }, flags);
  return EXIT.ok;
};
