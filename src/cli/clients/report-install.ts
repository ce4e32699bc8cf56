import { printable } from '../../utils/printable.ts';
import type { AddedServers } from '../add-servers.ts';
import type { CliContext } from '../context.ts';
import { plural, shellWords, shortPath, wrapped } from '../format.ts';
import { jsonText } from '../json-text.ts';
import { changeDiff } from './change-diff.ts';
import { backupOf, isChange } from './client-change.ts';
import type { ServerMove } from './move-servers.ts';
import type { InstallPlan } from './plan-install.ts';

export interface Installed {
  readonly plans: readonly { readonly plan: InstallPlan; readonly move?: ServerMove }[];
  readonly scope: 'user' | 'project';
  /** What the configuration has got of the clients' own servers. */
  readonly added?: AddedServers & { readonly names: readonly string[] };
}

export interface ReportFlags {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** Says what was written where, how to have it read, and how to take it back. */
export const reportInstalled = (context: CliContext, installed: Installed, flags: ReportFlags): void => {
  if (flags.json === true) {
    context.out(jsonText(installedObject(context, installed, flags)));
    return;
  }
  for (const { plan, move } of installed.plans) {
    for (const note of notesOf(plan, move)) context.err(`note: ${printable(note)}\n`);
    context.out(planText(context, plan, installed.scope, flags.dryRun === true));
  }
  context.out(closingText(context, installed, flags.dryRun === true));
};

const notesOf = ({ client, name, kept }: InstallPlan, move: ServerMove | undefined): readonly string[] => [
  ...(move?.notes ?? []),
  ...(move?.refused ?? []).map(({ name: own, why }) => `"${own}" stays in ${client.name}: ${why}`),
  ...(move === undefined && kept.length > 0
    ? [
        `${client.name} keeps ${plural(kept.length, 'server')} of its own beside "${name}"; --replace-servers moves them behind it`,
      ]
    : []),
];

const planText = (context: CliContext, plan: InstallPlan, scope: Installed['scope'], isDryRun: boolean): string => {
  const { client, name, moved, original } = plan;
  const file = printable(shortPath(original.path, context.env));
  if (!isChange(plan)) return `= ${name}   ${client.name}: registered already in ${file}\n`;
  const backup = backupOf(context, plan);
  const wrote = original.text === undefined ? 'made' : 'wrote';
  const lines = [
    isDryRun ? `would write ${file}; nothing was written` : `${wrote} ${file}`,
    ...(moved.length > 0 ? [`behind the hub now: ${printable(moved.join(', '))}`] : []),
    ...(backup === undefined || isDryRun ? [] : [`backup ${printable(shortPath(backup, context.env))}`]),
    ...(scope === 'project' ? ['it holds paths of this machine: keep it out of version control'] : []),
  ];
  const told = lines.map((line) => wrapped(line, context.width, '  ')).join('');
  return `${changeDiff(context, plan)}+ ${name}   ${client.name}\n${told}${isDryRun ? '' : wrapped(`next  ${client.reload}`, context.width, '  ')}`;
};

const closingText = (context: CliContext, installed: Installed, isDryRun: boolean): string => {
  const { added } = installed;
  const config =
    added === undefined
      ? ''
      : `  ${isDryRun ? 'would write' : 'wrote'} ${shortPath(added.target.document.file, context.env)}: ${added.names.map((name) => printable(name)).join(', ')}\n`;
  const undo = undoOf(installed);
  return config + (isDryRun || undo === undefined ? '' : `  undo  ${printable(undo)}\n`);
};

const undoOf = ({ plans, scope, added }: Installed): string | undefined => {
  const changed = plans.filter(({ plan }) => isChange(plan)).map(({ plan }) => plan.client.id);
  const uninstall =
    changed.length === 0
      ? []
      : [shellWords(['mcp-hub', 'uninstall', ...changed, ...(scope === 'project' ? ['--project'] : [])])];
  const commands = [...uninstall, ...(added?.undo === undefined ? [] : [added.undo])];
  return commands.length === 0 ? undefined : commands.join(' && ');
};

const installedObject = (context: CliContext, installed: Installed, flags: ReportFlags): object => {
  const undo = flags.dryRun === true ? undefined : undoOf(installed);
  return {
    schemaVersion: 1,
    installed: installed.plans.map(({ plan, move }) => {
      const backup = flags.dryRun === true ? undefined : backupOf(context, plan);
      return {
        client: plan.client.id,
        name: plan.name,
        path: plan.original.path,
        isChanged: isChange(plan),
        isNew: plan.original.text === undefined,
        moved: plan.moved,
        kept: plan.kept,
        reload: plan.client.reload,
        notes: notesOf(plan, move),
        ...(backup === undefined ? {} : { backup }),
      };
    }),
    added: installed.added?.names ?? [],
    isDryRun: flags.dryRun === true,
    ...(undo === undefined ? {} : { undo }),
  };
};
