import { toVerbatimHubUri } from './hub-uri.ts';
import type { Entry, MergedList } from './merge.ts';
import { compileUriTemplate } from './uri-template.ts';

/** The URI under which the hub offers what an upstream calls `uri`; undefined where that is the same. */
export type UriNaming = (uri: string) => string | undefined;

/**
 * How the URIs are offered of those upstreams that share some with another that comes first; all others are absent.
 * @param prefixOf what stands for an upstream in a URI of the hub.
 */
export const createUriNamings = (
  resources: MergedList,
  templates: MergedList,
  prefixOf: (upstream: string) => string,
): ReadonlyMap<string, UriNaming> => {
  const renamed = [...resources.entries, ...templates.entries].filter(isRenamed);
  return new Map(
    [...new Set(renamed.map(({ upstream }) => upstream))].map((upstream) => {
      const isItsOwn = (entry: Entry): boolean => entry.upstream === upstream;
      const naming = createNaming(resources.entries.filter(isItsOwn), templates.entries.filter(isItsOwn), (uri) =>
        toVerbatimHubUri(prefixOf(upstream), uri),
      );
      return [upstream, naming];
    }),
  );
};

const isRenamed = ({ ownName, listedName }: Entry): boolean => ownName !== listedName;

/** A URI that is listed goes by its own entry; any other by the first template that covers it. */
const createNaming = (
  resources: readonly Entry[],
  templates: readonly Entry[],
  toHub: (uri: string) => string,
): UriNaming => {
  const listed = new Map(resources.map(({ ownName, listedName }) => [ownName, listedName]));
  const covers = templates.map((entry) => ({ entry, matches: compileUriTemplate(entry.ownName) }));
  return (uri) => {
    const name = listed.get(uri);
    if (name !== undefined) return name === uri ? undefined : name;
    const cover = covers.find(({ matches }) => matches(uri));
    return cover !== undefined && isRenamed(cover.entry) ? toHub(uri) : undefined;
  };
};
