import type { ConfigProblem, HubConfig } from '../../config/hub-config.ts';
import { sourceOf } from '../config-source.ts';
import type { CliContext } from '../context.ts';
import type { ListFlags } from '../declare-server-verbs.ts';
import { declaredServers } from '../declared-servers.ts';
import { EXIT } from '../exit-codes.ts';
import { shortPath } from '../format.ts';
import { jsonText } from '../json-text.ts';
import { listTable } from '../list-table.ts';
import { type ListedServer, listedServers, readLogins, withCacheAges } from '../listed-servers.ts';
import { loadServers, problemLine } from '../load-servers.ts';
import { probeAll } from '../probe-all.ts';
import { checkedStatus } from '../server-status.ts';
import { paintFor } from '../style.ts';
import { withHub } from '../with-hub.ts';

/** `list`: from the configuration and the store alone, unless `--check` starts every server. */
export const runList = async (context: CliContext, flags: ListFlags): Promise<number> => {
  const config = await loadServers(context, flags);
  const known = listedServers(
    context,
    config,
    await declaredServers(context, flags),
    await readLogins(context, config),
  );
  const found = flags.check === true ? await check(context, flags, config, known) : known;
  const servers = await withCacheAges(context, config, found);
  if (flags.json === true) context.out(jsonText(listObject(context, config, servers)));
  else printList(context, config, servers);
  return flags.check === true && servers.some(isUnhealthy) ? EXIT.unhealthy : EXIT.ok;
};

const check = (
  context: CliContext,
  flags: ListFlags,
  config: HubConfig,
  servers: readonly ListedServer[],
): Promise<ListedServer[]> =>
  withHub(context, flags, { config }, async (session) => {
    const startable = servers.filter(
      ({ status }) => !['disabled', 'invalid', 'needs_variables'].includes(status.status),
    );
    const results = await probeAll(
      session,
      startable.map((server) => server.name),
    );
    return servers.map((server) => {
      const probe = results.get(server.name);
      return probe === undefined ? server : { ...server, status: checkedStatus(probe, server.status) };
    });
  });

const isUnhealthy = ({ status }: ListedServer): boolean => status.status !== 'ok' && status.status !== 'disabled';

const listObject = (context: CliContext, config: HubConfig, servers: readonly ListedServer[]): object => ({
  schemaVersion: 1,
  configFiles: config.files,
  servers: servers.map(({ name, enabled, transport, file, status, login, cachedAt }) => ({
    name,
    enabled,
    ...(transport === undefined ? {} : { transport }),
    ...(file === undefined ? {} : { source: sourceOf(file, context.env) }),
    ...status,
    ...(login === undefined ? {} : { login }),
    ...(cachedAt === undefined ? {} : { cachedAt }),
  })),
  problems: config.problems,
});

const printList = (context: CliContext, config: HubConfig, servers: readonly ListedServer[]): void => {
  const files = config.files.map((file) => shortPath(file, context.env)).join(', ');
  if (servers.length === 0) {
    context.out(
      `no servers yet${files === '' ? '' : ` in ${files}`}\n  add one: mcp-hub add NAME -- COMMAND, or: mcp-hub add NAME URL\n`,
    );
  } else {
    context.out(listTable(servers, context.width, paintFor(context)));
  }
  for (const problem of config.problems)
    if (isWorthALine(problem)) context.err(`${problemLine(problem, context.env)}\n`);
};

/** What concerns a server that is left out stands in its row. */
const isWorthALine = (problem: ConfigProblem): boolean =>
  problem.severity !== 'skipped' || problem.upstream === undefined;
