import type { CallRow } from '../../store/log-reader.ts';
import { toolUse } from '../source/aggregate.ts';
import type { ToolView } from '../source/monitor-source.ts';
import { DEMO_SERVERS, type DemoServer } from './cast/servers.ts';
import { DEMO_TOOLS } from './cast/tools.ts';

type OfferedTool = Omit<ToolView, 'calls' | 'errors'>;

/** What the demo's servers offer, without what the person has hidden. */
export interface OfferedTools {
  of(server: DemoServer): OfferedTool[];
  /** Bytes of all that a server offers. */
  definitionBytes(server: DemoServer): number;
  /** Each tool with what the calls say of it. */
  views(calls: readonly CallRow[]): ToolView[];
  hide(server: string, tool: string): void;
}

export const createOfferedTools = (): OfferedTools => {
  const hidden = new Set<string>();
  const offered = (server: DemoServer): OfferedTool[] =>
    namesAndSizes(server)
      .filter(({ name }) => !hidden.has(`${server.name}.${name}`))
      .map(({ name, bytes }) => ({
        name: `${server.name}__${name}`,
        server: server.name,
        ownName: name,
        definitionBytes: bytes,
      }));
  return {
    of: offered,
    definitionBytes: (server) => offered(server).reduce((sum, tool) => sum + (tool.definitionBytes ?? 0), 0),
    views: (calls) =>
      DEMO_SERVERS.flatMap(offered).map((tool) => ({
        ...tool,
        ...toolUse(calls.filter(({ qualifiedName }) => qualifiedName === tool.name)),
      })),
    hide: (server, tool) => void hidden.add(`${server}.${tool}`),
  };
};

const namesAndSizes = (server: DemoServer): { readonly name: string; readonly bytes: number }[] => [
  ...DEMO_TOOLS.filter((tool) => tool.server === server.name).map(({ name, definitionBytes }) => ({
    name,
    bytes: definitionBytes,
  })),
  ...server.unused.map((name, index) => ({ name, bytes: 520 + ((index * 137) % 480) })),
];
