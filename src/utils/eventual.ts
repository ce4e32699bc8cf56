type OnFulfilled<T, Result> = (value: T) => Result | PromiseLike<Result>;
type OnRejected<Result> = (reason: unknown) => Result | PromiseLike<Result>;

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
  #first: Eventual<unknown> | undefined = undefined;
  #others: Array<Eventual<unknown>> | undefined = undefined;
  /** Whether anybody has ever followed. */
  #isHeard = false;
  /** What it does with the outcome of the one that it follows, and what that is handed besides. */
  #onFulfilled: Handler | null | undefined = undefined;
  #onRejected: Handler | null | undefined = undefined;
  #context: unknown = undefined;

  /** Fulfils it, once. */
  resolve(value: T): void {
    this.#settle(FULFILLED, value);
  }

  /** Rejects it, once. A reason that nobody follows is an unhandled rejection, as that of a promise is. */
  reject(reason: unknown): void {
    this.#settle(REJECTED, reason);
  }

  // biome-ignore lint/suspicious/noThenProperty: it is a PromiseLike, and is meant to be awaited
  then<Result1 = T, Result2 = never>(
    onFulfilled?: OnFulfilled<T, Result1> | null,
    onRejected?: OnRejected<Result2> | null,
  ): Eventual<Result1 | Result2> {
    return this.#followedBy(onFulfilled, onRejected, undefined);
  }

  /** The same, where what is told is handed something more, so that no closure has to be made for it. */
  thenWith<Context, Result1, Result2 = never>(
    context: Context,
    onFulfilled: (value: T, context: Context) => Result1 | PromiseLike<Result1>,
    onRejected?: (reason: unknown, context: Context) => Result2 | PromiseLike<Result2>,
  ): Eventual<Result1 | Result2> {
    return this.#followedBy(onFulfilled, onRejected, context);
  }

  #followedBy<Result>(
    onFulfilled: Handler | null | undefined,
    onRejected: Handler | null | undefined,
    context: unknown,
  ): Eventual<Result> {
    const next = new Eventual<Result>();
    this.#isHeard = true;
    next.#onFulfilled = onFulfilled;
    next.#onRejected = onRejected;
    next.#context = context;
    const follower = next as Eventual<unknown>;
    if (this.#state !== WAITING) follower.#take(this.#state, this.#outcome);
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
    if (first === undefined && state === REJECTED) setImmediate(() => this.#tellIfUnheard(outcome));
    if (first !== undefined) first.#take(state, outcome);
    if (others !== undefined) for (const follower of others) follower.#take(state, outcome);
  }

  /** One that is awaited is followed a turn later. */
  #tellIfUnheard(reason: unknown): void {
    if (!this.#isHeard) void Promise.reject(reason instanceof Error ? reason : new Error(String(reason)));
  }

  /** Takes the outcome of the one that it follows. */
  #take(state: typeof FULFILLED | typeof REJECTED, outcome: unknown): void {
    const handler = state === FULFILLED ? this.#onFulfilled : this.#onRejected;
    const context = this.#context;
    this.#onFulfilled = undefined;
    this.#onRejected = undefined;
    this.#context = undefined;
    if (handler == null) {
      this.#settle(state, outcome);
      return;
    }
    let result: unknown;
    try {
      result = handler(outcome as never, context as never);
    } catch (error) {
      this.#settle(REJECTED, error);
      return;
    }
    if (isThenable(result))
      result.then(
        (value: unknown) => this.#settle(FULFILLED, value),
        (reason: unknown) => this.#settle(REJECTED, reason),
      );
    else this.#settle(FULFILLED, result);
  }
}

const WAITING = 0;
const FULFILLED = 1;
const REJECTED = 2;

type Handler = (outcome: never, context: never) => unknown;

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';

/** Follows a promise of any kind; what is told is handed something more, for which an `Eventual` needs no closure. */
export const follow = <T, Context, Result1, Result2 = never>(
  source: PromiseLike<T>,
  context: Context,
  onFulfilled: (value: T, context: Context) => Result1 | PromiseLike<Result1>,
  onRejected?: (reason: unknown, context: Context) => Result2 | PromiseLike<Result2>,
): PromiseLike<Result1 | Result2> => {
  if (source instanceof Eventual) return source.thenWith(context, onFulfilled, onRejected);
  return source.then(
    (value) => onFulfilled(value, context),
    onRejected && ((reason: unknown) => onRejected(reason, context)),
  );
};
