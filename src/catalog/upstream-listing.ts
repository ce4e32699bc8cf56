import type { Implementation } from '../protocol/codec.ts';
import { LIST_KINDS, type ListKind } from '../protocol/methods.ts';
import { definitionBytesOf } from './definition-bytes.ts';
import type { Offer } from './offer.ts';
import type { OwnDefinition } from './read-list.ts';

/** What an upstream itself offers, before filters. */
export interface UpstreamListing {
  readonly upstream: string;
  readonly serverInfo: Implementation;
  readonly counts: Readonly<Record<ListKind, number>>;
  /** Bytes of name, description and input schema of all tools. */
  readonly definitionBytes: number;
  /** Its tools; the same object until they are read again and differ. */
  readonly tools: readonly OwnDefinition[];
}

/** Counts what an upstream offers; undefined while not all of its lists are known. */
export const listingOf = (upstream: string, offer: Offer): UpstreamListing | undefined => {
  const { identity } = offer;
  if (identity === undefined || LIST_KINDS.some((kind) => offer.definitions(kind) === undefined)) return undefined;
  const counts = Object.fromEntries(LIST_KINDS.map((kind) => [kind, offer.definitions(kind)?.length ?? 0]));
  const tools = offer.definitions('tools') ?? [];
  return {
    upstream,
    serverInfo: identity.serverInfo,
    counts: counts as Record<ListKind, number>,
    definitionBytes: definitionBytesOf(tools),
    tools,
  };
};
