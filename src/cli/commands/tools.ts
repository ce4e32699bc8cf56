import type { HubConfig, UpstreamConfig } from '../../config/hub-config.ts';
import type { JsonObject } from '../../protocol/json.ts';
import { noSuchServer, noSuchTool, usage } from '../cli-errors.ts';
import type { CliContext } from '../context.ts';
import type { ToolsFlags } from '../declare-call-verbs.ts';
import { EXIT } from '../exit-codes.ts';
import { jsonText } from '../json-text.ts';
import { ignoredBecause, loadServers, tellUntrusted } from '../load-servers.ts';
import { requireStartable } from '../require-startable.ts';
import { type ListedTool, listTools } from '../tool-listing.ts';
import { toolText } from '../tool-text.ts';
import { type HubSession, withHub } from '../with-hub.ts';

/** `tools [pattern]`: what a client of the hub sees, of all servers, of one, or by a glob on the name. */
export const runTools = async (
  context: CliContext,
  pattern: string | undefined,
  flags: ToolsFlags,
): Promise<number> => {
  if (flags.since !== undefined && flags.tokens !== true)
    throw usage('--since needs --tokens', 'like this: mcp-hub tools --tokens --since 30d');
  if (flags.tokens === true && flags.schema === true)
    throw usage('--tokens and --schema are two views', 'use one of them');
  const all = await loadServers(context, flags);
  tellUntrusted(context, all);
  const server = all.upstreams.find((upstream) => upstream.name === pattern);
  const config = server === undefined ? all : await loadServers(context, flags, [server.name]);
  const tools = await withHub(context, flags, { config, isTold: server === undefined }, async (session) => {
    const listed = await listTools(session);
    return server !== undefined && listed.length === 0 ? listAfterStart(session, server) : listed;
  });
  const chosen = server !== undefined || pattern === undefined ? tools : matching(pattern, tools, all);
  if (flags.tokens === true && (chosen.length > 0 || flags.json === true)) {
    const { printToolTokens } = await import('./tool-tokens.ts');
    printToolTokens(context, chosen, flags);
  } else if (flags.json === true) context.out(jsonText({ schemaVersion: 1, tools: chosen.map(toolObject) }));
  else
    context.out(
      tools.length === 0
        ? NO_TOOLS
        : chosen.length === 0
          ? NO_MATCH
          : toolText(chosen, { withSchema: flags.schema === true, width: context.width }),
    );
  return EXIT.ok;
};

const NO_TOOLS = 'no tools\n  see why: mcp-hub list --check\n';
const NO_MATCH = 'no tools match\n';

/** An empty list may mean that the server cannot be started: that is an error here. */
const listAfterStart = async (session: HubSession, server: UpstreamConfig): Promise<ListedTool[]> => {
  await requireStartable(session, server);
  return listTools(session);
};

const matching = (pattern: string, tools: readonly ListedTool[], config: HubConfig): ListedTool[] => {
  const glob = globPattern(pattern);
  const found = tools.filter((tool) => glob.test(tool.name) || glob.test(`${tool.server}.${tool.ownName}`));
  if (found.length > 0 || /[*?]/.test(pattern)) return found;
  const why = { ignoredBecause: ignoredBecause(config) };
  if (!/__|\./.test(pattern))
    throw noSuchServer(
      pattern,
      config.upstreams.map((server) => server.name),
      why,
    );
  throw noSuchTool(
    pattern,
    tools.map((tool) => tool.name),
    why,
  );
};

/** `*` is any text and `?` any one character; everything else stands for itself. */
const globPattern = (glob: string): RegExp => {
  const source = glob.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, (character) =>
    character === '*' ? '.*' : character === '?' ? '.' : `\\${character}`,
  );
  return new RegExp(`^${source}$`, 'su');
};

const toolObject = (tool: ListedTool): JsonObject => ({
  server: tool.server,
  ownName: tool.ownName,
  ...tool.definition,
});
