import type { ListKind } from '../protocol/methods.ts';
import { createTokenBucket, type TokenBucket } from '../utils/token-bucket.ts';

/** So often a list is read again at once; an upstream that goes on telling of changes is read once in `REREAD_MS`. */
const REREADS_AT_ONCE = 5;
const REREAD_MS = 1_000;

/** How often the lists of one upstream are read again. */
export interface RereadPace {
  /** Whether a list may be read again now; it counts as read then. */
  mayReread(kind: ListKind): boolean;
  /** Has it read later, once, however often this is called before. */
  putOff(kind: ListKind): void;
}

/** @param read reads a list again. */
export const createRereadPace = (read: (kind: ListKind) => void): RereadPace => {
  const buckets = new Map<ListKind, TokenBucket>();
  const putOff = new Set<ListKind>();
  return {
    mayReread(kind) {
      const bucket = buckets.get(kind) ?? createTokenBucket({ capacity: REREADS_AT_ONCE, perSecond: 1000 / REREAD_MS });
      buckets.set(kind, bucket);
      return bucket.take();
    },
    putOff(kind) {
      if (putOff.has(kind)) return;
      putOff.add(kind);
      setTimeout(() => {
        putOff.delete(kind);
        read(kind);
      }, REREAD_MS).unref();
    },
  };
};
