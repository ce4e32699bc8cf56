import { CLIENTS } from '../../config/clients/all-clients.ts';
import type { ClientDefinition } from '../../config/clients/client.ts';
import { readClientFile } from '../../config/clients/client-document.ts';
import { existingFiles, type LocatedFile } from '../../config/clients/client-paths.ts';
import { printable } from '../../utils/printable.ts';
import { askCheckList, canAsk } from '../check-list.ts';
import { usage } from '../cli-errors.ts';
import { changeDiff } from '../clients/change-diff.ts';
import { applyChange, type ClientChange, isChange } from '../clients/client-change.ts';
import { machineOf, namedClients } from '../clients/client-machine.ts';
import { clientStates } from '../clients/client-states.ts';
import { readRegistration } from '../clients/registration.ts';
import { withoutHub } from '../clients/without-hub.ts';
import type { CliContext, GlobalOptions } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { plural, shellWords, shortPath } from '../format.ts';
import { jsonText } from '../json-text.ts';

export interface UninstallFlags extends GlobalOptions {
  readonly all?: boolean;
  readonly project?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** What is taken back in one file, and what it was. */
interface Removal extends ClientChange {
  readonly name: string | undefined;
  /** The client's own servers that it gets back. */
  readonly back: readonly string[];
}

/**
 * `uninstall CLIENT...`: takes the hub out of the files of clients. Where nothing else was changed in a file since `install`
 * it is the old one to the byte.
 */
export const runUninstall = async (
  context: CliContext,
  words: readonly string[],
  flags: UninstallFlags,
): Promise<number> => {
  const clients = await chosenClients(context, words, flags);
  const removals: Removal[] = [];
  const idle: ClientDefinition[] = [];
  for (const client of clients) {
    const own = await planRemovals(context, client, flags);
    removals.push(...own);
    if (own.length === 0) idle.push(client);
  }
  if (flags.dryRun !== true) for (const removal of removals) await applyChange(context, removal);
  report(context, removals, idle, flags);
  return EXIT.ok;
};

const chosenClients = async (
  context: CliContext,
  words: readonly string[],
  flags: UninstallFlags,
): Promise<readonly ClientDefinition[]> => {
  if (words.length > 0) return namedClients(words);
  if (flags.all === true) return CLIENTS;
  const registered = (await clientStates(context)).filter(({ state }) => state === 'registered');
  if (registered.length > 0 && flags.json !== true && canAsk(context)) {
    const items = registered.map(({ client }) => ({ value: client.id, label: client.name, isChosen: false }));
    return namedClients(await askCheckList(context, 'Which clients shall lose the hub?', items));
  }
  const where = registered.map(({ client }) => client.id).join(' ');
  throw usage(
    'no client is named',
    where === '' ? 'the hub is registered in none: mcp-hub clients' : `like this: mcp-hub uninstall ${where}`,
  );
};

const planRemovals = async (
  context: CliContext,
  client: ClientDefinition,
  flags: UninstallFlags,
): Promise<readonly Removal[]> => {
  const scope = flags.project === true ? 'project' : 'user';
  const files = existingFiles(client, machineOf(context)).filter(
    ({ file }) => file.scope === scope && file.isReadOnly !== true,
  );
  const removals: Removal[] = [];
  for (const located of files) {
    const removal = await planRemoval(context, client, located);
    if (removal !== undefined) removals.push(removal);
  }
  return removals;
};

const planRemoval = async (
  context: CliContext,
  client: ClientDefinition,
  located: LocatedFile,
): Promise<Removal | undefined> => {
  const original = readClientFile(located.path);
  if (original.text === undefined) return undefined;
  const kept = await readRegistration(context.env, client.id, located.path);
  const text = await withoutHub(located, original.text, kept);
  const removal = {
    client,
    located,
    original,
    text,
    registration: undefined,
    name: kept?.name,
    back: kept?.moved ?? [],
  };
  return isChange(removal) ? removal : undefined;
};

const report = (
  context: CliContext,
  removals: readonly Removal[],
  idle: readonly ClientDefinition[],
  flags: UninstallFlags,
): void => {
  const isDryRun = flags.dryRun === true;
  const undo = isDryRun || removals.length === 0 ? undefined : undoOf(removals, flags);
  if (flags.json === true) {
    context.out(jsonText(removalObject(removals, undo, isDryRun)));
    return;
  }
  for (const removal of removals) context.out(removalText(context, removal, isDryRun));
  if (flags.all !== true || removals.length === 0)
    for (const { name } of flags.all === true ? [] : idle)
      context.out(`nothing to do: the hub is not registered in ${name}\n`);
  if (removals.length === 0 && flags.all === true) context.out('nothing to do: the hub is registered in no client\n');
  if (undo !== undefined) context.out(`  undo  ${printable(undo)}\n`);
};

const removalText = (context: CliContext, removal: Removal, isDryRun: boolean): string => {
  const { client, original, text, back } = removal;
  const file = printable(shortPath(original.path, context.env));
  const what = text === undefined ? 'removed' : 'wrote';
  const done = isDryRun ? `would have ${what} ${file}; nothing was written` : `${what} ${file}`;
  return (
    `${changeDiff(context, removal)}- hub   ${client.name}\n  ${done}\n` +
    (back.length === 0
      ? ''
      : `  ${plural(back.length, 'server')} given back: ${printable(back.join(', '))}; the hub keeps its copies\n`)
  );
};

const undoOf = (removals: readonly Removal[], flags: UninstallFlags): string =>
  [
    ...Map.groupBy(removals, ({ name, back }) =>
      [
        ...(name === undefined || name === 'hub' ? [] : ['--name', name]),
        ...(back.length > 0 ? ['--replace-servers'] : []),
      ].join(' '),
    ),
  ]
    .map(([options, group]) =>
      shellWords([
        'mcp-hub',
        'install',
        ...group.map(({ client }) => client.id),
        ...(flags.project === true ? ['--project'] : []),
        ...(options === '' ? [] : options.split(' ')),
      ]),
    )
    .join(' && ');

const removalObject = (removals: readonly Removal[], undo: string | undefined, isDryRun: boolean): object => ({
  schemaVersion: 1,
  uninstalled: removals.map(({ client, original, text, back }) => ({
    client: client.id,
    path: original.path,
    isFileRemoved: text === undefined,
    givenBack: back,
  })),
  isDryRun,
  ...(undo === undefined ? {} : { undo }),
});
