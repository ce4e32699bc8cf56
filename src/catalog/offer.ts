import type { UpstreamHandle, UpstreamIdentity } from '../dispatch/call.ts';
import { HubError } from '../errors/hub-error.ts';
import { isJsonObject } from '../protocol/json.ts';
import { LIST_KINDS, LISTS, type ListKind } from '../protocol/methods.ts';
import type { CancelSignal } from '../utils/cancellation.ts';
import { createTokenBucket, type TokenBucket } from '../utils/token-bucket.ts';
import { type OwnDefinition, readList } from './read-list.ts';

export interface OfferOptions {
  readonly upstream: UpstreamHandle;
  /** Most definitions of one kind. */
  readonly maxDefinitions: number;
  /** Ends all reading. */
  readonly signal: CancelSignal;
  /** A list has been read; what it holds may be new. */
  readonly onRead: (kind: ListKind) => void;
  readonly onProblem: (message: string) => void;
}

/** So often a list is read again at once; an upstream that goes on telling of changes is read once in `REREAD_MS`. */
const REREADS_AT_ONCE = 5;
const REREAD_MS = 1_000;

/**
 * What one upstream offers, as far as it is known: its lists are read when it is connected, again for each new connection,
 * and again when it says that one has changed.
 */
export class Offer {
  readonly #options: OfferOptions;
  readonly #lists = new Map<ListKind, readonly OwnDefinition[]>();
  readonly #readings = new Map<ListKind, Promise<void>>();
  readonly #staleKinds = new Set<ListKind>();
  readonly #rereads = new Map<ListKind, TokenBucket>();
  readonly #putOff = new Set<ListKind>();
  #identity: UpstreamIdentity | undefined;
  #loading: { readonly since: number; readonly connected: Promise<boolean> } | undefined;
  #hasFailed = false;

  constructor(options: OfferOptions) {
    this.#options = options;
    options.upstream.onReady((identity) => this.#onReady(identity));
    options.upstream.onListChanged((kind) => this.#readAgain(kind));
  }

  get identity(): UpstreamIdentity | undefined {
    return this.#identity;
  }

  /** The definitions of a kind; undefined while they are not known. */
  definitions(kind: ListKind): readonly OwnDefinition[] | undefined {
    return this.#lists.get(kind);
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
    if (this.#lists.has(kind)) return;
    this.#loading ??= { since: performance.now(), connected: this.#connect() };
    if (!(await this.#loading.connected) || this.#lists.has(kind)) return;
    await (this.#readings.get(kind) ?? this.#read(kind));
  }

  /** Reads a list again; resolves when that is done. */
  refresh(kind: ListKind): Promise<void> {
    return this.#read(kind);
  }

  async #connect(): Promise<boolean> {
    try {
      await this.#options.upstream.connect(this.#options.signal);
      return true;
    } catch {
      // The upstream itself has announced why.
      this.#hasFailed = true;
      this.#loading = undefined;
      return false;
    }
  }

  #onReady(identity: UpstreamIdentity): void {
    this.#identity = identity;
    this.#hasFailed = false;
    for (const kind of LIST_KINDS) void this.#read(kind);
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
      if (this.#readings.size === 0) this.#loading = undefined;
    });
    this.#readings.set(kind, reading);
    return reading;
  }

  async #readUntilFresh(kind: ListKind): Promise<void> {
    do {
      this.#staleKinds.delete(kind);
      await this.#readOnce(kind);
    } while (this.#staleKinds.has(kind) && this.#mayReread(kind));
    if (this.#staleKinds.delete(kind)) this.#readLater(kind);
  }

  #readAgain(kind: ListKind): void {
    if (this.#readings.has(kind)) this.#staleKinds.add(kind);
    else if (this.#mayReread(kind)) void this.#read(kind);
    else this.#readLater(kind);
  }

  #readLater(kind: ListKind): void {
    if (this.#putOff.has(kind)) return;
    this.#putOff.add(kind);
    const read = (): void => {
      this.#putOff.delete(kind);
      void this.#read(kind);
    };
    setTimeout(read, REREAD_MS).unref();
  }

  #mayReread(kind: ListKind): boolean {
    const bucket =
      this.#rereads.get(kind) ?? createTokenBucket({ capacity: REREADS_AT_ONCE, perSecond: 1000 / REREAD_MS });
    this.#rereads.set(kind, bucket);
    return bucket.take();
  }

  async #readOnce(kind: ListKind): Promise<void> {
    const { upstream, maxDefinitions, signal, onProblem, onRead } = this.#options;
    const entry = LISTS[kind];
    if (!isJsonObject(this.#identity?.capabilities[entry.capability])) {
      this.#lists.set(kind, []);
      onRead(kind);
      return;
    }
    const mirrorsArguments = this.#identity?.mirrorsArguments === true;
    try {
      const { definitions, problems } = await readList(upstream, entry, { maxDefinitions, mirrorsArguments, signal });
      for (const problem of problems) onProblem(problem);
      this.#lists.set(kind, definitions);
      this.#hasFailed = false;
    } catch (thrown) {
      if (signal.aborted) return;
      const error = HubError.from(thrown);
      // A server with resources but without templates refuses that list: it has none.
      if (kind !== 'templates' || !isRefusal(error)) onProblem(error.message);
      if (!isRefusal(error)) this.#hasFailed = true;
      else if (!this.#lists.has(kind)) this.#lists.set(kind, []);
    }
    onRead(kind);
  }
}

/** Whether the upstream answered that it has no such list; a list that could not be asked for stays unknown. */
const isRefusal = ({ cause }: HubError): boolean => !(cause instanceof HubError) || cause.code === 'UPSTREAM_INVALID';
