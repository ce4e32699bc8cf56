import { toHubUri, toVerbatimHubUri } from './hub-uri.ts';
import type { Entry, MergedList } from './merge.ts';
import { compileUriTemplate } from './uri-template.ts';

/** The URI under which the hub offers what an upstream calls `uri`; undefined where that is the same. */
export type UriNaming = (uri: string) => string | undefined;

export interface UriNamingSources {
  readonly resources: MergedList;
  readonly templates: MergedList;
  /** Which upstreams have tools that name a URI. */
  readonly linkers: ReadonlyMap<string, ReadonlySet<string>>;
  /** The upstream that a URI reaches which only tools name. */
  readonly ownerOfLinked: (uri: string) => string | undefined;
  /** What stands for an upstream in a URI of the hub. */
  readonly prefixOf: (upstream: string) => string;
}

/** How the URIs are offered of those upstreams that share some with another that comes first; all others are absent. */
export const createUriNamings = (sources: UriNamingSources): ReadonlyMap<string, UriNaming> => {
  const { resources, templates, prefixOf } = sources;
  const contested = contestedLinks(sources);
  const upstreams = new Set(contested.keys());
  for (const entry of [...resources.entries, ...templates.entries]) if (isRenamed(entry)) upstreams.add(entry.upstream);
  return new Map(
    [...upstreams].map((upstream) => {
      const isItsOwn = (entry: Entry): boolean => entry.upstream === upstream;
      const prefix = prefixOf(upstream);
      const naming = createNaming({
        resources: resources.entries.filter(isItsOwn),
        templates: templates.entries.filter(isItsOwn),
        prefix,
        contested: contested.get(upstream) ?? new Set(),
      });
      return [upstream, naming];
    }),
  );
};

/** By upstream the URIs that its tools name and that reach another. */
const contestedLinks = ({ linkers, ownerOfLinked }: UriNamingSources): Map<string, Set<string>> => {
  const contested = new Map<string, Set<string>>();
  for (const [uri, upstreams] of linkers) {
    const owner = ownerOfLinked(uri);
    for (const upstream of upstreams) {
      if (upstream === owner) continue;
      contested.set(upstream, (contested.get(upstream) ?? new Set()).add(uri));
    }
  }
  return contested;
};

const isRenamed = ({ ownName, listedName }: Entry): boolean => ownName !== listedName;

interface OwnUris {
  readonly resources: readonly Entry[];
  readonly templates: readonly Entry[];
  readonly prefix: string;
  /** URIs that only its tools name, and that reach another upstream. */
  readonly contested: ReadonlySet<string>;
}

/** A URI that is listed goes by its own entry; any other by the first template that covers it. */
const createNaming = ({ resources, templates, prefix, contested }: OwnUris): UriNaming => {
  const listed = new Map(resources.map(({ ownName, listedName }) => [ownName, listedName]));
  const covers = templates.map((entry) => ({ entry, matches: compileUriTemplate(entry.ownName) }));
  return (uri) => {
    const name = listed.get(uri);
    if (name !== undefined) return name === uri ? undefined : name;
    if (contested.has(uri)) return toHubUri(prefix, uri);
    const cover = covers.find(({ matches }) => matches(uri));
    return cover !== undefined && isRenamed(cover.entry) ? toVerbatimHubUri(prefix, uri) : undefined;
  };
};
