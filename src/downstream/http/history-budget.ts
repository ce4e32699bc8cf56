/** What the histories of all sessions may keep together. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Something that is kept, and can be forgotten. */
export interface Forgettable {
  readonly bytes: number;
  /** Told once, when there is no more room for it. */
  readonly forget: () => void;
}

/** The room that several histories share: what is new takes the place of what is oldest, whosever it is. */
export interface HistoryBudget {
  add(item: Forgettable): void;
  /** The item is not kept any more; one that is not known changes nothing. */
  remove(item: Forgettable): void;
  /** The bytes of all that is kept. */
  readonly keptBytes: number;
}

/** @param maxBytes most that is kept; default 64 MiB. */
export const createHistoryBudget = (maxBytes = MAX_BYTES): HistoryBudget => {
  const kept = new Set<Forgettable>();
  let keptBytes = 0;

  const remove = (item: Forgettable): void => {
    if (kept.delete(item)) keptBytes -= item.bytes;
  };

  return {
    add(item) {
      kept.add(item);
      keptBytes += item.bytes;
      for (const oldest of kept) {
        if (keptBytes <= maxBytes) return;
        remove(oldest);
        oldest.forget();
      }
    },
    remove,
    get keptBytes() {
      return keptBytes;
    },
  };
};
