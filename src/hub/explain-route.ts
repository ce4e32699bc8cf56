import type { HubConfig, SourcePlace } from '../config/hub-config.ts';
import type { Subject } from '../protocol/methods.ts';
import type { Relay } from '../relay/relay.ts';
import { LIST_OF, type Resolution } from '../relay/resolve.ts';
import type { View } from '../relay/view.ts';

/** Where a name goes, and why. */
export interface RouteExplanation {
  readonly name: string;
  readonly kind: Subject;
  readonly upstream?: string;
  readonly ownName?: string;
  readonly via: Resolution['via'] | 'unknown';
  /** The row of `hub.routes` that decided; `index` counts from 0. */
  readonly route?: { readonly index: number; readonly match: string; readonly place?: SourcePlace };
  readonly reason: string;
  readonly otherCandidates: ReadonlyArray<{ readonly upstream: string; readonly reason: string }>;
}

interface ExplainContext {
  readonly relay: Relay;
  readonly view: View;
  readonly config: HubConfig;
}

export const explainRoute = async (
  { relay, view, config }: ExplainContext,
  kind: Subject,
  name: string,
): Promise<RouteExplanation> => {
  const resolution = await relay.locate(view, kind, name, new AbortController().signal);
  if (resolution === undefined) {
    const reason = describeUnknown(view, kind, name);
    return { name, kind, via: 'unknown', reason, otherCandidates: similar(view, kind, name) };
  }
  const { target, via, route } = resolution;
  const place = route && config.routes[route.index]?.place;
  return {
    name,
    kind,
    upstream: target.upstream,
    ownName: target.ownName,
    via,
    ...(route && { route: { index: route.index, match: route.row.match, ...(place && { place }) } }),
    reason: describe(resolution),
    otherCandidates: similar(view, kind, target.ownName).filter(({ upstream }) => upstream !== target.upstream),
  };
};

const describe = ({ target: { upstream, ownName }, via, route }: Resolution): string => {
  switch (via) {
    case 'name':
      return `it is the name under which ${upstream} offers ${ownName}`;
    case 'route':
      return `the first route that matches sends it to ${route?.row.to.join(', ') ?? upstream}`;
    case 'template':
      return `a URI template of ${upstream} covers it`;
    case 'hub URI':
      return `the URI itself names ${upstream}`;
    case 'tool':
      return `a tool of ${upstream} has it as its user interface`;
    case 'earlier result':
      return `a result of ${upstream} named it`;
  }
};

const describeUnknown = ({ router }: View, kind: Subject, name: string): string => {
  const route = router.routeOf(kind, name);
  if (route === undefined) return `no server offers a ${kind} of this name, and no route matches it`;
  return `route ${route.index + 1} sends it to ${route.row.to.join(', ')}, which offers no ${kind} of this name`;
};

/** Entries of the same own name at other upstreams. */
const similar = ({ catalog }: View, kind: Subject, name: string): Array<{ upstream: string; reason: string }> =>
  catalog
    .list(LIST_OF[kind])
    .entries.filter(({ ownName }) => ownName === name)
    .map(({ upstream, listedName }) => ({ upstream, reason: `offers it as ${listedName}` }));
