import { fromHubUri } from '../catalog/hub-uri.ts';
import type { Entry } from '../catalog/merge.ts';
import type { Target } from '../dispatch/call.ts';
import type { ListKind, Subject } from '../protocol/methods.ts';
import { afterLiteral, type Route } from '../router/router.ts';
import type { View } from './view.ts';

/** Where a name goes, and by which rule. */
export interface Resolution {
  readonly target: Target;
  readonly via: 'name' | 'route' | 'template' | 'hub URI' | 'tool' | 'earlier result';
  /** The row of `hub.routes` that decided, where one did. */
  readonly route?: Route;
}

/** The list that names what a subject is. */
export const LIST_OF: Readonly<Record<Subject, ListKind>> = { tool: 'tools', prompt: 'prompts', resource: 'resources' };

/** The lists in which a name of each kind may stand; a URI may be covered by a template, or named by a tool alone. */
export const LISTS_WITH: Readonly<Record<Subject, readonly ListKind[]>> = {
  tool: ['tools'],
  prompt: ['prompts'],
  resource: ['resources', 'templates', 'tools'],
};

/**
 * Finds the owner of a tool's or prompt's name, or of a resource's URI, among the lists that are known now. The name that a
 * client sees in a list comes first, so that a listed or qualified name always works; then the routes, in their order.
 */
export const resolve = (view: View, subject: Subject, name: string): Resolution | undefined =>
  subject === 'resource' ? resolveUri(view, name) : resolveName(view, subject, name);

/**
 * The upstreams whose lists are not known, or of an earlier run, and that may own the name: the one whose prefix it has,
 * else those that a route names for it, else all that show names without prefix, and for a URI all.
 */
export const candidates = (
  { upstreams, catalog, router }: View,
  subject: Subject,
  name: string,
  separator: string,
): string[] => {
  const unknown = upstreams.names.filter((upstream) =>
    LISTS_WITH[subject].some((kind) => !catalog.isFresh(upstream, kind)),
  );
  if (subject === 'resource') return unknown;
  const byPrefix = unknown.filter((upstream) => {
    const prefix = catalog.prefixOf(upstream);
    return prefix !== undefined && prefix !== '' && name.startsWith(`${prefix}${separator}`);
  });
  if (byPrefix.length > 0) return byPrefix;
  const route = router.routeOf(subject, name);
  return unknown.filter(
    (upstream) => route?.row.to.includes(upstream) || catalog.prefixOf(upstream) === '' || isShortened(name),
  );
};

/** All upstreams, the one first that owns what several offer: as a route names them, then as the configuration does. */
export const precedence = ({ upstreams, router }: View, subject: Subject, name: string): readonly string[] => [
  ...(router.routeOf(subject, name)?.row.to ?? []),
  ...upstreams.names,
];

/** The own name in the qualified name of something whose list is not known, as its prefix says; undefined where none does. */
export const ownNameByPrefix = (
  catalog: View['catalog'],
  upstream: string,
  name: unknown,
  separator: string,
): string | undefined => {
  const start = `${catalog.prefixOf(upstream) || upstream}${separator}`;
  return typeof name === 'string' && name.startsWith(start) && !isShortened(name)
    ? name.slice(start.length)
    : undefined;
};

/** A shortened name ends in a hash and may have lost its prefix. */
const isShortened = (name: string): boolean => /_[0-9a-f]{8}$/.test(name);

const resolveName = ({ catalog, router }: View, subject: Subject, name: string): Resolution | undefined => {
  const entry = catalog.list(LIST_OF[subject]).byName.get(name);
  const route = router.routeOf(subject, name);
  if (entry !== undefined) {
    const isQualified = entry.qualifiedName === name;
    return {
      target: targetOf(entry, name),
      via: isQualified ? 'name' : 'route',
      ...(!isQualified && route && { route }),
    };
  }
  if (route === undefined) return undefined;
  const rest = afterLiteral(name, route.row.match);
  for (const upstream of route.row.to) {
    const routed = catalog
      .list(LIST_OF[subject])
      .entries.find(
        (candidate) => candidate.upstream === upstream && (candidate.ownName === name || candidate.ownName === rest),
      );
    if (routed !== undefined) return { target: targetOf(routed, name), via: 'route', route };
  }
  return undefined;
};

const resolveUri = (view: View, uri: string): Resolution | undefined => {
  const resolution = findOwner(view, uri);
  if (resolution === undefined) return undefined;
  const { upstream, ownName } = resolution.target;
  return view.catalog.isOffered(upstream, 'resources', ownName) ? resolution : undefined;
};

const findOwner = ({ upstreams, catalog, router }: View, uri: string): Resolution | undefined => {
  const listed = catalog.list('resources').byName.get(uri);
  if (listed !== undefined) return { target: targetOf(listed, uri), via: 'name' };
  const hubUri = fromHubUri(uri);
  if (hubUri !== undefined) {
    const owner = upstreams.names.find((upstream) => (catalog.prefixOf(upstream) || upstream) === hubUri.prefix);
    return owner === undefined
      ? undefined
      : { target: { upstream: owner, qualifiedName: uri, ownName: hubUri.uri }, via: 'hub URI' };
  }
  const asItIs = (upstream: string): Target => ({ upstream, qualifiedName: uri, ownName: uri });
  const route = router.routeOf('resource', uri);
  const routedTo = route?.row.to.find((upstream) => upstreams.get(upstream) !== undefined);
  if (routedTo !== undefined && route !== undefined) return { target: asItIs(routedTo), via: 'route', route };
  const template = catalog.matchTemplate(uri);
  if (template !== undefined) return { target: asItIs(template.upstream), via: 'template' };
  const linked = catalog.linkedOwner(uri);
  if (linked !== undefined) return { target: asItIs(linked), via: 'tool' };
  const learned = catalog.learnedOwner(uri);
  return learned === undefined ? undefined : { target: asItIs(learned), via: 'earlier result' };
};

const targetOf = ({ upstream, ownName, value }: Entry, qualifiedName: string): Target => ({
  upstream,
  qualifiedName,
  ownName,
  definition: value,
});
