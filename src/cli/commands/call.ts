import { text as readAll } from 'node:stream/consumers';
import type { HubConfig, UpstreamConfig } from '../../config/hub-config.ts';
import { isJsonObject, type JsonObject } from '../../protocol/json.ts';
import { printable } from '../../utils/printable.ts';
import { ask } from '../ask.ts';
import { noSuchServer, noSuchTool, usage } from '../cli-errors.ts';
import { contentText } from '../content-text.ts';
import type { CliContext } from '../context.ts';
import type { CallFlags } from '../declare-call-verbs.ts';
import { EXIT } from '../exit-codes.ts';
import { jsonText } from '../json-text.ts';
import { ignoredBecause, loadServers, tellUntrusted } from '../load-servers.ts';
import { requireStartable } from '../require-startable.ts';
import { parseToolArguments, toolArguments } from '../tool-arguments.ts';
import { type ListedTool, listTools } from '../tool-listing.ts';
import { type HubSession, withHub } from '../with-hub.ts';

/** `call`: one `tools/call` through the same way that a client's calls go, log included. */
export const runCall = async (
  context: CliContext,
  tool: string,
  values: string[],
  flags: CallFlags,
): Promise<number> => {
  const timeoutMs = flags.timeout === undefined ? undefined : milliseconds(flags.timeout);
  const json = flags.args === '-' ? await readAll(context.stdin) : flags.args;
  const typed = parseToolArguments(values, { cwd: context.cwd, json });
  const config = await narrowed(context, tool, flags);
  const result = await withHub(context, flags, { config }, async (session) => {
    const target = await resolveTool(session, tool, values.length > 0);
    const params = { name: target.name, arguments: toolArguments(typed, target.schema) };
    return ask(session, 'tools/call', params, timeoutMs === undefined ? {} : { timeoutMs });
  });
  return printResult(context, tool, result, flags.json === true);
};

const milliseconds = (text: string): number => {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw usage(`--timeout ${text} is not a number of milliseconds`, 'like this: --timeout 30000');
};

/** Where the name says whose tool it is, only that server is looked at: no other is started for a schema. */
const narrowed = async (context: CliContext, tool: string, flags: CallFlags): Promise<HubConfig> => {
  const config = await loadServers(context, flags);
  tellUntrusted(context, config);
  const [only, ...others] = namedServers(config, tool);
  const isSure = only !== undefined && others.length === 0 && config.routes.length === 0;
  return isSure ? loadServers(context, flags, [only.name]) : config;
};

/** The servers whose name or prefix the typed name begins with. */
const namedServers = ({ upstreams, separator }: HubConfig, tool: string): UpstreamConfig[] =>
  upstreams.filter(
    ({ name, prefix }) => tool.startsWith(`${name}.`) || (prefix !== '' && tool.startsWith(prefix + separator)),
  );

interface Target {
  readonly name: string;
  readonly schema: JsonObject | undefined;
}

/** The name that clients use for `SERVER__TOOL` or `SERVER.TOOL`, and the schema of its arguments where it is asked for. */
const resolveTool = async (session: HubSession, typed: string, needsSchema: boolean): Promise<Target> => {
  const explained = typed.includes('.') ? undefined : await session.hub.explainRoute('tool', typed);
  const isKnown = explained?.upstream !== undefined;
  if (isKnown && !needsSchema) return { name: typed, schema: undefined };
  const tools = await listTools(session);
  const isTyped = (tool: ListedTool): boolean => tool.name === typed || `${tool.server}.${tool.ownName}` === typed;
  const found = tools.find(isTyped);
  if (found !== undefined) return { name: found.name, schema: schemaOf(found) };
  if (isKnown) {
    // A name that a route understands and no list shows.
    const owner = tools.find(({ server, ownName }) => server === explained.upstream && ownName === explained.ownName);
    return { name: typed, schema: owner && schemaOf(owner) };
  }
  for (const server of namedServers(session.config, typed)) await requireStartable(session, server);
  throw unknownTool(session.config, typed, tools);
};

const schemaOf = ({ definition }: ListedTool): JsonObject | undefined =>
  isJsonObject(definition['inputSchema']) ? definition['inputSchema'] : undefined;

const unknownTool = (config: HubConfig, typed: string, tools: readonly ListedTool[]) => {
  const servers = config.upstreams.map((upstream) => upstream.name);
  const why = { ignoredBecause: ignoredBecause(config) };
  const dot = typed.indexOf('.');
  const server = dot < 0 ? undefined : typed.slice(0, dot);
  if (server !== undefined && !servers.some((name) => typed.startsWith(`${name}.`)))
    return noSuchServer(server, servers, why);
  const names = tools.map((tool) => (dot < 0 ? tool.name : `${tool.server}.${tool.ownName}`));
  return noSuchTool(typed, names, { servers, ...why });
};

const printResult = (context: CliContext, tool: string, result: JsonObject, isJson: boolean): number => {
  const isError = result['isError'] === true;
  if (isJson) context.out(jsonText(result));
  else {
    const text = contentText(result);
    if (text !== '')
      context.out(`${context.isTerminal ? printableText(text) : text}${text.endsWith('\n') ? '' : '\n'}`);
    if (isError) context.err(`the tool ${printable(tool)} says that it failed\n`);
  }
  return isError ? EXIT.toolError : EXIT.ok;
};

/** Line feeds and tabs stay; what could steer the terminal does not. */
const printableText = (text: string): string =>
  text
    .split('\t')
    .map((part) => printable(part, { keepLineBreaks: true }))
    .join('\t');
