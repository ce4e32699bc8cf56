import type { JsonObject } from '../protocol/json.ts';
import { askForAll } from './ask.ts';
import type { HubSession } from './with-hub.ts';

/** A tool as clients of the hub see it, and whose it is. */
export interface ListedTool {
  readonly name: string;
  /** The server that answers to it. */
  readonly server: string;
  /** Its name at that server. */
  readonly ownName: string;
  /** The definition as a client gets it. */
  readonly definition: JsonObject;
}

/** Bytes of what a client reads of a tool, for the estimate of tokens. */
export const definitionBytes = ({ definition }: ListedTool): number => {
  const { name, description, inputSchema } = definition;
  return Buffer.byteLength(JSON.stringify({ name, description, inputSchema }));
};

/** Lists the tools of all servers of the session, in the order that clients get. */
export const listTools = async (session: HubSession): Promise<ListedTool[]> => {
  const definitions = await askForAll(session, 'tools/list', 'tools');
  const tools = definitions.map(async (definition) => {
    const name = String(definition['name']);
    const { upstream, ownName } = await session.hub.explainRoute('tool', name);
    return { name, server: upstream ?? '', ownName: ownName ?? name, definition };
  });
  return Promise.all(tools);
};
