import type { UpstreamConfig } from '../config/hub-config.ts';
import { wantsLogin } from '../errors/login-reasons.ts';
import type { ProbeResult } from '../hub/probe.ts';
import { howToSet } from '../utils/how-to-set.ts';
import type { AddedServers, NewServer, WriteFlags } from './add-servers.ts';
import type { CliContext } from './context.ts';
import { loadServers } from './load-servers.ts';
import { probeAll } from './probe-all.ts';
import { missingText, reasonOf } from './server-status.ts';
import { withHub } from './with-hub.ts';

/** What a first try of a server has shown. */
export type AddCheck =
  | {
      readonly kind: 'ok';
      readonly era: string;
      readonly tools: number;
      readonly prompts: number;
      readonly resources: number;
      readonly definitionBytes: number;
      readonly startMs: number;
    }
  | {
      readonly kind: 'failed';
      readonly reason: string;
      /** The last lines that the server wrote on standard error. */
      readonly stderr: readonly string[];
      /** What the person can do. */
      readonly fix: string;
    }
  | { readonly kind: 'not-tried'; readonly reason: string };

/** Lines of standard error that are worth showing. */
const MAX_STDERR_LINES = 6;

/** Starts the servers that were just stored, in a hub that knows no others. */
export const checkAdded = async (
  context: CliContext,
  servers: readonly NewServer[],
  { target }: AddedServers,
  flags: WriteFlags,
): Promise<Map<string, AddCheck>> => {
  const names = servers.map(({ name }) => name);
  const config = await loadServers(context, { ...flags, config: target.document.file }, names);
  const checks = new Map<string, AddCheck>();
  for (const name of names) {
    const upstream = config.upstreams.find((candidate) => candidate.name === name);
    const reason = upstream === undefined ? invalidReason(name, config.problems) : reasonNotToTry(upstream);
    if (reason !== undefined) checks.set(name, { kind: 'not-tried', reason });
  }
  const startable = names.filter((name) => !checks.has(name));
  if (startable.length === 0) return checks;
  const results = await withHub(context, flags, { config }, (session) => probeAll(session, startable));
  for (const [name, probe] of results) checks.set(name, toCheck(name, probe));
  return checks;
};

const invalidReason = (name: string, problems: readonly { upstream?: string; message: string }[]): string =>
  reasonOf(name, problems.find((problem) => problem.upstream === name)?.message ?? 'it cannot be served');

const reasonNotToTry = (upstream: UpstreamConfig): string | undefined => {
  if (!upstream.enabled) return 'it is disabled';
  return upstream.missingVariables.length > 0
    ? `it ${missingText(upstream)}; ${howToSet(upstream.missingVariables)}`
    : undefined;
};

const toCheck = (name: string, probe: ProbeResult): AddCheck => {
  if (!probe.ok) {
    const reason = reasonOf(name, probe.reason);
    const lines = probe.stderrTail.split('\n').filter((line) => isTelling(line) && !reason.includes(line.trim()));
    return { kind: 'failed', reason, stderr: lines.slice(-MAX_STDERR_LINES), fix: fixFor(name, reason) };
  }
  const { era, tools, prompts, resources, definitionBytes, startMs } = probe;
  return { kind: 'ok', era, tools, prompts, resources, definitionBytes, startMs };
};

/** The steps of a stack are for the one who wrote the server. */
const isTelling = (line: string): boolean => line.trim() !== '' && !/^\s+at /.test(line);

/** The command that probably mends a server that did not start for this reason. */
export const fixFor = (name: string, reason: string): string => {
  if (/\bnpm (?:error|ERR!) (?:404|code E404)\b/.test(reason))
    return `npm knows no package of this name: mcp-hub add --force ${name} -- npx -y PACKAGE`;
  if (/not found|ENOENT/i.test(reason))
    return `install the command, or store its full path: mcp-hub add --force ${name} -- /path/to/command`;
  if (wantsLogin(reason) && !/HTTP 401/.test(reason)) return `mcp-hub login ${name}`;
  if (/\b40[13]\b/.test(reason))
    return `it wants a token: mcp-hub add --force ${name} URL -H 'Authorization: Bearer \${TOKEN}'`;
  if (/no answer to the handshake within/.test(reason))
    return 'run its command once by hand, which shows what it waits for and keeps what it downloads; then: mcp-hub list --check';
  return `correct it with mcp-hub add --force ${name} ..., then: mcp-hub list --check`;
};
