import { HubError } from '../../errors/hub-error.ts';
import { printable } from '../../utils/printable.ts';
import { addServers, type NewServer } from '../add-servers.ts';
import { usage } from '../cli-errors.ts';
import { askText, canAsk, confirm } from '../confirm.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { createProgress } from '../progress.ts';
import { fetchServer } from '../registry/client.ts';
import { variableName } from '../registry/fill-input.ts';
import { previewText } from '../registry/preview.ts';
import { type RegistryEntry, toEntry } from '../registry/registry-entry.ts';
import { type RegistryFlags, registryOptions } from '../registry/registry-flags.ts';
import { readServer, type ServerDetail } from '../registry/server-detail.ts';
import { reportAdded } from '../report-added.ts';
import { buildEntry } from '../server-entry.ts';
import { checkServerName } from '../server-name.ts';
import { type AddFlags, settingsOf } from './add.ts';

export interface AddFromRegistryFlags extends AddFlags, RegistryFlags {
  /** `NAME` or `NAME@VERSION` of the registry. */
  readonly fromRegistry: string;
  /** `npm`, `pypi`, `oci`, `nuget` or `remote`. */
  readonly package?: string;
  readonly set?: readonly string[];
  readonly yes?: boolean;
}

/**
 * `add --from-registry NAME`: shows the exact command or URL that the registry's entry makes, and stores it when the person
 * agrees, at the terminal or with `--yes`. Nothing is written or run before.
 */
export const runAddFromRegistry = async (
  context: CliContext,
  given: { readonly name: string | undefined; readonly rest: readonly string[] },
  flags: AddFromRegistryFlags,
): Promise<number> => {
  if (given.rest.length > 0)
    throw usage(`--from-registry brings the command: "${given.rest[0]}" is one too many`, 'leave it out');
  if (flags.json === true && flags.yes !== true && flags.dryRun !== true)
    throw usage('with --json nobody can be asked', 'say --yes, or look first: --dry-run');
  const server = await find(context, flags);
  const name = given.name ?? shortName(server.name);
  checkServerName(name);
  const made = await complete(context, server, name, flags);
  const servers: NewServer[] = [{ name, entry: withFlags(made, flags), settings: settingsOf(flags) }];
  // A name that is taken is said before anything is asked.
  const planned = await addServers(context, servers, { ...flags, dryRun: true });
  if (flags.json !== true)
    context.out(previewText(context, server, made, servers[0] as NewServer, planned.target.document.file));
  if (flags.dryRun === true) {
    await reportAdded(context, servers, planned, flags);
    return EXIT.ok;
  }
  await approve(context, flags);
  await reportAdded(context, servers, await addServers(context, servers, flags), flags);
  return EXIT.ok;
};

const find = async (context: CliContext, flags: AddFromRegistryFlags): Promise<ServerDetail> => {
  const { fromRegistry } = flags;
  const at = fromRegistry.lastIndexOf('@');
  const name = at > 0 ? fromRegistry.slice(0, at) : fromRegistry;
  const version = at > 0 ? fromRegistry.slice(at + 1) : undefined;
  if (!/^[A-Za-z0-9.-]+\/[A-Za-z0-9._-]+$/.test(name))
    throw usage(
      `"${name}" is no name of the registry: those have two parts, io.github.user/server`,
      `run: mcp-hub search ${name}`,
    );
  const options = registryOptions(context, flags);
  const progress = createProgress(context);
  progress.say(`asking ${options.baseUrl}`);
  const response = await fetchServer(name, version === '' ? undefined : version, options).finally(progress.end);
  const server = readServer(response);
  if (server === undefined || server.name !== name)
    throw new HubError('REGISTRY_FAILED', `the registry answered with another server than "${name}"`);
  return server;
};

/** `io.github.user/weather-mcp` is stored as `weather-mcp`. */
const shortName = (name: string): string =>
  (name.split('/').at(-1) ?? name)
    .replaceAll(/[^A-Za-z0-9_-]+/g, '-')
    .replaceAll(/^[_-]+|[_-]+$/g, '')
    .slice(0, 40);

/** Asks for what is missing, where there is somebody to ask. */
const complete = async (
  context: CliContext,
  server: ServerDetail,
  name: string,
  flags: AddFromRegistryFlags,
): Promise<RegistryEntry> => {
  const values = valuesOf(flags.set ?? []);
  for (;;) {
    const made = toEntry(server, {
      ...(flags.package === undefined ? {} : { kind: flags.package }),
      values,
      env: variablesOf(flags, context.cwd),
      prefix: `${variableName(name)}_`,
    });
    if (made.missing.length === 0) return made;
    for (const input of made.missing) {
      const about = input.description === undefined ? '' : ` (${input.description})`;
      const value = canAsk(context) ? await askText(context, `${input.name}${about}`) : undefined;
      if (value === undefined || value === '')
        throw usage(
          `${server.name} needs a value for ${made.missing.map((one) => one.name).join(', ')}${about}`,
          `like this: --set ${input.name}=VALUE`,
        );
      values.set(input.name, [value]);
    }
  }
};

const valuesOf = (pairs: readonly string[]): Map<string, string[]> => {
  const values = new Map<string, string[]>();
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at <= 0) throw usage(`--set ${pair} is not of the form NAME=VALUE`, 'like this: --set port=8080');
    values.set(pair.slice(0, at), [...(values.get(pair.slice(0, at)) ?? []), pair.slice(at + 1)]);
  }
  return values;
};

/** `-e KEY=VALUE` and `-e KEY` mean what they mean for any `add`. */
const variablesOf = (flags: AddFromRegistryFlags, cwd: string): Record<string, string> => {
  if (flags.env === undefined) return {};
  const { entry } = buildEntry({ name: 'x', commandOrUrl: 'x', args: [] }, { env: flags.env }, cwd);
  return entry['env'] as Record<string, string>;
};

const withFlags = ({ entry }: RegistryEntry, flags: AddFromRegistryFlags): RegistryEntry['entry'] =>
  flags.disabled === true ? { ...entry, disabled: true } : entry;

const approve = async (context: CliContext, flags: AddFromRegistryFlags): Promise<void> => {
  if (flags.yes === true) return;
  const hint = `read the command above, then: mcp-hub add --from-registry ${printable(flags.fromRegistry)} --yes`;
  if (!canAsk(context)) throw usage('nothing was written: there is no terminal to ask in', hint);
  const question = flags.check ? 'Add it, and start it once?' : 'Add it?';
  if (!(await confirm(context, question, false))) throw new HubError('CANCELLED', 'nothing was written');
};
