import { type CancelSignal, toAbortSignal } from '../utils/cancellation.ts';
import { whenAborted } from '../utils/when-aborted.ts';
import type { Resolution } from './resolve.ts';

/** How long an upstream has to claim what one that comes after it already offers. Milliseconds. */
const CLAIM_MS = 1_000;

export interface OwnerSearch {
  /** The upstreams that may own the name. */
  readonly upstreams: readonly string[];
  /** Whether the one owns what both offer: a route names it first, or it comes first in the configuration. */
  readonly comesBefore: (one: string, other: string) => boolean;
  /** Resolves when it is known what an upstream offers, or that it cannot be known for now. Never rejects. */
  readonly load: (upstream: string) => Promise<unknown>;
  /** Finds the owner among those that are known. */
  readonly find: () => Resolution | undefined;
  /** Ends the waiting. */
  readonly signal: CancelSignal;
  /** Default: 1 000. Milliseconds. */
  readonly claimMs?: number;
}

/**
 * Waits until the owner of a name is known, and not for the other upstreams: one that hangs must not hold up what another
 * offers. One that comes before the owner may still claim the name, for a second.
 * @returns undefined when none of them owns it, or the waiting ends.
 */
export const awaitOwner = async (search: OwnerSearch): Promise<Resolution | undefined> => {
  const { upstreams, comesBefore, load, find, claimMs = CLAIM_MS } = search;
  const silent = new Set(upstreams);
  const waiting = new Set<() => void>();
  for (const upstream of upstreams) {
    void load(upstream).then(() => {
      silent.delete(upstream);
      for (const wake of waiting) wake();
    });
  }
  let { signal } = search;
  let found: Resolution | undefined;
  while (silent.size > 0 && !signal.aborted) {
    await whenAborted(new Promise<void>((resolve) => waiting.add(resolve)), signal).catch(() => {});
    const isFirst = found === undefined;
    found = find();
    if (found === undefined) continue;
    const { upstream } = found.target;
    if (![...silent].some((other) => comesBefore(other, upstream))) return found;
    if (isFirst) signal = AbortSignal.any([toAbortSignal(signal), AbortSignal.timeout(claimMs)]);
  }
  return find();
};
