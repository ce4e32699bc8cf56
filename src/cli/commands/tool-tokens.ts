import { stateDirectory } from '../../config/state-directory.ts';
import type { CliContext } from '../context.ts';
import type { ToolsFlags } from '../declare-call-verbs.ts';
import { localTime } from '../format.ts';
import { jsonText } from '../json-text.ts';
import { parseSince } from '../parse-since.ts';
import { paintFor } from '../style.ts';
import type { ListedTool } from '../tool-listing.ts';
import { sumTokens, type ToolUsage, toolUsages, unusedTools, usageText } from '../tool-usage.ts';

const DEFAULT_SINCE = '7d';

/** `tools --tokens`: what the definitions cost a client that loads all, and which tools are never called. */
export const printToolTokens = (context: CliContext, tools: readonly ListedTool[], flags: ToolsFlags): void => {
  const sinceMs = parseSince(flags.since ?? DEFAULT_SINCE, Date.now());
  const usages = toolUsages(stateDirectory(context.env), tools, sinceMs);
  if (flags.json === true) {
    context.out(jsonText(usageObject(usages, sinceMs)));
    return;
  }
  const window = flags.since === undefined ? 'in 7 days' : `since ${localTime(sinceMs)}`;
  context.out(usageText(usages, { window, paint: paintFor(context), width: context.width }));
};

const usageObject = (usages: readonly ToolUsage[], sinceMs: number): object => {
  const servers = [...Map.groupBy(usages, ({ server }) => server)];
  const cost = (some: readonly ToolUsage[]): object => ({ tools: some.length, tokens: sumTokens(some) });
  return {
    schemaVersion: 1,
    isEstimate: true,
    since: new Date(sinceMs).toISOString(),
    total: cost(usages),
    unused: cost(unusedTools(usages)),
    servers: servers.map(([name, own]) => ({ name, ...cost(own), unused: cost(unusedTools(own)) })),
    tools: usages.map(({ lastUsedAt, ...usage }) => ({
      ...usage,
      ...(lastUsedAt === undefined ? {} : { lastUsedAt: new Date(lastUsedAt).toISOString() }),
    })),
  };
};
