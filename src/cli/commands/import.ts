import type { ConfigDocument } from '../../config/document.ts';
import { printable } from '../../utils/printable.ts';
import { addServers, type WriteFlags } from '../add-servers.ts';
import { askCheckList, canAsk } from '../check-list.ts';
import { type Gathered, gather } from '../clients/gather.ts';
import { type ImportServer, mergeServers } from '../clients/merge-servers.ts';
import { hintText, importNotes, importObject, secretsText, serverLines } from '../clients/report-import.ts';
import { sourceOf } from '../config-source.ts';
import type { CliContext, GlobalOptions } from '../context.ts';
import { openTarget } from '../edit-target.ts';
import { EXIT } from '../exit-codes.ts';
import { plural, shellWords, shortPath } from '../format.ts';
import { jsonText } from '../json-text.ts';

export interface ImportFlags extends GlobalOptions {
  readonly scope?: string;
  readonly all?: boolean;
  readonly replace?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/**
 * `import [CLIENT|FILE|-]...`: copies servers of other clients into the configuration. Their files are only read. Without
 * `--all` a person is asked; where there is none, it is told what would be done, and the exit code is 2.
 */
export const runImport = async (context: CliContext, words: readonly string[], flags: ImportFlags): Promise<number> => {
  const gathered = await gather(context, words);
  const { document } = await openTarget(context, flags);
  const servers = await mergeServers(gathered.servers, document);
  const { wanted, isAsked } = await choose(context, servers, flags, words.length === 0);
  const isWritten = isAsked || flags.all === true;
  const plan: Plan = { gathered, servers, wanted, document, isWritten: isWritten && flags.dryRun !== true };
  const undo = plan.isWritten && wanted.length > 0 ? await write(context, wanted, flags) : undefined;
  if (flags.json === true) context.out(jsonText(planObject(context, plan, undo, flags)));
  else await report(context, plan, undo, { ...flags, isAsked });
  const isAnswered = isWritten || flags.dryRun === true || choices(servers, flags).length === 0;
  if (!isAnswered) context.err(UNDECIDED);
  return isAnswered ? EXIT.ok : EXIT.usage;
};

const UNDECIDED = 'error: nothing was imported: there is nobody to ask which\n  hint: all of them: --all\n';

interface Plan {
  readonly gathered: Gathered;
  readonly servers: readonly ImportServer[];
  readonly wanted: readonly ImportServer[];
  readonly document: ConfigDocument;
  readonly isWritten: boolean;
}

/** The servers that there is something to decide about. */
const choices = (servers: readonly ImportServer[], flags: ImportFlags): readonly ImportServer[] =>
  servers.filter(({ state }) => state === 'new' || (state === 'differs' && flags.replace === true));

/**
 * @param isSweep whether no client was named: then files of the folder that the command runs in, which anyone may have
 *   written, are never taken unasked.
 */
const choose = async (
  context: CliContext,
  servers: readonly ImportServer[],
  flags: ImportFlags,
  isSweep: boolean,
): Promise<{ wanted: readonly ImportServer[]; isAsked: boolean }> => {
  const open = choices(servers, flags);
  const usual = open.filter(({ sources }) => !isSweep || sources.some(({ isProjectFile }) => !isProjectFile));
  const isAsked =
    open.length > 0 && flags.all !== true && flags.dryRun !== true && flags.json !== true && canAsk(context);
  if (!isAsked) return { wanted: usual, isAsked };
  const items = await Promise.all(
    open.map(async (server) => ({
      value: server.name,
      label: server.name,
      hint: await hintText(server, context),
      isChosen: usual.includes(server),
    })),
  );
  const chosen = await askCheckList(context, 'Which servers shall the hub have?', items);
  return { wanted: open.filter(({ name }) => chosen.includes(name)), isAsked };
};

const write = async (
  context: CliContext,
  wanted: readonly ImportServer[],
  flags: ImportFlags,
): Promise<string | undefined> => {
  const writeFlags: WriteFlags = { ...flags, check: false, force: flags.replace === true };
  const { undo } = await addServers(context, wanted, writeFlags);
  return undo;
};

const report = async (
  context: CliContext,
  plan: Plan,
  undo: string | undefined,
  flags: ImportFlags & { readonly isAsked: boolean },
): Promise<void> => {
  const { gathered, servers, wanted, document, isWritten } = plan;
  const shown = flags.isAsked ? wanted : servers;
  context.out(await serverLines(shown, context, flags.replace === true));
  for (const note of importNotes(gathered, shown, context)) context.err(`note: ${printable(note)}\n`);
  const left = choices(servers, flags).length - wanted.length;
  if (left > 0 && !flags.isAsked)
    context.err(`note: ${plural(left, 'server')} of files in this folder left out; to have them, name the client\n`);
  const file = shortPath(document.file, context.env);
  if (wanted.length === 0) context.out(`${nothingText(plan)}\n`);
  else if (isWritten) context.out(writtenText(context, wanted, document.file, undo));
  else context.out(`  would write ${plural(wanted.length, 'server')} into ${file}; nothing was written\n`);
};

const nothingText = ({ gathered, servers }: Plan): string => {
  if (servers.length > 0) return 'nothing to import';
  if (gathered.hubs > 0) return 'nothing to import: only the hub itself is registered';
  return gathered.files.length === 0
    ? 'nothing to import: no file of a known client was found'
    : `nothing to import: no servers in ${plural(gathered.files.length, 'file')}`;
};

const writtenText = (
  context: CliContext,
  wanted: readonly ImportServer[],
  file: string,
  undo: string | undefined,
): string =>
  `  wrote ${shortPath(file, context.env)}\n` +
  secretsText(wanted, context) +
  (undo === undefined ? '' : `  undo  ${printable(undo)}\n`) +
  `  next  ${nextCommand(wanted)}\n`;

/** A client that had the servers is one that wants the hub. */
const nextCommand = (wanted: readonly ImportServer[]): string => {
  const ids = wanted.flatMap(({ sources }) => sources.flatMap(({ client }) => client?.id ?? []));
  const client = ids[0];
  return client === undefined
    ? 'mcp-hub list --check'
    : shellWords(['mcp-hub', 'install', ...new Set(ids), '--replace-servers']);
};

const planObject = (context: CliContext, plan: Plan, undo: string | undefined, flags: ImportFlags): object => ({
  schemaVersion: 1,
  servers: importObject(plan.servers),
  imported: plan.isWritten ? plan.wanted.map(({ name }) => name) : [],
  source: sourceOf(plan.document.file, context.env),
  isDryRun: flags.dryRun === true,
  notes: importNotes(plan.gathered, plan.servers, context),
  ...(undo === undefined ? {} : { undo }),
});
