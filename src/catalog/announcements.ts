import type { ListKind } from '../protocol/methods.ts';
import { settledWithin } from '../utils/settled-within.ts';
import { isSameList, type MergedList } from './merge.ts';

export type ChangeListener = (kinds: ReadonlySet<ListKind>) => void;

/** Tells those who have been given lists, or watch them, of changes in them, once for what changes together. */
export interface Announcements {
  onChanged(listener: ChangeListener): () => void;
  /** Calls the listener once, when a client has been given its first list. */
  onFirstServed(listener: () => void): void;
  /** A client has been given the list as it is now. */
  markServed(kind: ListKind): void;
  /**
   * Every change is told from now on, whether or not a client has been given the list. Where nothing is known of it yet,
   * what is first known of it is a change too, but for a client that is given just that.
   */
  watch(kind: ListKind, isKnown: boolean): void;
  /** The list may have changed. */
  note(kind: ListKind): void;
  /** A list has been read: what was noted is told when no other is being read, or after a moment. */
  tellSoon(): void;
  /** Whether a client has been given a list, or watches one. */
  readonly isWatched: boolean;
  /** Tells nothing before the work has come to its end, or its time is over (milliseconds); then all together. */
  tellAfter(work: Promise<unknown>, withinMs: number): void;
  close(): void;
}

export interface AnnouncementsOptions {
  readonly list: (kind: ListKind) => MergedList;
  readonly isReading: () => boolean;
}

/** How long a change may wait for the other lists of the same upstream. Milliseconds. */
const ANNOUNCE_WITHIN_MS = 500;

export const createAnnouncements = ({ list, isReading }: AnnouncementsOptions): Announcements => {
  const listeners = new Set<ChangeListener>();
  const firstServedListeners = new Set<() => void>();
  const announced = new Map<ListKind, MergedList>();
  /** Those of which nothing was known when they were first watched, and nothing has been told since. */
  const blankKinds = new Set<ListKind>();
  const dirtyKinds = new Set<ListKind>();
  let atLatest: NodeJS.Timeout | undefined;
  /** The works that are under way whose ends are to be told together. */
  let held = 0;

  const announce = (): void => {
    clearTimeout(atLatest);
    atLatest = undefined;
    const changed = new Set<ListKind>();
    for (const kind of dirtyKinds) {
      const before = announced.get(kind);
      const now = list(kind);
      if (before === undefined || isSameList(before, now)) continue;
      announced.set(kind, now);
      blankKinds.delete(kind);
      changed.add(kind);
    }
    dirtyKinds.clear();
    if (changed.size === 0) return;
    for (const listener of listeners) listener(changed);
  };

  const tellSoon = (): void => {
    if (held > 0) return;
    atLatest ??= setTimeout(announce, ANNOUNCE_WITHIN_MS).unref();
    setImmediate(() => {
      if (held === 0 && !isReading()) announce();
    });
  };

  return {
    get isWatched() {
      return announced.size > 0;
    },
    tellSoon,
    tellAfter(work, withinMs) {
      held += 1;
      clearTimeout(atLatest);
      atLatest = undefined;
      void settledWithin(work, withinMs).then(() => {
        held -= 1;
        tellSoon();
      });
    },
    onChanged(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    onFirstServed(listener) {
      firstServedListeners.add(listener);
    },
    markServed(kind) {
      for (const listener of firstServedListeners) listener();
      firstServedListeners.clear();
      // A change that is still to be announced is news to the other clients.
      if (!dirtyKinds.has(kind) || !announced.has(kind) || blankKinds.has(kind)) announced.set(kind, list(kind));
      blankKinds.delete(kind);
    },
    watch(kind, isKnown) {
      if (announced.has(kind)) return;
      announced.set(kind, list(kind));
      if (!isKnown) blankKinds.add(kind);
    },
    note(kind) {
      dirtyKinds.add(kind);
    },
    close: () => clearTimeout(atLatest),
  };
};
