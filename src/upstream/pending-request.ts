import type { Call } from '../dispatch/call.ts';
import { HubError } from '../errors/hub-error.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { ErrorMessage, ResultMessage } from '../protocol/message.ts';
import { Cancellation, type CancelSignal } from '../utils/cancellation.ts';

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
  /** Rejects with a HubError where no answer comes. */
  readonly answered: Promise<ResultMessage | ErrorMessage>;
  call: Call | undefined;
  onProgress: ((params: JsonObject) => void) | undefined;
  #signal: CancelSignal | undefined;
  #onGivenUp: (() => void) | undefined = undefined;
  /** Ends the HTTP request that carries it, where one does. */
  #wire: Cancellation | undefined = undefined;
  #resolve: ((answer: ResultMessage | ErrorMessage) => void) | undefined;
  #reject: ((error: HubError) => void) | undefined;

  constructor({ method, call, onProgress, signal }: PendingOptions) {
    this.method = method;
    this.call = call;
    this.onProgress = onProgress;
    this.#signal = signal;
    this.answered = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
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

  settle(outcome: ResultMessage | ErrorMessage | HubError): void {
    if (this.#onGivenUp !== undefined) this.#signal?.removeEventListener('abort', this.#onGivenUp);
    if (outcome instanceof HubError) this.#reject?.(outcome);
    else this.#resolve?.(outcome);
    this.call = undefined;
    this.onProgress = undefined;
    this.#signal = undefined;
    this.#onGivenUp = undefined;
    this.#resolve = undefined;
    this.#reject = undefined;
  }
}
