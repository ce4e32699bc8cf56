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

/** Bytes of name, description and input schema, for the estimate of tokens; counted as the catalog counts them. */
export const definitionBytes = ({ definition }: ListedTool): number => {
  const { name, description, inputSchema } = definition;
  const values = [name, description, inputSchema].filter((value) => value !== undefined);
  return values.reduce<number>((sum, value) => sum + Buffer.byteLength(JSON.stringify(value)), 0);
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
