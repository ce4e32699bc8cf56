/**
 * The part of an `AbortSignal` that the hub itself uses, so that a platform's signal can stand wherever this is asked for.
 * A listener that is added after the end is never called, as with the platform's: look at `aborted` first.
 */
export interface CancelSignal {
  readonly aborted: boolean;
  /** Why; by convention an Error. */
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/**
 * Gives up work, like an `AbortController` and its signal in one, at a small part of their cost: every call needs several,
 * and almost none is ever used. It is given up with each of its parents, too, which hold it until `release`; where they
 * live no longer than the work, nothing has to be released.
 */
export class Cancellation implements CancelSignal {
  aborted = false;
  reason: unknown = undefined;
  /** Those who listen, and those who follow: the first by itself, since most have but one. */
  #first: Listener | undefined = undefined;
  #others: Listener[] | undefined = undefined;
  #parent: CancelSignal | undefined = undefined;
  #otherParents: readonly CancelSignal[] | undefined = undefined;
  /** How it hears of a parent that is none of its kind. */
  #follow: (() => void) | undefined = undefined;

  constructor(parent?: CancelSignal, ...others: readonly CancelSignal[]) {
    if (parent === undefined) return;
    this.#parent = parent;
    this.#join(parent);
    if (others.length === 0) return;
    this.#otherParents = others;
    for (const other of others) this.#join(other);
  }

  /** Gives up, once. Every listener hears of it; what one of them throws is uncaught. */
  abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    this.release();
    for (let listener = this.#takeListener(); listener !== undefined; listener = this.#takeListener()) {
      if (listener instanceof Cancellation) listener.abort(reason);
      else tell(listener);
    }
  }

  /** One after the other, so that one which is removed by another meanwhile is not told. */
  #takeListener(): Listener | undefined {
    const listener = this.#first ?? this.#others?.shift();
    this.#first = undefined;
    return listener;
  }

  /** Ends the connection with its parents. */
  release(): void {
    if (this.#parent === undefined) return;
    for (const parent of [this.#parent, ...(this.#otherParents ?? [])]) {
      if (parent instanceof Cancellation) parent.#remove(this);
      else if (this.#follow !== undefined) parent.removeEventListener('abort', this.#follow);
    }
    this.#parent = undefined;
    this.#otherParents = undefined;
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    if (!this.aborted) this.#add(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.#remove(listener);
  }

  #join(parent: CancelSignal): void {
    if (this.aborted) return;
    if (parent.aborted) this.abort(parent.reason);
    else if (parent instanceof Cancellation) parent.#add(this);
    else {
      this.#follow ??= () =>
        this.abort([this.#parent, ...(this.#otherParents ?? [])].find((one) => one?.aborted)?.reason);
      parent.addEventListener('abort', this.#follow, { once: true });
    }
  }

  #add(listener: Listener): void {
    if (this.#first === undefined && this.#others === undefined) this.#first = listener;
    else if (this.#others === undefined) this.#others = [listener];
    else this.#others.push(listener);
  }

  #remove(listener: Listener): void {
    const index = this.#others?.lastIndexOf(listener) ?? -1;
    if (index !== -1) this.#others?.splice(index, 1);
    else if (this.#first === listener) this.#first = undefined;
    if (this.#others?.length === 0) this.#others = undefined;
  }
}

type Listener = (() => void) | Cancellation;

const tell = (listener: () => void): void => {
  try {
    listener();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
};

/** The platform's own kind of signal, for what wants one. */
export const toAbortSignal = (signal: CancelSignal): AbortSignal => {
  if (signal instanceof AbortSignal) return signal;
  const controller = new AbortController();
  if (signal.aborted) controller.abort(signal.reason);
  else signal.addEventListener('abort', () => controller.abort(signal.reason), { once: true });
  return controller.signal;
};
