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
  reason: unknown;
  #listeners: Array<() => void> | undefined;
  #follows: Array<readonly [CancelSignal, () => void]> | undefined;

  constructor(...parents: readonly CancelSignal[]) {
    for (const parent of parents) this.#follow(parent);
  }

  /** Gives up, once. Every listener hears of it; what one of them throws is uncaught. */
  abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    this.release();
    const listeners = this.#listeners ?? [];
    this.#listeners = undefined;
    for (const listener of listeners) tell(listener);
  }

  /** Ends the connection with its parents. */
  release(): void {
    for (const [parent, follow] of this.#follows ?? []) parent.removeEventListener('abort', follow);
    this.#follows = undefined;
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    if (this.aborted) return;
    this.#listeners ??= [];
    this.#listeners.push(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    const index = this.#listeners?.lastIndexOf(listener) ?? -1;
    if (index !== -1) this.#listeners?.splice(index, 1);
  }

  #follow(parent: CancelSignal): void {
    if (this.aborted) return;
    if (parent.aborted) {
      this.abort(parent.reason);
      return;
    }
    const follow = (): void => this.abort(parent.reason);
    parent.addEventListener('abort', follow, { once: true });
    this.#follows ??= [];
    this.#follows.push([parent, follow]);
  }
}

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
