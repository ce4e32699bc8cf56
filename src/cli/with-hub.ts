import type { HubConfig } from '../config/hub-config.ts';
import { stateDirectory } from '../config/state-directory.ts';
import { createHub, type Hub } from '../hub/hub.ts';
import type { LocalClient } from '../hub/local-client.ts';
import { openCacheDatabase } from '../store/cache-database.ts';
import { printable } from '../utils/printable.ts';
import { VERSION } from '../utils/version.ts';
import type { CliContext, GlobalOptions } from './context.ts';
import { createProgress, followStarts } from './progress.ts';

export interface HubSession {
  readonly hub: Hub;
  readonly client: LocalClient;
  readonly config: HubConfig;
  /** Aborted by Ctrl-C and by a reader of the output that has gone away. */
  readonly signal: AbortSignal;
}

export interface HubUse {
  readonly config: HubConfig;
  /** Whether a person reads on standard error why an upstream fails; default false: the verb tells it itself. */
  readonly isTold?: boolean;
}

/**
 * Runs `use` with a hub in this process, and ends the hub whatever happens: no upstream outlives the command.
 * What goes wrong with upstreams meanwhile is told when `isTold`; with `--debug` everything is.
 */
export const withHub = async <T>(
  context: CliContext,
  flags: GlobalOptions,
  { config, isTold = false }: HubUse,
  use: (session: HubSession) => Promise<T>,
): Promise<T> => {
  const stateDir = stateDirectory(context.env);
  const progress = createProgress(context);
  const hub = createHub({
    config,
    stateDir,
    cache: await openCacheDatabase(stateDir),
    env: context.env,
    log: config.log.enabled,
    logLevel: flags.debug === true ? 'debug' : 'error',
    stderr: (line) => {
      if (!isTold && flags.debug !== true) return;
      progress.pause();
      context.err(`${printable(line)}\n`);
    },
  });
  followStarts(hub.bus, progress);
  try {
    const client = hub.connectLocalClient({ name: 'mcp-hub cli', version: VERSION });
    return await use({ hub, client, config, signal: context.interruption() });
  } finally {
    progress.end();
    await hub.close();
  }
};
