export interface Placed {
  /** Where it stands in its roster; -1 where it is in none. */
  place: number;
}

/**
 * Things that come and go, in no order, at next to no cost for each. No Map and no Set: what one has held may outlive several
 * collections of garbage, since each of its old tables holds the next one.
 */
export class Roster<Entry extends Placed> {
  readonly #entries: Entry[] = [];

  get size(): number {
    return this.#entries.length;
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** One that is in it stays where it is. */
  add(entry: Entry): void {
    if (entry.place !== -1) return;
    entry.place = this.#entries.length;
    this.#entries.push(entry);
  }

  /** One that is not in it is left alone. */
  remove(entry: Entry): void {
    const { place } = entry;
    if (place === -1) return;
    entry.place = -1;
    const last = this.#entries.pop() as Entry;
    if (last === entry) return;
    this.#entries[place] = last;
    last.place = place;
  }
}
