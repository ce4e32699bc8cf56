import type { Call } from '../dispatch/call.ts';
import { HubError } from '../errors/hub-error.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { ErrorMessage, ResultMessage } from '../protocol/message.ts';
import { Cancellation, type CancelSignal } from '../utils/cancellation.ts';
import { Eventual } from '../utils/eventual.ts';
import type { SendOptions } from './transport/transport.ts';

/** How the upstream learns that a request is given up: by a notification, or by the end of its HTTP request alone. */
export type CancelWay = 'notification' | 'stream';

export interface PendingOptions {
  readonly method: string;
  /** The call that it carries, where it carries one. */
  readonly call?: Call | undefined;
  readonly onProgress?: ((params: JsonObject) => void) | undefined;
  /** Gives the request up. */
  readonly signal: CancelSignal;
  /** Further headers, where the transport has any. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** How this request is given up; default: the way of the link. */
  readonly cancelWay?: CancelWay;
}

/** What becomes of a request other than its answer. */
export interface PendingListener {
  onGivenUp(pending: PendingRequest): void;
  onStreamEnd(pending: PendingRequest): void;
}

/**
 * A request that waits for its answer, and what its transport is told of it. Once it is settled it holds on to nothing: it may
 * be found in the old tables of a Map for several collections of garbage more, and with it everything that it holds.
 */
export class PendingRequest implements SendOptions {
  readonly id: number;
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cancelWay: CancelWay | undefined;
  call: Call | undefined;
  onProgress: ((params: JsonObject) => void) | undefined;
  readonly #listener: PendingListener;
  #signal: CancelSignal | undefined;
  #onGivenUp: (() => void) | undefined;
  /** Ends the HTTP request that carries it, where one does. */
  #wire: Cancellation | undefined = undefined;
  #answered: Eventual<ResultMessage | ErrorMessage> | undefined = new Eventual();

  constructor(id: number, options: PendingOptions, listener: PendingListener) {
    const { method, call, onProgress, signal, headers, cancelWay } = options;
    this.id = id;
    this.method = method;
    this.cancelWay = cancelWay;
    this.call = call;
    this.onProgress = onProgress;
    this.#listener = listener;
    this.#signal = signal;
    if (headers !== undefined) this.headers = headers;
    this.#onGivenUp = () => listener.onGivenUp(this);
    signal.addEventListener('abort', this.#onGivenUp, { once: true });
  }

  /** Is settled when the answer is there, in the same turn; it rejects with a HubError where none comes. Undefined once it is. */
  get answered(): Eventual<ResultMessage | ErrorMessage> | undefined {
    return this.#answered;
  }

  /** Why it is given up. */
  get reason(): unknown {
    return this.#signal?.reason;
  }

  /** Aborted when the request is given up, for a transport that asks for it. */
  get signal(): CancelSignal {
    this.#wire ??= new Cancellation();
    return this.#wire;
  }

  onStreamEnd(): void {
    this.#listener.onStreamEnd(this);
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
