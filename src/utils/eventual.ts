/**
 * What comes later, like a promise, at a small part of its cost: whoever follows is told in the turn in which it is settled,
 * not in a later one, so that a message goes all its way at once. What follows is told once; what it throws rejects what
 * follows it in turn. It can be awaited as a promise can.
 *
 * Whoever settles it runs those who follow: it is to be settled last in a piece of work, when nothing is left half done.
 */
export class Eventual<T> implements PromiseLike<T> {
  #state: typeof WAITING | typeof FULFILLED | typeof REJECTED = WAITING;
  #outcome: unknown = undefined;
  /** Those who follow: the first by itself, since most have but one. */
  #first: Follower | undefined = undefined;
  #others: Follower[] | undefined = undefined;

  /** Fulfils it, once. */
  resolve(value: T): void {
    this.#settle(FULFILLED, value);
  }

  /** Rejects it, once. A reason that nobody follows is lost. */
  reject(reason: unknown): void {
    this.#settle(REJECTED, reason);
  }

  // biome-ignore lint/suspicious/noThenProperty: it is a PromiseLike, and is meant to be awaited
  then<Result1 = T, Result2 = never>(
    onFulfilled?: ((value: T) => Result1 | PromiseLike<Result1>) | null,
    onRejected?: ((reason: unknown) => Result2 | PromiseLike<Result2>) | null,
  ): Eventual<Result1 | Result2> {
    const next = new Eventual<Result1 | Result2>();
    const follower = new Follower(onFulfilled, onRejected, next as Eventual<unknown>);
    if (this.#state !== WAITING) follower.tell(this.#state, this.#outcome);
    else if (this.#first === undefined) this.#first = follower;
    else if (this.#others === undefined) this.#others = [follower];
    else this.#others.push(follower);
    return next;
  }

  #settle(state: typeof FULFILLED | typeof REJECTED, outcome: unknown): void {
    if (this.#state !== WAITING) return;
    this.#state = state;
    this.#outcome = outcome;
    const first = this.#first;
    const others = this.#others;
    this.#first = undefined;
    this.#others = undefined;
    first?.tell(state, outcome);
    if (others !== undefined) for (const follower of others) follower.tell(state, outcome);
  }
}

const WAITING = 0;
const FULFILLED = 1;
const REJECTED = 2;

type Handler = (outcome: never) => unknown;

class Follower {
  readonly #onFulfilled: Handler | null | undefined;
  readonly #onRejected: Handler | null | undefined;
  readonly #next: Eventual<unknown>;

  constructor(
    onFulfilled: Handler | null | undefined,
    onRejected: Handler | null | undefined,
    next: Eventual<unknown>,
  ) {
    this.#onFulfilled = onFulfilled;
    this.#onRejected = onRejected;
    this.#next = next;
  }

  tell(state: typeof FULFILLED | typeof REJECTED, outcome: unknown): void {
    const next = this.#next;
    const handler = state === FULFILLED ? this.#onFulfilled : this.#onRejected;
    if (handler == null) {
      if (state === FULFILLED) next.resolve(outcome);
      else next.reject(outcome);
      return;
    }
    let result: unknown;
    try {
      result = handler(outcome as never);
    } catch (error) {
      next.reject(error);
      return;
    }
    if (result instanceof Eventual || result instanceof Promise)
      result.then(
        (value: unknown) => next.resolve(value),
        (reason: unknown) => next.reject(reason),
      );
    else next.resolve(result);
  }
}
