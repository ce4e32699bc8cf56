import type { HubConfig } from '../config/hub-config.ts';
import type { UpstreamSet } from '../dispatch/call.ts';
import type { View } from '../relay/view.ts';

/**
 * Starts the upstreams with `start: "eager"`, or all with `cache.refresh: "eager"`, as soon as a client has got its first
 * list. A list starts what was never
 * seen anyway; this is for those whose lists were known without a start.
 */
export const startEagerly = ({ configOf, upstreams, view }: EagerStart): void =>
  view.catalog.onFirstServed(() => connectEager(configOf(), upstreams));

/** Starts those of the upstreams that are to be started early; those that run are left as they are. */
export const connectEager = (config: HubConfig, upstreams: UpstreamSet): void => {
  const isAll = config.cacheRefresh === 'eager';
  for (const { name, enabled, start } of config.upstreams) {
    if (!enabled || !(isAll || start === 'eager')) continue;
    // Why a start failed is announced by the upstream itself.
    upstreams
      .get(name)
      ?.connect(new AbortController().signal)
      .catch(() => {});
  }
};

export interface EagerStart {
  readonly configOf: () => HubConfig;
  readonly upstreams: UpstreamSet;
  readonly view: View;
}
