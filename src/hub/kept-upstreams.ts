import { unpackList } from '../catalog/packed-list.ts';
import type { UpstreamIdentity } from '../dispatch/call.ts';
import { isJsonObject, type JsonObject } from '../protocol/json.ts';
import { openCacheDatabase } from '../store/cache-database.ts';
import { readCatalogsOf, readLatestIdentity } from '../store/catalog-cache.ts';

/** What upstreams said of themselves last, in any run of any hub, for whoever only looks. */
export interface KeptUpstreams {
  /**
   * What an upstream declared that it can do; undefined where nothing is kept of it.
   * @param key its offer key, where a hub has said it; default: whichever upstream of this name was kept last
   */
  capabilities(upstream: string, key?: string): JsonObject | undefined;
  /**
   * Whether a tool says of itself that it changes nothing, whatever client it says it to. False where nothing is kept of it.
   * @param key the offer key of its upstream: another of the same name may say other things of the same tool
   */
  isReadOnly(key: string, ownName: string): boolean;
}

/** Reads `cache.db` of a state directory, for each question anew: it may come, go and change at any time. */
export const openKeptUpstreams = async (stateDir: string): Promise<KeptUpstreams> => {
  const cache = await openCacheDatabase(stateDir);
  return {
    capabilities: (upstream, key) =>
      capabilitiesIn(
        key === undefined ? readLatestIdentity(cache, upstream) : readCatalogsOf(cache, key).at(-1)?.identity,
      ),
    isReadOnly: (key, ownName) => {
      const words = readCatalogsOf(cache, key).map(({ tools }) => readOnlyHint(tools, ownName));
      return words.includes(true) && !words.includes(false);
    },
  };
};

const capabilitiesIn = (identity: string | undefined): JsonObject | undefined => {
  try {
    return identity === undefined ? undefined : (JSON.parse(identity) as UpstreamIdentity).capabilities;
  } catch {
    return undefined;
  }
};

/** Undefined where there is no such tool. https://modelcontextprotocol.io/specification/2026-07-28/schema#toolannotations */
const readOnlyHint = (tools: Buffer, ownName: string): boolean | undefined => {
  try {
    const found = unpackList(tools)?.find(({ name }) => name === ownName);
    const annotations = found?.value['annotations'];
    return found && isJsonObject(annotations) && annotations['readOnlyHint'] === true;
  } catch {
    return false;
  }
};
