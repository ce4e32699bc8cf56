import { fromHubUri, toVerbatimHubUri } from '../catalog/hub-uri.ts';
import { forEachUpstream, type Target, type UpstreamSet } from '../dispatch/call.ts';
import type { Reply } from '../dispatch/reply.ts';
import type { CancelSignal } from '../utils/cancellation.ts';

/** Told of a watched resource that has changed, by the URI under which it is watched. */
export type ResourceWatcher = (uri: string) => void;

/** Who wants to know of changes in which resource. */
export interface ResourceWatchers {
  /**
   * Watches a resource; a second time by the same watcher changes nothing.
   * @returns the upstream's refusal; undefined when it is watched.
   */
  watch(watcher: ResourceWatcher, target: Target, signal: CancelSignal): Promise<Reply | undefined>;
  unwatch(watcher: ResourceWatcher, uri: string): void;
  /** Ends all that a watcher watches. */
  drop(watcher: ResourceWatcher): void;
}

interface Watched {
  readonly target: Target;
  /** Whether the upstream has agreed; before that there is nothing to take back. */
  isConfirmed: boolean;
}

export const createResourceWatchers = (upstreams: UpstreamSet): ResourceWatchers => {
  const watched = new Map<ResourceWatcher, Map<string, Watched>>();

  forEachUpstream(upstreams, (upstream) => {
    upstream.onResourceUpdated((ownUri) => {
      for (const [watcher, entries] of watched) {
        for (const { target } of entries.values()) {
          if (target.upstream === upstream.name && covers(target.ownName, ownUri)) watcher(uriFor(target, ownUri));
        }
      }
    });
  });

  const forget = ({ upstream, ownName }: Target): void => upstreams.get(upstream)?.unwatchResource(ownName);

  const release = (entries: Map<string, Watched> | undefined, uri: string): void => {
    const entry = entries?.get(uri);
    entries?.delete(uri);
    if (entry?.isConfirmed) forget(entry.target);
  };

  return {
    async watch(watcher, target, signal) {
      const entries = watched.get(watcher) ?? new Map<string, Watched>();
      const { qualifiedName } = target;
      if (entries.has(qualifiedName)) return undefined;
      const entry = { target, isConfirmed: false };
      entries.set(qualifiedName, entry);
      watched.set(watcher, entries);
      const reply = await upstreams.get(target.upstream)?.watchResource(target.ownName, signal);
      const isWanted = entries.get(qualifiedName) === entry;
      if (reply?.kind === 'error') {
        if (isWanted) entries.delete(qualifiedName);
        return reply;
      }
      entry.isConfirmed = true;
      if (!isWanted) forget(target);
      return undefined;
    },
    unwatch: (watcher, uri) => release(watched.get(watcher), uri),
    drop(watcher) {
      const entries = watched.get(watcher);
      for (const uri of [...(entries?.keys() ?? [])]) release(entries, uri);
      watched.delete(watcher);
    },
  };
};

/** An update may name a part of what is watched, https://modelcontextprotocol.io/specification/2025-11-25/schema#notifications-resources-updated. */
const covers = (watchedUri: string, updatedUri: string): boolean =>
  updatedUri === watchedUri || updatedUri.startsWith(watchedUri.endsWith('/') ? watchedUri : `${watchedUri}/`);

/** A part of what is watched under a URI of the hub has one of its own. */
const uriFor = ({ qualifiedName, ownName }: Target, updatedUri: string): string => {
  if (updatedUri === ownName) return qualifiedName;
  const hubUri = qualifiedName === ownName ? undefined : fromHubUri(qualifiedName);
  return hubUri === undefined ? updatedUri : toVerbatimHubUri(hubUri.prefix, updatedUri);
};
