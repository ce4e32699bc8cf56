import type { Target } from '../dispatch/call.ts';
import type { Reply } from '../dispatch/reply.ts';
import type { JsonObject } from '../protocol/json.ts';
import { spliceMembers } from '../protocol/json-bytes.ts';
import { changedBody } from '../protocol/large-result.ts';
import type { Subject } from '../protocol/methods.ts';
import type { Balance } from '../router/balance.ts';
import { afterLiteral, type RouteRow } from '../router/router.ts';
import { LIST_OF } from './resolve.ts';
import type { View } from './view.ts';

/** Where a call goes first, with its other choices in the target, and its params for it. */
export interface Placement {
  readonly target: Target;
  readonly params: JsonObject;
}

/**
 * Places a call whose route names several servers that offer the same; undefined for any other call, which has but its owner.
 * A name that says its server by a prefix of its own, or a hub URI, is for that server alone.
 */
export const placeAmongReplicas = (
  view: View,
  subject: Subject,
  owner: Target,
  params: JsonObject,
  balance: Balance,
): Placement | undefined => {
  const row = view.router.routeOf(subject, owner.qualifiedName)?.row;
  if (row === undefined || row.to.length < 2 || !row.to.includes(owner.upstream)) return undefined;
  const replicas = subject === 'resource' ? readers(view, row, owner) : offering(view, row, subject, owner);
  if (replicas.length < 2) return undefined;
  const pinned = readPin(params['requestState']);
  const begun = replicas.find(({ upstream }) => upstream === pinned?.upstream);
  if (pinned !== undefined && begun !== undefined)
    return { target: { ...begun, alternatives: [] }, params: { ...params, requestState: pinned.state } };
  const [first = owner, ...alternatives] = balance(row, replicas, view.upstreams);
  return { target: { ...first, alternatives }, params };
};

const offering = ({ catalog }: View, row: RouteRow, subject: Subject, owner: Target): readonly Target[] => {
  const { qualifiedName, ownName } = owner;
  const isMeant =
    qualifiedName === ownName || qualifiedName === row.match || afterLiteral(qualifiedName, row.match) === ownName;
  if (!isMeant) return [];
  const { entries } = catalog.list(LIST_OF[subject]);
  return row.to.flatMap((upstream) => {
    if (upstream === owner.upstream) return [owner];
    const entry = entries.find((candidate) => candidate.upstream === upstream && candidate.ownName === ownName);
    return entry === undefined ? [] : [{ upstream, qualifiedName, ownName, definition: entry.value }];
  });
};

const readers = ({ upstreams, catalog }: View, row: RouteRow, owner: Target): readonly Target[] => {
  const { qualifiedName, ownName } = owner;
  if (qualifiedName !== ownName) return [];
  return row.to
    .filter((upstream) => upstreams.get(upstream) !== undefined && catalog.isOffered(upstream, 'resources', ownName))
    .map((upstream) => (upstream === owner.upstream ? owner : { upstream, qualifiedName, ownName }));
};

const PIN = 'mcp-hub:at:';

/** An interim result whose state says which of several servers made it: the call is to be carried on there. */
export const pinState = (reply: Reply, upstream: string): Reply => {
  if (reply.kind !== 'input_required') return reply;
  const { bytes, value } = reply.body;
  if (typeof value['requestState'] !== 'string') return reply;
  const requestState = `${PIN}${encodeURIComponent(upstream)}:${value['requestState']}`;
  const spliced = spliceMembers(Buffer.from(bytes), { requestState: JSON.stringify(requestState) });
  return { ...reply, body: changedBody(reply.body, spliced, { ...value, requestState }) };
};

const readPin = (requestState: unknown): { readonly upstream: string; readonly state: string } | undefined => {
  const [, name, state] =
    (typeof requestState === 'string' ? /^mcp-hub:at:([^:]*):([\s\S]*)$/.exec(requestState) : null) ?? [];
  return name === undefined || state === undefined ? undefined : { upstream: decode(name), state };
};

/** The client may have made it up. */
const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};
