import type { HubConfig } from '../config/hub-config.ts';
import { stateDirectory } from '../config/state-directory.ts';
import { createHub, type Hub } from '../hub/hub.ts';
import type { LocalClient } from '../hub/local-client.ts';
import { printable } from '../utils/printable.ts';
import { VERSION } from '../utils/version.ts';
import type { CliContext, GlobalOptions } from './context.ts';

export interface HubSession {
  readonly hub: Hub;
  readonly client: LocalClient;
  readonly config: HubConfig;
  /** Aborted by Ctrl-C and by a reader of the output that has gone away. */
  readonly signal: AbortSignal;
}

/**
 * Runs `use` with a hub in this process, and ends the hub whatever happens: no upstream outlives the command.
 * What the hub and its upstreams say on standard error is shown with `--debug` only.
 */
export const withHub = async <T>(
  context: CliContext,
  flags: GlobalOptions,
  config: HubConfig,
  use: (session: HubSession) => Promise<T>,
): Promise<T> => {
  const hub = createHub({
    config,
    stateDir: stateDirectory(context.env),
    env: context.env,
    log: config.log.enabled,
    stderr: (line) => flags.debug === true && context.err(`${printable(line)}\n`),
  });
  try {
    const client = hub.connectLocalClient({ name: 'mcp-hub cli', version: VERSION });
    return await use({ hub, client, config, signal: context.interruption() });
  } finally {
    await hub.close();
  }
};
