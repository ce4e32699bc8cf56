import type { UpstreamIdentity } from '../dispatch/call.ts';
import type { ListKind } from '../protocol/methods.ts';
import type { OwnDefinition } from './read-list.ts';

/** All that an upstream offers. */
export interface KnownOffer {
  readonly identity: UpstreamIdentity;
  readonly lists: Readonly<Record<ListKind, readonly OwnDefinition[]>>;
}

/** What an upstream offered in an earlier run. */
export interface RecalledOffer {
  readonly identity: UpstreamIdentity;
  /** The definitions of a kind, which are read when first asked for; undefined where they cannot be. */
  list(kind: ListKind): readonly OwnDefinition[] | undefined;
}

/** Remembers from one run to the next what upstreams offer. */
export interface OfferMemory {
  /** What was last known of an upstream; undefined where nothing is. */
  recall(upstream: string): RecalledOffer | undefined;
  /**
   * Lists of an upstream have been read, and none is being read any more. It does not hold up its caller.
   * @param isNew whether the offer differs from what was known before.
   */
  keep(upstream: string, offer: KnownOffer, isNew: boolean): void;
}
