import type { HubConfig } from '../config/hub-config.ts';
import type { UpstreamSet } from '../dispatch/call.ts';
import type { View } from '../relay/view.ts';

/**
 * Starts the upstreams with `start: "eager"`, or all with `cache.refresh: "eager"`, as soon as a client has got its first
 * list. A list starts what was never
 * seen anyway; this is for those whose lists were known without a start.
 */
export const startEagerly = ({
  config,
  upstreams,
  view,
}: {
  config: HubConfig;
  upstreams: UpstreamSet;
  view: View;
}): void => {
  const isAll = config.cacheRefresh === 'eager';
  const eager = config.upstreams.filter(({ enabled, start }) => enabled && (isAll || start === 'eager'));
  if (eager.length === 0) return;
  view.catalog.onFirstServed(() => {
    for (const { name } of eager) {
      // Why a start failed is announced by the upstream itself.
      upstreams
        .get(name)
        ?.connect(new AbortController().signal)
        .catch(() => {});
    }
  });
};
