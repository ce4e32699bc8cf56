import type { Call } from '../dispatch/call.ts';
import { HubError } from '../errors/hub-error.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { ErrorMessage, ResultMessage } from '../protocol/message.ts';
import { Cancellation, type CancelSignal } from '../utils/cancellation.ts';
import { Eventual } from '../utils/eventual.ts';

export interface PendingOptions {
  readonly method: string;
  /** The call that it carries, where it carries one. */
  readonly call: Call | undefined;
  readonly onProgress: ((params: JsonObject) => void) | undefined;
  /** Gives the request up. */
  readonly signal: CancelSignal;
}

/**
 * A request that waits for its answer. Once it is settled it holds on to nothing: it may be found in the old tables of a
 * Map for several collections of garbage more, and with it everything that it holds.
 */
export class PendingRequest {
  readonly method: string;
  call: Call | undefined;
  onProgress: ((params: JsonObject) => void) | undefined;
  #signal: CancelSignal | undefined;
  #onGivenUp: (() => void) | undefined = undefined;
  /** Ends the HTTP request that carries it, where one does. */
  #wire: Cancellation | undefined = undefined;
  #answered: Eventual<ResultMessage | ErrorMessage> | undefined = undefined;

  constructor({ method, call, onProgress, signal }: PendingOptions) {
    this.method = method;
    this.call = call;
    this.onProgress = onProgress;
    this.#signal = signal;
  }

  /** Is settled when the answer is there, in the same turn; it rejects with a HubError where none comes. To be asked for once, before. */
  answered(): Eventual<ResultMessage | ErrorMessage> {
    this.#answered = new Eventual();
    return this.#answered;
  }

  /** Calls the listener when the signal gives the request up before it is settled. */
  whenGivenUp(listener: () => void): void {
    this.#onGivenUp = listener;
    this.#signal?.addEventListener('abort', listener, { once: true });
  }

  /** Aborted when the request is given up, for the transport that carries it. */
  wire(): CancelSignal {
    this.#wire ??= new Cancellation();
    return this.#wire;
  }

  endWire(reason: unknown): void {
    this.#wire ??= new Cancellation();
    this.#wire.abort(reason);
  }

  /** An answer goes on its way at once. A failure is told when those who have failed it are done with that. */
  settle(outcome: ResultMessage | ErrorMessage | HubError): void {
    const answered = this.#answered;
    if (this.#onGivenUp !== undefined) this.#signal?.removeEventListener('abort', this.#onGivenUp);
    this.call = undefined;
    this.onProgress = undefined;
    this.#signal = undefined;
    this.#onGivenUp = undefined;
    this.#answered = undefined;
    if (!(outcome instanceof HubError)) answered?.resolve(outcome);
    else queueMicrotask(() => answered?.reject(outcome));
  }
}
