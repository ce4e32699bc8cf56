import { type AddedServers, addServers, type NewServer, type WriteFlags } from '../add-servers.ts';
import { usage } from '../cli-errors.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { reportAdded } from '../report-added.ts';
import { buildEntry, type ServerFlags, type ServerInput } from '../server-entry.ts';
import { checkServerName } from '../server-name.ts';

export interface AddFlags extends WriteFlags, ServerFlags {
  readonly timeout?: string;
  readonly includeTools?: readonly string[];
  readonly excludeTools?: readonly string[];
}

/** What was typed; the name may have been forgotten. */
type AddInput = Omit<ServerInput, 'name'> & { readonly name: string | undefined };

/**
 * `add`: stores a server, then tries it. What was stored stays stored when it does not start: the exit code is 0, and the
 * reason is told.
 */
export const runAdd = async (context: CliContext, input: AddInput, flags: AddFlags): Promise<number> => {
  const { name } = input;
  if (name === undefined)
    throw usage('a server needs a name', 'like this: mcp-hub add NAME -- COMMAND, or: mcp-hub add NAME URL');
  checkServerName(name);
  const { entry, notes } = buildEntry({ ...input, name }, flags, context.cwd);
  const server: NewServer = { name, entry, settings: settingsOf(flags) };
  const added: AddedServers = await addServers(context, [server], flags);
  for (const note of notes) context.err(`note: ${note}\n`);
  await reportAdded(context, [server], added, flags);
  return EXIT.ok;
};

/** What the flags say about a server beside its entry: members of `hub.servers.NAME`. */
export const settingsOf = (flags: AddFlags): Record<string, unknown> => {
  const filter = {
    ...(flags.includeTools === undefined ? {} : { include: flags.includeTools }),
    ...(flags.excludeTools === undefined ? {} : { exclude: flags.excludeTools }),
  };
  return {
    ...(flags.timeout === undefined ? {} : { timeouts: { callMs: milliseconds(flags.timeout) } }),
    ...(Object.keys(filter).length === 0 ? {} : { tools: filter }),
  };
};

/** The longest time that a timer can run, about 24 days. */
const MAX_MS = 2_147_483_647;

const milliseconds = (text: string): number => {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0 && value <= MAX_MS) return value;
  throw usage(`--timeout ${text} is not a number of milliseconds`, 'like this: --timeout 30000');
};
