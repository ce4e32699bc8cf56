import { unpackList } from '../catalog/packed-list.ts';
import type { UpstreamIdentity } from '../dispatch/call.ts';
import { isJsonObject, type JsonObject } from '../protocol/json.ts';
import { openCacheDatabase } from '../store/cache-database.ts';
import { readLatestCatalog } from '../store/catalog-cache.ts';

/** What upstreams said of themselves last, in any run of any hub, for whoever only looks. */
export interface KeptUpstreams {
  /** What an upstream declared that it can do; undefined where nothing is kept of it. */
  capabilities(upstream: string): JsonObject | undefined;
  /** Whether a tool says of itself that it changes nothing. False where nothing is kept of it. */
  isReadOnly(upstream: string, ownName: string): boolean;
}

/** Reads `cache.db` of a state directory, for each question anew: it may come, go and change at any time. */
export const openKeptUpstreams = async (stateDir: string): Promise<KeptUpstreams> => {
  const cache = await openCacheDatabase(stateDir);
  return {
    capabilities: (upstream) => capabilitiesIn(readLatestCatalog(cache, upstream)?.identity),
    isReadOnly: (upstream, ownName) => {
      const tools = readLatestCatalog(cache, upstream)?.tools;
      return tools !== undefined && saysReadOnly(tools, ownName);
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

/** https://modelcontextprotocol.io/specification/2026-07-28/schema#toolannotations */
const saysReadOnly = (tools: Buffer, ownName: string): boolean => {
  try {
    const annotations = unpackList(tools)?.find(({ name }) => name === ownName)?.value['annotations'];
    return isJsonObject(annotations) && annotations['readOnlyHint'] === true;
  } catch {
    return false;
  }
};
