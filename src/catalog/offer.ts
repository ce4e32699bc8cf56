import type { UpstreamHandle, UpstreamIdentity } from '../dispatch/call.ts';
import { HubError } from '../errors/hub-error.ts';
import { isJsonObject } from '../protocol/json.ts';
import { LIST_KINDS, LISTS, type ListKind } from '../protocol/methods.ts';
import type { CancelSignal } from '../utils/cancellation.ts';
import { type ListHints, NO_HINTS, NOTHING_OFFERED } from './list-hints.ts';
import type { KnownOffer, RecalledOffer } from './offer-memory.ts';
import { type OwnDefinition, readList } from './read-list.ts';
import { createRereadPace } from './reread-pace.ts';

export interface OfferOptions {
  /** Another one, once another has taken its place. */
  readonly upstream: UpstreamHandle;
  /** Most definitions of one kind. */
  readonly maxDefinitions: number;
  /** Ends all reading. */
  readonly signal: CancelSignal;
  /** What was known at the end of an earlier run. */
  readonly known: RecalledOffer | undefined;
  /** Whether lists that are known are read again at each new connection. */
  readonly rereadsKnown: boolean;
  /** A list has been read. */
  readonly onRead: (kind: ListKind, isNew: boolean) => void;
  /** No list is being read any more, and all are known. */
  readonly onSettled: (known: KnownOffer, isNew: boolean) => void;
  readonly onProblem: (message: string) => void;
}

interface KnownList {
  readonly definitions: readonly OwnDefinition[];
  /** Whether it has been read in this run. */
  readonly isFresh: boolean;
  readonly hints: ListHints;
}

/**
 * What one upstream offers, as far as it is known, also from an earlier run: its lists are read when it is connected, again for each new connection,
 * and again when it says that one has changed.
 */
export class Offer {
  readonly #options: OfferOptions;
  readonly #lists = new Map<ListKind, KnownList>();
  /** The lists that have been looked for in what was known of an earlier run. */
  readonly #recalled = new Set<ListKind>();
  readonly #readings = new Map<ListKind, Promise<void>>();
  /** The server that each reading is of, as `#generation` counts them. */
  readonly #readFrom = new Map<ListKind, number>();
  readonly #staleKinds = new Set<ListKind>();
  readonly #pace = createRereadPace((kind) => void this.#read(kind));
  #identity: UpstreamIdentity | undefined;
  #loading: { readonly since: number; readonly connected: Promise<boolean> } | undefined;
  #hasFailed = false;
  /** Whether something differs from what was last known. */
  #isNew = false;
  #known: RecalledOffer | undefined;
  /** Whether what is known is of a server that another has replaced. */
  #isDoubted = false;
  /** Counts the servers that there were; what one said is not taken for the word of the next. */
  #generation = 0;
  /** Whether the upstream is not there just now. */
  #isClosed = false;

  constructor(options: OfferOptions) {
    this.#options = options;
    this.#known = options.known;
    this.#identity = options.known?.identity;
    options.upstream.onReady((identity) => {
      if (!this.#isClosed) this.#onReady(identity);
    });
    options.upstream.onListChanged((kind) => {
      if (!this.#isClosed) this.#readAgain(kind);
    });
  }

  /** Another server has taken the place of the one that was read: what is known counts until it has been read. */
  doubt(): void {
    this.#generation += 1;
    // What is under way is an attempt to reach the one before.
    this.#loading = undefined;
    this.#isDoubted = true;
    this.#isNew = true;
    this.#hasFailed = false;
    for (const [kind, { definitions }] of this.#lists)
      this.#lists.set(kind, { definitions, isFresh: false, hints: NO_HINTS });
  }

  /** Another server has taken the place of the one that was read; what was known of that is forgotten. */
  reset(known: RecalledOffer | undefined): void {
    this.doubt();
    this.#isClosed = false;
    this.#isDoubted = false;
    this.#isNew = false;
    this.#known = known;
    this.#identity = known?.identity;
    this.#lists.clear();
    this.#recalled.clear();
  }

  /** The upstream is not there any more, until `reset`. */
  close(): void {
    this.#generation += 1;
    this.#isClosed = true;
  }

  get identity(): UpstreamIdentity | undefined {
    return this.#identity;
  }

  /** The definitions of a kind; undefined while they are not known. */
  definitions(kind: ListKind): readonly OwnDefinition[] | undefined {
    if (!this.#lists.has(kind)) this.#recall(kind);
    return this.#lists.get(kind)?.definitions;
  }

  /** Whether an attempt to reach the upstream, or to read a list, has failed and none has succeeded since. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /** Whether a list is being read. */
  get isReading(): boolean {
    return this.#readings.size > 0;
  }

  /** When the attempt that is under way began, in milliseconds of `performance.now()`; undefined where none is. */
  get loadingSince(): number | undefined {
    return this.#loading?.since;
  }

  /** Resolves when the list is known, or cannot be known for now. Connects the upstream where needed. Never rejects. */
  async load(kind: ListKind): Promise<void> {
    if (this.definitions(kind) !== undefined) return;
    this.#loading ??= { since: performance.now(), connected: this.#connect() };
    if (!(await this.#loading.connected) || this.definitions(kind) !== undefined) return;
    await this.reread(kind);
  }

  /** Whether the list has been read in this run. */
  isFresh(kind: ListKind): boolean {
    return this.#lists.get(kind)?.isFresh ?? false;
  }

  /** The reading of a list that is under way. */
  readingOf(kind: ListKind): Promise<void> | undefined {
    return this.#readings.get(kind);
  }

  hints(kind: ListKind): ListHints {
    return this.#lists.get(kind)?.hints ?? NO_HINTS;
  }

  /**
   * Whether the time is over that the upstream gave its list, and it is connected, so that it can be asked without a start.
   * One that gives no time at all, and tells of changes, is taken at its word.
   * https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/caching
   */
  isExpired(kind: ListKind): boolean {
    const { ttlMs, freshUntil } = this.hints(kind);
    if (ttlMs === undefined || performance.now() < freshUntil || !this.#options.upstream.isConnected()) return false;
    const capability = this.#identity?.capabilities[LISTS[kind].capability];
    return ttlMs > 0 || !isJsonObject(capability) || capability['listChanged'] !== true;
  }

  /** Reads a list again, or waits for the reading that is under way. One of a server that was replaced meanwhile does not count. */
  reread(kind: ListKind): Promise<void> {
    const running = this.#readings.get(kind);
    return running !== undefined && this.#readFrom.get(kind) === this.#generation ? running : this.#read(kind);
  }

  /** Resolves when the list has been read in this run, or cannot be for now. Connects the upstream where needed. Never rejects. */
  async loadFresh(kind: ListKind): Promise<void> {
    if (this.isFresh(kind)) return;
    this.#loading ??= { since: performance.now(), connected: this.#connect() };
    if (!(await this.#loading.connected) || this.isFresh(kind)) return;
    await this.reread(kind);
  }

  /** Reads a list again; resolves when that is done. */
  refresh(kind: ListKind): Promise<void> {
    return this.#read(kind);
  }

  /** Looks for a list of an earlier run, once. */
  #recall(kind: ListKind): void {
    if (this.#recalled.has(kind)) return;
    this.#recalled.add(kind);
    const definitions = this.#known?.list(kind);
    if (definitions !== undefined) this.#lists.set(kind, { definitions, isFresh: false, hints: NO_HINTS });
  }

  async #connect(): Promise<boolean> {
    const { upstream } = this.#options;
    const generation = this.#generation;
    try {
      await upstream.connect(this.#options.signal);
      if (!this.isReading && generation === this.#generation) this.#loading = undefined;
      return true;
    } catch {
      if (this.#options.upstream !== upstream) return this.#connect();
      // The upstream itself has announced why.
      this.#hasFailed = true;
      this.#loading = undefined;
      return false;
    }
  }

  #onReady(identity: UpstreamIdentity): void {
    if (JSON.stringify(identity) !== JSON.stringify(this.#identity)) this.#isNew = true;
    this.#identity = identity;
    this.#hasFailed = false;
    const { rereadsKnown } = this.#options;
    for (const kind of LIST_KINDS) if (rereadsKnown || this.definitions(kind) === undefined) void this.#read(kind);
  }

  /** One reading of a kind at a time; a change during a reading is read after it. */
  #read(kind: ListKind): Promise<void> {
    const running = this.#readings.get(kind);
    if (running !== undefined) {
      this.#staleKinds.add(kind);
      return running;
    }
    const reading = this.#readUntilFresh(kind).finally(() => {
      this.#readings.delete(kind);
      if (this.#readings.size > 0) return;
      this.#loading = undefined;
      this.#settle();
    });
    this.#readings.set(kind, reading);
    return reading;
  }

  #settle(): void {
    // The lists of one server are not kept for another.
    if (this.#isClosed || (this.#isDoubted && !LIST_KINDS.every((kind) => this.isFresh(kind)))) return;
    this.#isDoubted = false;
    const lists = LIST_KINDS.flatMap((kind) => {
      const definitions = this.definitions(kind);
      return definitions === undefined ? [] : [[kind, definitions] as const];
    });
    if (this.#identity === undefined || lists.length < LIST_KINDS.length || this.#options.signal.aborted) return;
    const known = { identity: this.#identity, lists: Object.fromEntries(lists) as unknown as KnownOffer['lists'] };
    this.#options.onSettled(known, this.#isNew);
    this.#isNew = false;
  }

  async #readUntilFresh(kind: ListKind): Promise<void> {
    do {
      this.#staleKinds.delete(kind);
      await this.#readOnce(kind);
    } while (this.#staleKinds.has(kind) && this.#pace.mayReread(kind));
    if (this.#staleKinds.delete(kind)) this.#pace.putOff(kind);
  }

  #readAgain(kind: ListKind): void {
    if (this.#readings.has(kind)) this.#staleKinds.add(kind);
    else if (this.#pace.mayReread(kind)) void this.#read(kind);
    else this.#pace.putOff(kind);
  }

  async #readOnce(kind: ListKind): Promise<void> {
    const { upstream, maxDefinitions, signal, onProblem, onRead } = this.#options;
    const entry = LISTS[kind];
    const generation = this.#generation;
    this.#readFrom.set(kind, generation);
    if (!isJsonObject(this.#identity?.capabilities[entry.capability])) {
      this.#learn(kind, [], NOTHING_OFFERED);
      return;
    }
    const mirrorsArguments = this.#identity?.mirrorsArguments === true;
    try {
      const reading = await readList(upstream, entry, { maxDefinitions, mirrorsArguments, signal });
      if (generation !== this.#generation) return;
      for (const problem of reading.problems) onProblem(problem);
      this.#hasFailed = false;
      this.#learn(kind, reading.definitions, reading.hints);
    } catch (thrown) {
      if (signal.aborted || generation !== this.#generation) return;
      const error = HubError.from(thrown);
      // A server with resources but without templates refuses that list: it has none.
      if (kind !== 'templates' || !isRefusal(error)) onProblem(error.message);
      if (!isRefusal(error)) this.#hasFailed = true;
      else if (this.definitions(kind) === undefined) return this.#learn(kind, [], NO_HINTS);
      onRead(kind, false);
    }
  }

  /** A list that is as it was stays the same one, with all that has been made of it. */
  #learn(kind: ListKind, read: readonly OwnDefinition[], hints: ListHints): void {
    const before = this.definitions(kind);
    const isNew = before === undefined || !isSame(before, read);
    if (isNew) this.#isNew = true;
    this.#lists.set(kind, { definitions: isNew ? read : before, isFresh: true, hints });
    this.#options.onRead(kind, isNew);
  }
}

const isSame = (before: readonly OwnDefinition[], now: readonly OwnDefinition[]): boolean =>
  before.length === now.length && before.every(({ bytes }, index) => now[index]?.bytes.equals(bytes) === true);

/** Whether the upstream answered that it has no such list; a list that could not be asked for stays unknown. */
const isRefusal = ({ cause }: HubError): boolean => !(cause instanceof HubError) || cause.code === 'UPSTREAM_INVALID';
