import type { UpstreamConfig } from '../config/hub-config.ts';
import { offerKey } from '../hub/offer-key.ts';
import type { KeptConfig } from '../store/catalog-cache.ts';

/** Something that is kept, and the servers that it is of. */
export interface KeptServers {
  readonly configHash: string;
  readonly names: readonly string[];
}

/**
 * Whose it is what is kept: of all servers that are configured so now; where none is, of the one that it was last written
 * for, which may be configured otherwise by now, or not at all.
 */
export const keptServers = (
  upstreams: ReadonlyArray<Pick<UpstreamConfig, 'name' | 'transport' | 'protocol' | 'hash'>>,
  kept: readonly KeptConfig[],
): readonly KeptServers[] => {
  const owners = new Map<string, string[]>();
  for (const upstream of upstreams)
    for (const key of [offerKey(upstream), upstream.hash]) owners.set(key, [...(owners.get(key) ?? []), upstream.name]);
  const hashes = Map.groupBy(kept, ({ configHash }) => configHash);
  return [...hashes].map(([configHash, rows]) => ({
    configHash,
    names: owners.get(configHash) ?? [...new Set(rows.map(({ upstream }) => upstream))],
  }));
};
