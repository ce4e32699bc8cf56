import { stateDirectory } from '../../config/state-directory.ts';
import { readStatuses } from '../../hub/control/control-client.ts';
import type { HubStatus } from '../../hub/control/messages.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { hubText } from '../hub-text.ts';
import { jsonText } from '../json-text.ts';

export interface StatusFlags {
  readonly json?: boolean;
}

/** `status`: the hubs that run and have started a server, by asking each of them. */
export const runStatus = async (context: CliContext, { json }: StatusFlags): Promise<number> => {
  const hubs = await readStatuses(stateDirectory(context.env));
  if (json === true) context.out(jsonText({ schemaVersion: 1, hubs: hubs.map(withoutKeys) }));
  else if (hubs.length === 0) context.out(NONE);
  else context.out(hubs.map((hub) => hubText(hub, context.env)).join('\n'));
  return EXIT.ok;
};

/** What hubs say only to the programs of their own user. */
const withoutKeys = (hub: HubStatus): HubStatus => ({
  ...hub,
  upstreams: hub.upstreams.map(({ offerKey: _, ...rest }) => rest),
});

const NONE = `no hub is running that has started a server
  MCP clients start hubs by themselves, and hubs their servers with the first list or call.
  see what is configured: mcp-hub list
`;
