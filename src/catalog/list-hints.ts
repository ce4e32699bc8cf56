import type { CacheHints } from '../protocol/codec.ts';
import type { ResultBody } from '../protocol/message.ts';

/**
 * What an upstream says of how long its list may be used, and by whom.
 * https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/caching
 */
export interface ListHints {
  /** How long it said; undefined where it has said nothing. Milliseconds. */
  readonly ttlMs: number | undefined;
  /** When that is over, in milliseconds of `performance.now()`. */
  readonly freshUntil: number;
  readonly isPublic: boolean;
}

/** Those of an upstream that gives none, as all of the legacy era, and of a list of an earlier run. */
export const NO_HINTS: ListHints = { ttlMs: undefined, freshUntil: 0, isPublic: false };

/** Those of an upstream that has no such list: others decide. */
export const NOTHING_OFFERED: ListHints = { ttlMs: undefined, freshUntil: Number.POSITIVE_INFINITY, isPublic: true };

/** The hints of one page, which came just now. A negative or malformed time counts as none. */
export const readHints = ({ era, value }: ResultBody, now = performance.now()): ListHints => {
  if (era === 'legacy') return NO_HINTS;
  const { ttlMs, cacheScope } = value;
  const given = typeof ttlMs === 'number' && ttlMs >= 0 ? ttlMs : undefined;
  return { ttlMs: given, freshUntil: now + (given ?? 0), isPublic: cacheScope === 'public' };
};

/** The hints of a whole of which these are the pages or parts: the shortest time, and private as soon as one is. */
export const joinHints = (parts: readonly ListHints[]): ListHints => {
  const times = parts.flatMap(({ ttlMs }) => ttlMs ?? []);
  return {
    ttlMs: times.length === 0 ? undefined : Math.min(...times),
    freshUntil: Math.min(...parts.map(({ freshUntil }) => freshUntil)),
    isPublic: parts.every(({ isPublic }) => isPublic),
  };
};

/**
 * What a client is told of a list that is joined of these: the time that is left of the shortest, in whole seconds, so that
 * the bytes of a list can be used again.
 */
export const toCacheHints = (parts: readonly ListHints[], now = performance.now()): CacheHints => {
  const { freshUntil, isPublic } = joinHints(parts);
  const leftMs = Number.isFinite(freshUntil) ? Math.max(0, freshUntil - now) : 0;
  return { ttlMs: Math.min(Math.floor(leftMs / 1000) * 1000, LONGEST_MS), cacheScope: isPublic ? 'public' : 'private' };
};

/** What is told to be fresh for longer may be asked for again all the same. */
const LONGEST_MS = 24 * 60 * 60 * 1000;
