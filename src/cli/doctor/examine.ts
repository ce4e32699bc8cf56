import type { HubConfig } from '../../config/hub-config.ts';
import { locateConfig } from '../../config/locate.ts';
import { stateDirectory } from '../../config/state-directory.ts';
import { validateConfig } from '../../config/validate.ts';
import { HubError } from '../../errors/hub-error.ts';
import type { ProbeResult } from '../../hub/probe.ts';
import type { CliContext, GlobalOptions } from '../context.ts';
import { type DeclaredServer, declaredServers } from '../declared-servers.ts';
import { findCommand } from '../find-command.ts';
import { configOptions } from '../load-servers.ts';
import { probeAll } from '../probe-all.ts';
import { withHub } from '../with-hub.ts';
import type { Check, Examination, Finding } from './check.ts';
import { CHECKS } from './checks.ts';

/** A finding with the check that has made it. */
export type ExaminedFinding = Finding & Pick<Check, 'name' | 'section'>;

export interface ExamineOptions extends GlobalOptions {
  /** Whether servers are started. Default true. */
  readonly start?: boolean;
}

/** Starts the servers and runs all checks. A check that fails itself is a finding, and costs none of the others. */
export const examine = async (context: CliContext, flags: ExamineOptions): Promise<ExaminedFinding[]> => {
  const options = configOptions(context, flags);
  const validation = await validateConfig(options);
  const { config } = validation;
  const examination: Examination = {
    context,
    flags,
    stateDir: stateDirectory(context.env),
    location: await locateConfig(options),
    validation,
    config,
    declared: config === undefined ? new Map<string, DeclaredServer>() : await declaredServers(context, flags),
    probes: undefined,
  };
  // What is on disk is looked at before the servers run, which changes it.
  const early = await runChecks(examination, (check) => check.section !== 'Servers' && check.section !== 'Clients');
  const probes = config === undefined || flags.start === false ? undefined : await probe(context, flags, config);
  const late = await runChecks({ ...examination, probes }, (check) => ['Servers', 'Clients'].includes(check.section));
  return [...early, ...inOrderOf(config, late)];
};

const runChecks = async (examination: Examination, isWanted: (check: Check) => boolean): Promise<ExaminedFinding[]> => {
  const findings: ExaminedFinding[] = [];
  for (const check of CHECKS.filter(isWanted))
    for (const finding of await findWith(check, examination))
      findings.push({ name: check.name, section: check.section, ...finding });
  return findings;
};

const findWith = async (check: Check, examination: Examination): Promise<readonly Finding[]> => {
  try {
    return await check.find(examination);
  } catch (thrown) {
    const { message } = HubError.from(thrown);
    return [{ state: 'fails', message: `this could not be checked: ${message}`, fix: 'mcp-hub doctor --debug' }];
  }
};

/** Servers whose command is not there are not tried: their check says why. */
const probe = (
  context: CliContext,
  flags: GlobalOptions,
  config: HubConfig,
): Promise<ReadonlyMap<string, ProbeResult>> => {
  const startable = config.upstreams.filter(
    ({ enabled, missingVariables, transport }) =>
      enabled &&
      missingVariables.length === 0 &&
      (transport.type !== 'stdio' ||
        findCommand(transport.command, { ...context.env, ...transport.env }, transport.cwd ?? context.cwd) !==
          undefined),
  );
  return withHub(context, flags, { config }, (session) =>
    probeAll(
      session,
      startable.map(({ name }) => name),
    ),
  );
};

/** All that concerns one server stands together, servers in the order of the file. */
const inOrderOf = (config: HubConfig | undefined, findings: readonly ExaminedFinding[]): ExaminedFinding[] => {
  const names = (config?.upstreams ?? []).map(({ name }) => name);
  const place = ({ server }: Finding): number => (server === undefined ? names.length : names.indexOf(server));
  return findings.toSorted((a, b) => (a.section === b.section ? place(a) - place(b) : 0));
};
