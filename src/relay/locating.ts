import type { ClientContext, Target } from '../dispatch/call.ts';
import type { Subject } from '../protocol/methods.ts';
import type { Balance } from '../router/balance.ts';
import { type CancelSignal, toAbortSignal } from '../utils/cancellation.ts';
import { awaitOwner } from './await-owner.ts';
import { type Placement, placeAmongReplicas } from './replicas.ts';
import { candidates, LISTS_WITH, precedence, type Resolution, resolve } from './resolve.ts';
import type { NamedSubject } from './subject.ts';
import type { View } from './view.ts';

export interface LocatingOptions {
  /** Orders servers that can answer the same. Default: a call has but its owner. */
  readonly balance?: Balance;
  /** May change, as may the next. */
  readonly separator: string;
  /** How long an unknown name may wait for the lists of its candidates; milliseconds. */
  readonly firstListMs: number;
}

/** What a request names, where its params are right. */
export type Named = NamedSubject & { readonly ok: true };

/** Finds where requests go. */
export interface Locating {
  /** Finds where a name goes, connecting the upstreams that may own it. */
  locate(view: View, subject: Subject, name: string, signal: CancelSignal): Promise<Resolution | undefined>;
  /** Finds what can be found at once. */
  locateKnown(view: View, named: Named, client: ClientContext): Resolution | undefined;
  /** For what is not known yet. */
  locateNamed(view: View, named: Named, signal: CancelSignal): Promise<Resolution | undefined>;
  /** A call goes to the owner of what it names, or to one of several servers that its route names. */
  place(view: View, named: Named, owner: Target): Placement;
}

export const createLocating = (options: LocatingOptions): Locating => {
  const search = async (
    view: View,
    subject: Subject,
    name: string,
    signal: CancelSignal,
    find: () => Resolution | undefined,
  ): Promise<Resolution | undefined> => {
    const known = find();
    if (known !== undefined) return known;
    const upstreams = candidates(view, subject, name, options.separator);
    if (upstreams.length === 0) return undefined;
    const inOrder = precedence(view, subject, name);
    return awaitOwner({
      upstreams,
      comesBefore: (one, other) => inOrder.indexOf(one) < inOrder.indexOf(other),
      load: (upstream) => Promise.all(LISTS_WITH[subject].map((kind) => view.catalog.loadFresh(upstream, kind))),
      find,
      signal: AbortSignal.any([toAbortSignal(signal), AbortSignal.timeout(options.firstListMs)]),
    });
  };

  const locate: Locating['locate'] = (view, subject, name, signal) =>
    search(view, subject, name, signal, () => resolve(view, subject, name));

  const templateOf = (view: View, { name, isTemplate }: Named): Resolution | undefined => {
    const template = isTemplate ? view.catalog.list('templates').byName.get(name) : undefined;
    if (template === undefined) return undefined;
    return {
      target: { upstream: template.upstream, qualifiedName: name, ownName: template.ownName },
      via: 'template',
    };
  };

  /** A template is looked up under its own name first: as a URI it might be covered by another one. */
  const locateKnown = (view: View, named: Named, client: ClientContext): Resolution | undefined => {
    if (named.subject !== 'task') return templateOf(view, named) ?? resolve(view, named.subject, named.name);
    const upstream = view.tasks.ownerOf(client.id, named.name);
    const target = { upstream: upstream ?? '', qualifiedName: named.name, ownName: named.name };
    return upstream === undefined ? undefined : { target, via: 'earlier result' };
  };

  const locateNamed = async (view: View, named: Named, signal: CancelSignal): Promise<Resolution | undefined> => {
    if (named.subject === 'task') return undefined;
    const { subject, name } = named;
    return search(view, subject, name, signal, () => templateOf(view, named) ?? resolve(view, subject, name));
  };

  const place = (view: View, named: Named, owner: Target): Placement => {
    const params = named.withName(owner.ownName);
    const { balance } = options;
    if (balance === undefined || named.subject === 'task') return { target: owner, params };
    return placeAmongReplicas(view, named.subject, owner, params, balance) ?? { target: owner, params };
  };

  return { locate, locateKnown, locateNamed, place };
};
