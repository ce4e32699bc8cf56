import { stateDirectory } from '../../config/state-directory.ts';
import { openCacheDatabase } from '../../store/cache-database.ts';
import { clearUpstream, keptUpstreams } from '../../store/catalog-cache.ts';
import { printable } from '../../utils/printable.ts';
import { noSuchServer, usage } from '../cli-errors.ts';
import type { CliContext, GlobalOptions } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { jsonText } from '../json-text.ts';
import { loadServers } from '../load-servers.ts';

export interface CacheFlags extends GlobalOptions {
  readonly json?: boolean;
}

/**
 * `cache clear [name]`: forgets what one server offers, or all do, so that the next hub asks them anew. A hub that is running
 * goes on with what it knows.
 * @throws HubError NOT_FOUND for a name that is neither configured nor kept
 */
export const runCacheClear = async (
  context: CliContext,
  name: string | undefined,
  flags: CacheFlags,
): Promise<number> => {
  const cache = await openCacheDatabase(stateDirectory(context.env));
  const kept = keptUpstreams(cache);
  const cleared = name === undefined ? kept : kept.filter((upstream) => upstream === name);
  if (name !== undefined && cleared.length === 0) await requireConfigured(context, name, kept, flags);
  if (cleared.length > 0 && !(await cache.write((database) => clearUpstream(database, name))))
    throw usage('the cache cannot be written', 'another program may be using it: try again in a moment');
  if (flags.json === true) context.out(jsonText({ schemaVersion: 1, cleared }));
  else if (cleared.length === 0) context.out('nothing is kept\n');
  else {
    const names = printable(cleared.join(', '));
    context.out(
      `forgot what ${names} ${cleared.length === 1 ? 'offers' : 'offer'}; the next hub asks ${cleared.length === 1 ? 'it' : 'them'} anew\n`,
    );
  }
  return EXIT.ok;
};

const requireConfigured = async (
  context: CliContext,
  name: string,
  kept: readonly string[],
  flags: CacheFlags,
): Promise<void> => {
  const { upstreams } = await loadServers(context, flags);
  const names = upstreams.map((upstream) => upstream.name);
  if (!names.includes(name)) throw noSuchServer(name, [...new Set([...names, ...kept])]);
};
