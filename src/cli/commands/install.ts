import { CLIENTS } from '../../config/clients/all-clients.ts';
import type { ClientDefinition } from '../../config/clients/client.ts';
import { isInstalled } from '../../config/clients/client-paths.ts';
import { locateConfig } from '../../config/locate.ts';
import { addServers } from '../add-servers.ts';
import { askCheckList, canAsk } from '../check-list.ts';
import { usage } from '../cli-errors.ts';
import { applyChange } from '../clients/client-change.ts';
import { machineOf, namedClients } from '../clients/client-machine.ts';
import { clientStates } from '../clients/client-states.ts';
import { hubScript } from '../clients/hub-script.ts';
import { launchCommand } from '../clients/launch-command.ts';
import { planMove, type ServerMove } from '../clients/move-servers.ts';
import { type InstallPlan, locateForInstall, planInstall } from '../clients/plan-install.ts';
import { type Installed, reportInstalled } from '../clients/report-install.ts';
import type { CliContext, GlobalOptions } from '../context.ts';
import { openTarget } from '../edit-target.ts';
import { EXIT } from '../exit-codes.ts';
import { configOptions } from '../load-servers.ts';
import { checkServerName } from '../server-name.ts';
import { clientTable } from './clients.ts';

export interface InstallFlags extends GlobalOptions {
  readonly all?: boolean;
  readonly project?: boolean;
  readonly name?: string;
  readonly replaceServers?: boolean;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/**
 * `install CLIENT...`: registers the hub in clients, in all of them or in none where one cannot be changed. Without a name a
 * person is asked; where there is none, the clients are listed, and the exit code is 2.
 */
export const runInstall = async (
  context: CliContext,
  words: readonly string[],
  flags: InstallFlags,
): Promise<number> => {
  if (flags.name !== undefined) checkServerName(flags.name);
  const clients = await chosenClients(context, words, flags);
  if (clients.length === 0) return EXIT.ok;
  const installed = await planAll(context, clients, flags);
  if (flags.dryRun !== true) await applyAll(context, installed, flags);
  reportInstalled(context, installed, flags);
  return EXIT.ok;
};

/** Where one cannot be written after others were, the person is told of those before the reason. */
const applyAll = async (context: CliContext, installed: Installed, flags: InstallFlags): Promise<void> => {
  const done: Installed['plans'][number][] = [];
  try {
    for (const one of installed.plans) {
      await applyChange(context, one.plan);
      done.push(one);
    }
  } catch (error) {
    if (flags.json !== true) reportInstalled(context, { ...installed, plans: done }, flags);
    throw error;
  }
};

const chosenClients = async (
  context: CliContext,
  words: readonly string[],
  flags: InstallFlags,
): Promise<readonly ClientDefinition[]> => {
  if (words.length > 0) return namedClients(words);
  if (flags.all === true) return CLIENTS.filter((client) => isInstalled(client, machineOf(context)));
  const states = await clientStates(context);
  const here = states.filter(({ state }) => state === 'found' || state === 'registered');
  if (flags.json !== true && here.length > 0 && canAsk(context)) {
    const items = here.map(({ client, state, servers }) => ({
      value: client.id,
      label: client.name,
      hint: `${state === 'registered' ? 'has the hub already, ' : ''}${servers} of its own`,
      isChosen: state === 'found',
    }));
    return namedClients(await askCheckList(context, 'Which clients shall have the hub?', items));
  }
  if (flags.json !== true) context.out(clientTable(states, context));
  throw usage('no client is named', 'name one, or all that are here: mcp-hub install --all');
};

const planAll = async (
  context: CliContext,
  clients: readonly ClientDefinition[],
  flags: InstallFlags,
): Promise<Installed> => {
  const scope = flags.project === true ? 'project' : 'user';
  const located = clients.map((client) => locateForInstall(context, client, { scope, force: flags.force === true }));
  const { env, platform } = machineOf(context);
  const { file, source } = await locateConfig(configOptions(context, flags));
  const isNamed = source === 'option' || source === 'environment';
  const configFile = isNamed ? file : undefined;
  const launch = launchCommand({ env, platform, node: process.execPath, script: hubScript(), configFile });
  const target = flags.replaceServers === true ? await openTarget(context, flags) : undefined;
  const moves = target === undefined ? new Map<never, ServerMove>() : await planMove(context, located, target.document);
  const plans: { readonly plan: InstallPlan; readonly move?: ServerMove }[] = [];
  for (const one of located) {
    const move = (moves as ReadonlyMap<typeof one, ServerMove>).get(one);
    const plan = await planInstall(context, one, {
      launch,
      name: flags.name,
      scope,
      replacesServers: target !== undefined,
      movable: move?.movable ?? new Set(),
      force: flags.force === true,
    });
    plans.push({ plan, ...(move !== undefined && { move }) });
  }
  // The hub has the servers before their client loses them.
  const fresh = plans.flatMap(({ move }) => move?.fresh ?? []);
  if (fresh.length === 0) return { plans, scope };
  const added = await addServers(context, fresh, { ...flags, check: false, force: false });
  return { plans, scope, added: { names: fresh.map(({ name }) => name), ...added } };
};
