import type { Call } from '../dispatch/call.ts';
import type { Answer } from '../dispatch/question.ts';
import { HubError } from '../errors/hub-error.ts';
import { type JsonObject, type JsonValue, parseLossless } from '../protocol/json.ts';
import type {
  ErrorMessage,
  Message,
  NotificationMessage,
  RequestId,
  RequestMessage,
  ResultMessage,
} from '../protocol/message.ts';
import { toRequestId } from '../protocol/parse.ts';
import { Cancellation, type CancelSignal } from '../utils/cancellation.ts';
import type { Eventual } from '../utils/eventual.ts';
import { type CancelWay, type PendingListener, type PendingOptions, PendingRequest } from './pending-request.ts';
import type { CloseCause, Transport } from './transport/transport.ts';

/** Where a request of the upstream comes from. */
export interface AskedOver {
  /** The call on whose own stream it came, where the transport can tell. */
  readonly call: Call | undefined;
  /** The upstream does not want the answer any more. */
  readonly withdrawn: CancelSignal;
}

export interface LinkListener {
  /** @param call the call on whose own stream it came, where the transport can tell. */
  onNotification(message: NotificationMessage, call: Call | undefined): void;
  /** Answers what the upstream asks for; `ping` is answered already. Never rejects. */
  onRequest(message: RequestMessage, asked: AskedOver): Promise<Answer>;
  onProblem(problem: string): void;
  onStderr(line: string): void;
  onClose(cause: CloseCause): void;
}

/** A request to an upstream; it is given up by its signal, whose reason is a HubError. */
export interface LinkRequest extends PendingOptions {
  /** Makes the params for the id that the request gets; the id serves as progress token as well. */
  params(id: number): JsonObject;
}

/** Answers to an upstream that may wait until it reads them. */
const MAX_ANSWERS = 1024;

/**
 * One connection to one upstream: gives every request an id of its own and finds the answer's caller again. Ids start at 1
 * for each connection and never leave it, so answers cannot reach a wrong caller.
 */
export class Link implements PendingListener {
  readonly #name: string;
  readonly #transport: Transport;
  readonly #pending = new Map<string, PendingRequest>();
  /** What the upstream has asked and was not answered yet. */
  readonly #asked = new Map<RequestId, Cancellation>();
  #lastId = 0;
  /** Answers that are on their way to the upstream. */
  #answers = 0;
  #closed: CloseCause | undefined;
  cancelWay: CancelWay = 'notification';
  /** How many messages have come from the upstream. */
  heard = 0;

  constructor(name: string, transport: Transport) {
    this.#name = name;
    this.#transport = transport;
  }

  /** @throws HubError `UPSTREAM_START_FAILED` */
  async start(listener: LinkListener): Promise<void> {
    await this.#transport.start({
      onMessage: (message, about) => this.#receive(message, listener, about && this.#pending.get(about)?.call),
      onProblem: (problem) => listener.onProblem(problem),
      onStderr: (line) => listener.onStderr(line),
      onClose: (cause) => {
        this.#closed = cause;
        this.#failAll(cause);
        listener.onClose(cause);
      },
    });
  }

  /**
   * Sends a request and waits for its answer.
   * @throws HubError when it cannot be sent, the connection ends before the answer, or `signal` gives it up (its reason).
   */
  request(request: LinkRequest): PromiseLike<ResultMessage | ErrorMessage> {
    const { method, signal } = request;
    if (signal.aborted) return Promise.reject(HubError.from(signal.reason, 'CANCELLED'));
    if (this.#closed) return Promise.reject(this.#closedError(this.#closed, method, false));
    this.#lastId += 1;
    const id = this.#lastId;
    const pending = new PendingRequest(id, request, this);
    const answered = pending.answered as Eventual<ResultMessage | ErrorMessage>;
    this.#pending.set(String(id), pending);
    const sending = this.#transport.send({ jsonrpc: '2.0', id, method, params: request.params(id) }, pending);
    sending?.catch((error: unknown) => this.#settle(String(id), HubError.from(error, 'UPSTREAM_CLOSED')));
    return answered;
  }

  onGivenUp(pending: PendingRequest): void {
    const { id, method, cancelWay = this.cancelWay, reason } = pending;
    this.#settle(String(id), HubError.from(reason, 'CANCELLED'));
    if (cancelWay === 'notification' && method !== 'initialize') {
      this.notify('notifications/cancelled', {
        requestId: id,
        reason: reason instanceof Error ? reason.message : String(reason),
      });
    }
    // Its HTTP request ends in any case: a server that was told does not answer any more, and may leave the stream open.
    pending.endWire(reason);
  }

  onStreamEnd({ id, method }: PendingRequest): void {
    const cause = { reason: 'its answer ended before the result came' };
    this.#settle(String(id), this.#closedError(cause, method, true));
  }

  /** Sends a notification; where that fails the connection is about to end, which its listener is told. */
  notify(method: string, params?: JsonObject): void {
    this.#transport.send({ jsonrpc: '2.0', method, ...(params && { params }) })?.catch(() => {});
  }

  setProtocolVersion(version: string): void {
    this.#transport.setProtocolVersion?.(version);
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  /** Leaves what the upstream says with it until `resume`. */
  pause(): void {
    this.#transport.pause?.();
  }

  resume(): void {
    this.#transport.resume?.();
  }

  /** Why it can carry nothing more; undefined while it can. */
  get closed(): CloseCause | undefined {
    return this.#closed;
  }

  get pid(): number | undefined {
    return this.#transport.pid;
  }

  stderrTail(): string {
    return this.#transport.stderrTail();
  }

  #receive(message: Message, listener: LinkListener, call: Call | undefined): void {
    this.heard += 1;
    switch (message.kind) {
      case 'result':
        this.#settle(message.id, message);
        return;
      case 'error':
        if (message.id === undefined) listener.onProblem(`an error without an id: ${message.error.message}`);
        else this.#settle(message.id, message.isUnusable ? this.#unusable(message) : message);
        return;
      case 'notification':
        if (message.method === 'notifications/progress') this.#progress(message);
        else if (!this.#withdraw(message)) listener.onNotification(message, call);
        return;
      case 'request':
        void this.#answer(message, listener, call);
    }
  }

  #settle(key: string, outcome: ResultMessage | ErrorMessage | HubError): void {
    const pending = this.#pending.get(key);
    this.#pending.delete(key);
    pending?.settle(outcome);
  }

  #progress({ params }: NotificationMessage): void {
    if (params !== undefined) this.#pending.get(tokenKey(params['progressToken']))?.onProgress?.(params);
  }

  /** Answers what an upstream asks for. One that asks and does not read its answers gets no more of them. */
  async #answer(message: RequestMessage, listener: LinkListener, call: Call | undefined): Promise<void> {
    if (this.#answers >= MAX_ANSWERS) {
      listener.onProblem(`a request that is not answered, because ${MAX_ANSWERS} answers wait to be read`);
      return;
    }
    this.#answers += 1;
    const withdraw = new Cancellation();
    this.#asked.set(message.id, withdraw);
    const asked: AskedOver = { call, withdrawn: withdraw };
    const answer: Answer =
      message.method === 'ping' ? { ok: true, result: {} } : await listener.onRequest(message, asked);
    this.#asked.delete(message.id);
    if (!withdraw.aborted) await this.#sendAnswer(message, answer);
    this.#answers -= 1;
  }

  async #sendAnswer(message: RequestMessage, answer: Answer): Promise<void> {
    const content = answer.ok ? { result: answer.result } : { error: answer.error };
    // A connection that cannot take the answer is about to end, which its listener is told.
    await this.#transport.send({ jsonrpc: '2.0', id: parseLossless(message.id), ...content })?.catch(() => {});
  }

  /** Whether a notification withdraws what the upstream has asked; then it is not answered. */
  #withdraw({ method, params }: NotificationMessage): boolean {
    const id = method === 'notifications/cancelled' ? toRequestId(params?.['requestId']) : undefined;
    const asked = id && this.#asked.get(id);
    asked?.abort(new HubError('CANCELLED', `${this.#name} does not want the answer any more`));
    return asked !== undefined;
  }

  #failAll(cause: CloseCause): void {
    for (const asked of this.#asked.values()) asked.abort(new HubError('UPSTREAM_CLOSED', `${this.#name} has ended`));
    // One end for all of them: whoever counts failures counts it once.
    const end = new Error(cause.reason);
    for (const [key, { method }] of [...this.#pending]) this.#settle(key, this.#closedError(cause, method, true, end));
  }

  #unusable({ error }: ErrorMessage): HubError {
    return new HubError('UPSTREAM_INVALID', error.message, { upstream: this.#name, sent: true });
  }

  #closedError({ reason }: CloseCause, method: string, sent: boolean, cause?: Error): HubError {
    return new HubError('UPSTREAM_CLOSED', `${this.#name} did not answer ${method}: ${reason}`, {
      upstream: this.#name,
      sent,
      cause,
    });
  }
}

const tokenKey = (token: JsonValue | undefined): string => (typeof token === 'number' ? String(token) : '');
