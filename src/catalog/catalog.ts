import type { UpstreamHandle, UpstreamSet } from '../dispatch/call.ts';
import type { CacheHints } from '../protocol/codec.ts';
import type { Era } from '../protocol/era.ts';
import type { JsonObject } from '../protocol/json.ts';
import { LIST_KINDS, type ListKind } from '../protocol/methods.ts';
import { settledWithin } from '../utils/settled-within.ts';
import { type ChangeListener, createAnnouncements } from './announcements.ts';
import { toCacheHints } from './list-hints.ts';
import {
  type Entry,
  type ExposureRules,
  type MergedList,
  type MergeOptions,
  mergeLists,
  type Source,
} from './merge.ts';
import { Offer } from './offer.ts';
import type { OfferMemory } from './offer-memory.ts';
import { type JointOffer, jointOffer } from './offered-capabilities.ts';
import { listingOf, type UpstreamListing } from './upstream-listing.ts';
import type { UriNaming } from './uri-naming.ts';
import { UriOwners } from './uri-owners.ts';

export interface CatalogOptions extends MergeOptions {
  readonly upstreams: UpstreamSet;
  readonly rulesOf: (upstream: string) => ExposureRules;
  /** Most definitions of one kind that an upstream may have. */
  readonly maxDefinitions: number;
  /** How long a list waits for an upstream that was never seen. */
  readonly firstListMs: number;
  /** What is remembered of earlier runs; default: nothing. */
  readonly memory?: OfferMemory;
  /** Whether lists that are known are read again at each new connection; default true. */
  readonly rereadsKnown?: boolean;
  /** All lists of an upstream are known. */
  readonly onListed: (listed: UpstreamListing) => void;
  readonly onProblem: (upstream: string, message: string) => void;
}

/** How long a list waits for an upstream whose part is out of date by its own word; then it is answered as it was. Milliseconds. */
const REREAD_WITHIN_MS = 2_000;

/** What another configuration has made of the upstreams. */
export interface UpstreamChange {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Those that are others now under the same name, and whether the one before was running. */
  readonly replaced: ReadonlyMap<string, { readonly wasRunning: boolean }>;
}

/** How long news of lists wait for those of upstreams that were replaced. Milliseconds. */
const REREAD_REPLACED_WITHIN_MS = 5_000;

/** What all upstreams offer, as one. */
export class Catalog {
  readonly #options: CatalogOptions;
  #offers: ReadonlyMap<string, Offer>;
  /** Those too whose upstreams are not there now. */
  readonly #allOffers = new Map<string, Offer>();
  readonly #stop = new AbortController();
  readonly #merged = new Map<ListKind, MergedList>();
  readonly #announcements = createAnnouncements({
    list: (kind) => this.list(kind),
    isReading: () => [...this.#offers.values()].some((offer) => offer.isReading),
  });
  readonly #reported = new Set<string>();
  readonly #uris = new UriOwners({
    list: (kind) => this.list(kind),
    tools: () => this.#sources('tools'),
    preferred: (uri) => (this.#options.preferred('resource', uri) ?? []).find((upstream) => this.#offers.has(upstream)),
    prefixOf: (name) => this.prefixOf(name),
  });

  constructor(options: CatalogOptions) {
    this.#options = options;
    this.#offers = this.#offersOf(options.upstreams.names);
  }

  /**
   * The upstreams have changed, or how they are offered. What clients see is told once for all of it, when the upstreams that
   * are read for it have been read. Of one that was replaced what is known counts until then, where it was running or a
   * client has been given lists; else what was known of the new one from an earlier run. A new one that nothing is known of
   * is read where a client has been given lists.
   */
  apply({ added, removed, replaced }: UpstreamChange): void {
    const { isWatched } = this;
    const reading: string[] = [];
    for (const name of removed) {
      this.#allOffers.get(name)?.close();
      this.#uris.forgetLearned(name);
    }
    for (const name of added) this.#allOffers.get(name)?.reset(this.#options.memory?.recall(name));
    for (const [name, { wasRunning }] of replaced) {
      const offer = this.#allOffers.get(name);
      if (wasRunning || isWatched) {
        offer?.doubt();
        reading.push(name);
      } else offer?.reset(this.#options.memory?.recall(name));
    }
    this.#offers = this.#offersOf(this.#options.upstreams.names);
    if (isWatched) reading.push(...added.filter((name) => LIST_KINDS.some((kind) => !this.isKnown(name, kind))));
    this.#merged.clear();
    this.#uris.forget();
    for (const kind of LIST_KINDS) this.#announcements.note(kind);
    const read = Promise.all(reading.flatMap((name) => LIST_KINDS.map((kind) => this.loadFresh(name, kind))));
    this.#announcements.tellAfter(read, REREAD_REPLACED_WITHIN_MS);
  }

  /**
   * Resolves when the list of every upstream is known, or as soon as waiting for the rest is not worth it: each upstream
   * that was never seen is waited for at most `firstListMs` from its first start; one that has failed is tried again
   * without waiting. A list whose time is over, by the word of an upstream that is connected, is read again first.
   */
  async ready(kind: ListKind): Promise<void> {
    const waits = [...this.#offers].flatMap(([upstream, offer]): Array<Promise<unknown>> => {
      if (offer.isExpired(kind)) return [settledWithin(offer.reread(kind), REREAD_WITHIN_MS)];
      if (offer.definitions(kind) !== undefined) return [];
      const isWorthWaiting = !offer.hasFailed;
      const loaded = offer.load(kind);
      return isWorthWaiting ? [this.#atMost(loaded, upstream, offer)] : [];
    });
    await Promise.all(waits);
  }

  /** Resolves when the lists of one upstream are known, or cannot be known for now. */
  async load(upstream: string, kind: ListKind): Promise<void> {
    await this.#offers.get(upstream)?.load(kind);
  }

  /** Resolves when a list of an upstream has been read in this run, or cannot be for now. Connects it where needed. */
  async loadFresh(upstream: string, kind: ListKind): Promise<void> {
    await this.#offers.get(upstream)?.loadFresh(kind);
  }

  /** Reads a list of an upstream again: what is known of it has turned out to be wrong. */
  async refresh(upstream: string, kind: ListKind): Promise<void> {
    await this.#offers.get(upstream)?.refresh(kind);
  }

  /** The era of an upstream, once it has been reached. */
  eraOf(upstream: string): Era | undefined {
    return this.#offers.get(upstream)?.identity?.era;
  }

  /** Whether a list of an upstream is known. */
  isKnown(upstream: string, kind: ListKind): boolean {
    return this.#offers.get(upstream)?.definitions(kind) !== undefined;
  }

  /** Whether a list of an upstream has been read in this run; else it is of an earlier one, or not known. */
  isFresh(upstream: string, kind: ListKind): boolean {
    return this.#offers.get(upstream)?.isFresh(kind) ?? false;
  }

  /** The reading of a list of an upstream that is under way; undefined where none is. */
  readingOf(upstream: string, kind: ListKind): Promise<void> | undefined {
    return this.#offers.get(upstream)?.readingOf(kind);
  }

  /** How long the merged list may be used as it is now. */
  cacheHints(kind: ListKind): CacheHints {
    return toCacheHints([...this.#offers.values()].map((offer) => offer.hints(kind)));
  }

  /** Whether the list has been merged since it last changed, so that it is there at once. */
  isMerged(kind: ListKind): boolean {
    return this.#merged.has(kind);
  }

  /** The merged list as it is known now. The same object is returned until something changes. */
  list(kind: ListKind): MergedList {
    const known = this.#merged.get(kind);
    if (known !== undefined) return known;
    const namingOf = this.uriNamingOf.bind(this);
    const merged = mergeLists(kind, this.#sources(kind), { ...this.#options, namingOf });
    for (const { upstream, message } of merged.problems) this.#problem(upstream, message);
    this.#merged.set(kind, merged);
    return merged;
  }

  /** The entry of a URI that a template covers. */
  matchTemplate(uri: string): Entry | undefined {
    return this.#uris.matchTemplate(uri);
  }

  /** How the URIs of an upstream are offered; undefined where each is offered as it is. */
  uriNamingOf(upstream: string): UriNaming | undefined {
    return this.#uris.namingOf(upstream);
  }

  /** The first upstream that has a tool which names this URI as its user interface. */
  linkedOwner(uri: string): string | undefined {
    return this.#uris.linkedOwner(uri);
  }

  /** Remembers the URIs that a result of an upstream names, so that they can be read afterwards. */
  learnUris(upstream: string, result: JsonObject): void {
    this.#uris.learn(upstream, result);
  }

  /** The upstream whose result named this URI. */
  learnedOwner(uri: string): string | undefined {
    return this.#uris.learnedOwner(uri);
  }

  /** The prefix of an upstream's names; undefined for an unknown upstream. */
  prefixOf(upstream: string): string | undefined {
    return this.#offers.has(upstream) ? this.#options.rulesOf(upstream).prefix : undefined;
  }

  /** Whether the configuration lets a name or URI of an upstream through. */
  isOffered(upstream: string, kind: ListKind, ownName: string): boolean {
    return this.#options.rulesOf(upstream).isOffered(kind, ownName);
  }

  /** What all upstreams offer a client of that era; while one is unknown, all that it may have. */
  offer(era: Era): JointOffer {
    return jointOffer([...this.#offers], era);
  }

  /** What an upstream offers itself; undefined while not all of its lists are known. */
  listingOf(upstream: string): UpstreamListing | undefined {
    const offer = this.#offers.get(upstream);
    return offer && listingOf(upstream, offer);
  }

  /** Calls the listener once when lists differ from what was last served or announced, or was when they were first watched. */
  onChanged(listener: ChangeListener): () => void {
    return this.#announcements.onChanged(listener);
  }

  /** Whether a client has been given a list, or watches one. */
  get isWatched(): boolean {
    return this.#announcements.isWatched;
  }

  /** Calls the listener once, when a client has been given its first list. */
  onFirstServed(listener: () => void): void {
    this.#announcements.onFirstServed(listener);
  }

  /** Says that a client has been given the list as it is now. */
  markServed(kind: ListKind): void {
    this.#announcements.markServed(kind);
  }

  /** Has every change of the list told from now on, whether or not a client has been given it. */
  readonly watch = (kind: ListKind): void => this.#announcements.watch(kind, this.#sources(kind).length > 0);

  /** Ends all reading. */
  close(): void {
    this.#announcements.close();
    this.#stop.abort();
  }

  #offersOf(names: readonly string[]): ReadonlyMap<string, Offer> {
    for (const name of names) if (!this.#allOffers.has(name)) this.#allOffers.set(name, this.#createOffer(name));
    return new Map(names.map((name) => [name, this.#allOffers.get(name) as Offer]));
  }

  #createOffer(name: string): Offer {
    const { upstreams, maxDefinitions, memory, rereadsKnown = true } = this.#options;
    let upstream = upstreams.get(name);
    if (upstream === undefined) throw new RangeError(`no upstream ${name}`);
    return new Offer({
      get upstream() {
        upstream = upstreams.get(name) ?? upstream;
        return upstream as UpstreamHandle;
      },
      maxDefinitions,
      signal: this.#stop.signal,
      known: memory?.recall(name),
      rereadsKnown,
      onRead: (kind, isNew) => this.#onRead(name, kind, isNew),
      onSettled: (known, isNew) => memory?.keep(name, known, isNew),
      onProblem: (message) => this.#problem(name, message),
    });
  }

  /** What is made of a list is made anew; tools name resources. */
  #forget(kind: ListKind): void {
    this.#merged.delete(kind);
    this.#uris.forget(kind);
    if (kind === 'prompts' || kind === 'tools' || this.#uris.linkers().size === 0) return;
    this.#merged.delete('tools');
    this.#announcements.note('tools');
  }

  #onRead(upstream: string, kind: ListKind, isNew: boolean): void {
    if (isNew) {
      this.#forget(kind);
      this.#announcements.note(kind);
    }
    const listing = this.listingOf(upstream);
    if (listing) this.#options.onListed(listing);
    this.#announcements.tellSoon();
  }

  async #atMost(loaded: Promise<void>, upstream: string, offer: Offer): Promise<void> {
    const { firstListMs } = this.#options;
    const waitedMs = performance.now() - (offer.loadingSince ?? performance.now());
    if (await settledWithin(loaded, Math.max(0, firstListMs - waitedMs))) return;
    this.#problem(upstream, `it has not said within ${firstListMs} ms what it offers; lists are answered without it`);
  }

  #sources(kind: ListKind): Source[] {
    return [...this.#offers].flatMap(([upstream, offer]) => {
      const definitions = offer.definitions(kind);
      return definitions === undefined ? [] : [{ upstream, rules: this.#options.rulesOf(upstream), definitions }];
    });
  }

  /** Each problem is told once, however often a list is read. */
  #problem(upstream: string, message: string): void {
    const key = `${upstream}\0${message}`;
    if (this.#reported.has(key)) return;
    this.#reported.add(key);
    this.#options.onProblem(upstream, message);
  }
}
