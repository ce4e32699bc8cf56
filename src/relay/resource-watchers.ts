import { fromHubUri, toVerbatimHubUri } from '../catalog/hub-uri.ts';
import type { Target, UpstreamSet } from '../dispatch/call.ts';
import type { Reply } from '../dispatch/reply.ts';

/** Told of a watched resource that has changed, by the URI under which it is watched. */
export type ResourceWatcher = (uri: string) => void;

/** Who wants to know of changes in which resource. */
export interface ResourceWatchers {
  /**
   * Watches a resource; a second time by the same watcher changes nothing.
   * @returns the upstream's refusal; undefined when it is watched.
   */
  watch(watcher: ResourceWatcher, target: Target, signal: AbortSignal): Promise<Reply | undefined>;
  unwatch(watcher: ResourceWatcher, uri: string): void;
  /** Ends all that a watcher watches. */
  drop(watcher: ResourceWatcher): void;
}

export const createResourceWatchers = (upstreams: UpstreamSet): ResourceWatchers => {
  const watched = new Map<ResourceWatcher, Map<string, Target>>();

  for (const name of upstreams.names) {
    upstreams.get(name)?.onResourceUpdated((ownUri) => {
      for (const [watcher, targets] of watched) {
        for (const target of targets.values()) {
          if (target.upstream === name && covers(target.ownName, ownUri)) watcher(uriFor(target, ownUri));
        }
      }
    });
  }

  const forget = ({ upstream, ownName }: Target): void => upstreams.get(upstream)?.unwatchResource(ownName);

  return {
    async watch(watcher, target, signal) {
      const targets = watched.get(watcher) ?? new Map<string, Target>();
      if (targets.has(target.qualifiedName)) return undefined;
      targets.set(target.qualifiedName, target);
      watched.set(watcher, targets);
      const reply = await upstreams.get(target.upstream)?.watchResource(target.ownName, signal);
      if (reply?.kind !== 'error') return undefined;
      targets.delete(target.qualifiedName);
      return reply;
    },
    unwatch(watcher, uri) {
      const target = watched.get(watcher)?.get(uri);
      if (target === undefined) return;
      watched.get(watcher)?.delete(uri);
      forget(target);
    },
    drop(watcher) {
      for (const target of watched.get(watcher)?.values() ?? []) forget(target);
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
