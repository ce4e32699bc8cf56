import type { UpstreamSet } from '../dispatch/call.ts';
import type { Implementation } from '../protocol/codec.ts';
import type { Era } from '../protocol/era.ts';
import type { JsonObject } from '../protocol/json.ts';
import { LIST_KINDS, type ListKind } from '../protocol/methods.ts';
import { settledWithin } from '../utils/settled-within.ts';
import { definitionBytesOf } from './definition-bytes.ts';
import { createLearnedUris } from './learned-uris.ts';
import { linkersOfUris } from './linked-uris.ts';
import {
  type Entry,
  type ExposureRules,
  isSameList,
  type MergedList,
  type MergeOptions,
  mergeLists,
  type Source,
} from './merge.ts';
import { Offer } from './offer.ts';
import { type JointOffer, jointOffer } from './offered-capabilities.ts';
import { createUriNamings, type UriNaming } from './uri-naming.ts';
import { compileUriTemplate, type UriMatcher } from './uri-template.ts';

export interface CatalogOptions extends MergeOptions {
  readonly upstreams: UpstreamSet;
  readonly rulesOf: (upstream: string) => ExposureRules;
  /** Most definitions of one kind that an upstream may have. */
  readonly maxDefinitions: number;
  /** How long a list waits for an upstream that was never seen. */
  readonly firstListMs: number;
  /** All lists of an upstream are known. */
  readonly onListed: (listed: UpstreamListing) => void;
  readonly onProblem: (upstream: string, message: string) => void;
}

/** What an upstream itself offers, before filters. */
export interface UpstreamListing {
  readonly upstream: string;
  readonly serverInfo: Implementation;
  readonly counts: Readonly<Record<ListKind, number>>;
  /** Bytes of name, description and input schema of all tools. */
  readonly definitionBytes: number;
}

/** How long a change may wait for the other lists of the same upstream. Milliseconds. */
const ANNOUNCE_WITHIN_MS = 500;

type ChangeListener = (kinds: ReadonlySet<ListKind>) => void;

/** What all upstreams offer, as one. */
export class Catalog {
  readonly #options: CatalogOptions;
  readonly #offers: ReadonlyMap<string, Offer>;
  readonly #stop = new AbortController();
  readonly #merged = new Map<ListKind, MergedList>();
  readonly #listeners = new Set<ChangeListener>();
  readonly #firstServedListeners = new Set<() => void>();
  readonly #announced = new Map<ListKind, MergedList>();
  readonly #dirtyKinds = new Set<ListKind>();
  readonly #reported = new Set<string>();
  readonly #learned = createLearnedUris();
  #matchers: { readonly list: MergedList; readonly all: ReadonlyArray<readonly [UriMatcher, Entry]> } | undefined;
  #namings: ReadonlyMap<string, UriNaming> | undefined;
  #linkers: ReadonlyMap<string, ReadonlySet<string>> | undefined;
  #announceAtLatest: NodeJS.Timeout | undefined;

  constructor(options: CatalogOptions) {
    this.#options = options;
    this.#offers = new Map(options.upstreams.names.map((name) => [name, this.#createOffer(name)]));
  }

  /**
   * Resolves when the list of every upstream is known, or as soon as waiting for the rest is not worth it: each upstream
   * that was never seen is waited for at most `firstListMs` from its first start; one that has failed is tried again
   * without waiting.
   */
  async ready(kind: ListKind): Promise<void> {
    const waits = [...this.#offers].flatMap(([upstream, offer]) => {
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

  /** The merged list as it is known now. The same object is returned until something changes. */
  list(kind: ListKind): MergedList {
    const known = this.#merged.get(kind);
    if (known !== undefined) return known;
    const namingOf = (upstream: string): UriNaming | undefined => this.uriNamingOf(upstream);
    const merged = mergeLists(kind, this.#sources(kind), { ...this.#options, namingOf });
    for (const { upstream, message } of merged.problems) this.#problem(upstream, message);
    this.#merged.set(kind, merged);
    return merged;
  }

  /** The entry of a URI that a template covers. */
  matchTemplate(uri: string): Entry | undefined {
    const list = this.list('templates');
    if (this.#matchers?.list !== list) {
      this.#matchers = { list, all: list.entries.map((entry) => [compileUriTemplate(entry.ownName), entry]) };
    }
    return this.#matchers.all.find(([matches]) => matches(uri))?.[1];
  }

  /** How the URIs of an upstream are offered; undefined where each is offered as it is. */
  uriNamingOf(upstream: string): UriNaming | undefined {
    this.#namings ??= createUriNamings({
      resources: this.list('resources'),
      templates: this.list('templates'),
      linkers: this.#linkersOfUris(),
      ownerOfLinked: (uri) => this.#ownerOfLinked(uri),
      prefixOf: (name) => this.prefixOf(name) || name,
    });
    return this.#namings.get(upstream);
  }

  /** The first upstream that has a tool which names this URI as its user interface. */
  linkedOwner(uri: string): string | undefined {
    const [first] = this.#linkersOfUris().get(uri) ?? [];
    return first;
  }

  /** Remembers the URIs that a result of an upstream names, so that they can be read afterwards. */
  learnUris(upstream: string, result: JsonObject): void {
    this.#learned.learn(upstream, result);
  }

  /** The upstream whose result named this URI. */
  learnedOwner(uri: string): string | undefined {
    return this.#learned.ownerOf(uri);
  }

  /** The prefix of an upstream's names; undefined for an unknown upstream. */
  prefixOf(upstream: string): string | undefined {
    return this.#offers.has(upstream) ? this.#options.rulesOf(upstream).prefix : undefined;
  }

  /** Whether the configuration lets a name or URI of an upstream through. */
  isOffered(upstream: string, kind: ListKind, ownName: string): boolean {
    return this.#options.rulesOf(upstream).isOffered(kind, ownName);
  }

  /** What all upstreams offer a client of that era; undefined while one was never reached and has not failed. */
  offer(era: Era): JointOffer | undefined {
    return jointOffer([...this.#offers], era);
  }

  /** The problems that are known of an upstream's definitions. */
  listingOf(upstream: string): UpstreamListing | undefined {
    const offer = this.#offers.get(upstream);
    if (offer?.identity === undefined || LIST_KINDS.some((kind) => offer.definitions(kind) === undefined))
      return undefined;
    const counts = Object.fromEntries(LIST_KINDS.map((kind) => [kind, offer.definitions(kind)?.length ?? 0]));
    return {
      upstream,
      serverInfo: offer.identity.serverInfo,
      counts: counts as Record<ListKind, number>,
      definitionBytes: definitionBytesOf(offer.definitions('tools') ?? []),
    };
  }

  /**
   * Calls the listener once when merged lists differ from what was last served or announced. Lists that nobody has asked
   * for change silently.
   */
  onChanged(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Calls the listener once, when a client has been given its first list. */
  onFirstServed(listener: () => void): void {
    this.#firstServedListeners.add(listener);
  }

  /** Says that a client has been given the list as it is now. */
  markServed(kind: ListKind): void {
    for (const listener of this.#firstServedListeners) listener();
    this.#firstServedListeners.clear();
    // A change that is still to be announced is news to the other clients.
    if (!this.#dirtyKinds.has(kind) || !this.#announced.has(kind)) this.#announced.set(kind, this.list(kind));
  }

  /** Ends all reading. */
  close(): void {
    clearTimeout(this.#announceAtLatest);
    this.#stop.abort();
  }

  #createOffer(name: string): Offer {
    const upstream = this.#options.upstreams.get(name);
    if (upstream === undefined) throw new RangeError(`no upstream ${name}`);
    return new Offer({
      upstream,
      maxDefinitions: this.#options.maxDefinitions,
      signal: this.#stop.signal,
      onRead: (kind) => this.#onRead(name, kind),
      onProblem: (message) => this.#problem(name, message),
    });
  }

  #linkersOfUris(): ReadonlyMap<string, ReadonlySet<string>> {
    this.#linkers ??= linkersOfUris(this.#sources('tools'));
    return this.#linkers;
  }

  /** Where a URI goes that only tools name, in the order in which the owner of any URI is looked for. */
  #ownerOfLinked(uri: string): string | undefined {
    const listed = this.list('resources').byName.get(uri)?.upstream;
    const routed = (this.#options.preferred('resource', uri) ?? []).find((upstream) => this.#offers.has(upstream));
    return listed ?? routed ?? this.matchTemplate(uri)?.upstream ?? this.linkedOwner(uri);
  }

  /** What is made of a list is made anew; tools name resources. */
  #forget(kind: ListKind): void {
    this.#merged.delete(kind);
    this.#namings = undefined;
    if (kind === 'tools') this.#linkers = undefined;
    if (kind === 'prompts' || kind === 'tools' || this.#linkersOfUris().size === 0) return;
    this.#merged.delete('tools');
    this.#dirtyKinds.add('tools');
  }

  #onRead(upstream: string, kind: ListKind): void {
    this.#forget(kind);
    const listing = this.listingOf(upstream);
    if (listing !== undefined) this.#options.onListed(listing);
    this.#dirtyKinds.add(kind);
    this.#announceAtLatest ??= setTimeout(() => this.#announce(), ANNOUNCE_WITHIN_MS).unref();
    setImmediate(() => {
      if (![...this.#offers.values()].some((offer) => offer.isReading)) this.#announce();
    });
  }

  /** What changes together is announced together: when no list is being read, or after a moment. */
  #announce(): void {
    clearTimeout(this.#announceAtLatest);
    this.#announceAtLatest = undefined;
    const changed = new Set<ListKind>();
    for (const kind of this.#dirtyKinds) {
      const before = this.#announced.get(kind);
      const now = this.list(kind);
      if (before === undefined || isSameList(before, now)) continue;
      this.#announced.set(kind, now);
      changed.add(kind);
    }
    this.#dirtyKinds.clear();
    if (changed.size === 0) return;
    for (const listener of this.#listeners) listener(changed);
  }

  async #atMost(loaded: Promise<void>, upstream: string, offer: Offer): Promise<void> {
    const { firstListMs } = this.#options;
    const since = offer.loadingSince ?? performance.now();
    if (await settledWithin(loaded, Math.max(0, since + firstListMs - performance.now()))) return;
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
