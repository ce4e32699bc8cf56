import type { UpstreamConfig } from '../../config/hub-config.ts';
import { stateDirectory } from '../../config/state-directory.ts';
import { openCacheDatabase } from '../../store/cache-database.ts';
import { clearConfigs, keptConfigs } from '../../store/catalog-cache.ts';
import { printable } from '../../utils/printable.ts';
import { noSuchServer, usage } from '../cli-errors.ts';
import type { CliContext, GlobalOptions } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { jsonText } from '../json-text.ts';
import { keptServers } from '../kept-servers.ts';
import { loadServers } from '../load-servers.ts';

export interface CacheFlags extends GlobalOptions {
  readonly json?: boolean;
}

/**
 * `cache clear [name]`: forgets what one server offers, or all do, so that the next hub asks them anew. A hub that is running
 * goes on with what it knows. Servers that are configured alike share what is kept, and are all named.
 * @throws HubError NOT_FOUND for a name that is neither configured nor kept
 */
export const runCacheClear = async (
  context: CliContext,
  name: string | undefined,
  flags: CacheFlags,
): Promise<number> => {
  const upstreams = await configuredServers(context, flags, name);
  const cache = await openCacheDatabase(stateDirectory(context.env));
  const kept = keptServers(upstreams, keptConfigs(cache));
  const found = name === undefined ? kept : kept.filter(({ names }) => names.includes(name));
  if (name !== undefined && found.length === 0) requireConfigured(name, upstreams, kept);
  const hashes = found.map(({ configHash }) => configHash);
  if (hashes.length > 0 && !(await cache.write((database) => clearConfigs(database, hashes))))
    throw usage('the cache cannot be written', 'another program may be using it: try again in a moment');
  const cleared = [...new Set(found.flatMap(({ names }) => names))].sort();
  context.out(flags.json === true ? jsonText({ schemaVersion: 1, cleared }) : sentence(cleared, name));
  return EXIT.ok;
};

/** Where all is forgotten the configuration only gives the names, and may be out of order. */
const configuredServers = async (
  context: CliContext,
  flags: CacheFlags,
  name: string | undefined,
): Promise<readonly UpstreamConfig[]> => {
  try {
    return (await loadServers(context, flags)).upstreams;
  } catch (error) {
    if (name !== undefined) throw error;
    return [];
  }
};

const sentence = (cleared: readonly string[], name: string | undefined): string => {
  const [offer, them] = cleared.length === 1 ? ['offers', 'it'] : ['offer', 'them'];
  return cleared.length === 0
    ? `nothing is kept${name === undefined ? '' : ` of ${printable(name)}`}\n`
    : `forgot what ${printable(cleared.join(', '))} ${offer}; the next hub asks ${them} anew\n`;
};

const requireConfigured = (
  name: string,
  upstreams: ReadonlyArray<{ readonly name: string }>,
  kept: ReadonlyArray<{ readonly names: readonly string[] }>,
): void => {
  const configured = upstreams.map((upstream) => upstream.name);
  if (configured.includes(name)) return;
  const others = kept.flatMap(({ names }) => names).filter((other) => !configured.includes(other));
  throw noSuchServer(name, configured, { others: [...new Set(others)] });
};
