import type { HubConfig, UpstreamConfig } from '../config/hub-config.ts';
import type { DeclaredTransport } from '../config/normal-entry.ts';
import { stateDirectory } from '../config/state-directory.ts';
import { HubError } from '../errors/hub-error.ts';
import { type LoginStatus, loginStatuses } from '../hub/logins.ts';
import { offerKey } from '../hub/offer-key.ts';
import { openCacheDatabase } from '../store/cache-database.ts';
import { readCatalogAges } from '../store/catalog-cache.ts';
import { openLogReader } from '../store/log-reader.ts';
import type { UpstreamStatus } from '../store/upstream-statuses.ts';
import type { CliContext } from './context.ts';
import type { DeclaredServer } from './declared-servers.ts';
import { lastStatus, reasonOf, type ServerStatus } from './server-status.ts';
import { redactTransport } from './transport-summary.ts';

/** A configured server, and how it was last seen. */
export interface ListedServer {
  readonly name: string;
  readonly enabled: boolean;
  /** As the file declares it, without its secrets; absent where the entry cannot be served. */
  readonly transport?: DeclaredTransport;
  readonly file?: string;
  readonly status: ServerStatus;
  /** The login that is kept; absent where there is none. */
  readonly login?: LoginStatus;
  /** When what is kept of its lists was last found to be so, ISO 8601; absent where nothing is kept. */
  readonly cachedAt?: string;
}

/** The logins of the configured servers; none where they cannot be read, which is told. */
export const readLogins = async (context: CliContext, config: HubConfig): Promise<ReadonlyMap<string, LoginStatus>> => {
  try {
    return await loginStatuses(config.upstreams, { stateDir: stateDirectory(context.env), env: context.env });
  } catch (error) {
    context.err(`note: the logins are unknown: ${HubError.from(error).message}\n`);
    return new Map();
  }
};

/** The servers with the age of what is kept of each, as it is configured now. */
export const withCacheAges = async (
  context: CliContext,
  config: HubConfig,
  servers: readonly ListedServer[],
): Promise<ListedServer[]> => {
  const ages = readCatalogAges(await openCacheDatabase(stateDirectory(context.env)));
  const keys = new Map(config.upstreams.map((upstream) => [upstream.name, offerKey(upstream)]));
  return servers.map((server) => {
    const checkedAt = ages.get(keys.get(server.name) ?? '');
    return checkedAt === undefined ? server : { ...server, cachedAt: new Date(checkedAt).toISOString() };
  });
};

/** Every server of the configuration, those that cannot be served included, without starting any. */
export const listedServers = (
  context: CliContext,
  config: HubConfig,
  declared: ReadonlyMap<string, DeclaredServer>,
  logins: ReadonlyMap<string, LoginStatus> = new Map(),
): ListedServer[] => {
  const seen = readStatuses(context);
  const upstreams = config.upstreams.map((upstream) => listUpstream(upstream, declared, seen, logins));
  return [...upstreams, ...listInvalid(config, declared)];
};

const listUpstream = (
  upstream: UpstreamConfig,
  declared: ReadonlyMap<string, DeclaredServer>,
  seen: ReadonlyMap<string, UpstreamStatus>,
  logins: ReadonlyMap<string, LoginStatus>,
): ListedServer => {
  const source = declared.get(upstream.name);
  const login = logins.get(upstream.name);
  return {
    name: upstream.name,
    enabled: upstream.enabled,
    transport: redactTransport(source?.transport ?? upstream.transport),
    ...(source === undefined ? {} : { file: source.file }),
    ...(login === undefined ? {} : { login }),
    status: lastStatus(upstream, seen.get(upstream.name), login),
  };
};

const listInvalid = (config: HubConfig, declared: ReadonlyMap<string, DeclaredServer>): ListedServer[] => {
  const skipped = config.problems.filter((problem) => problem.severity === 'skipped' && problem.upstream !== undefined);
  const reasons = new Map(skipped.map((problem) => [problem.upstream ?? '', problem.message]));
  for (const { name } of config.upstreams) reasons.delete(name);
  return [...reasons].map(([name, reason]) => {
    const file = declared.get(name)?.file;
    return {
      name,
      enabled: true,
      ...(file === undefined ? {} : { file }),
      status: { status: 'invalid', reason: reasonOf(name, reason) },
    };
  });
};

/** What the store remembers; nothing where there is no store yet, or where it cannot be read: then the rest is still told. */
const readStatuses = (context: CliContext): ReadonlyMap<string, UpstreamStatus> => {
  try {
    const reader = openLogReader(stateDirectory(context.env));
    try {
      return reader?.upstreamStatuses() ?? new Map();
    } finally {
      reader?.close();
    }
  } catch (error) {
    context.err(`note: how the servers were last seen is unknown: ${HubError.from(error).message}\n`);
    return new Map();
  }
};
