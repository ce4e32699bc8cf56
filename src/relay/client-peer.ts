import type { ClientContext } from '../dispatch/call.ts';
import type { Reply } from '../dispatch/reply.ts';
import { HubError } from '../errors/hub-error.ts';
import type { Codec, Implementation } from '../protocol/codec.ts';
import type { LineParts } from '../protocol/framing.ts';
import type { JsonObject, JsonValue } from '../protocol/json.ts';
import type { ErrorBody, NotificationMessage, RequestId, ResultBytes } from '../protocol/message.ts';
import { LISTS, type ListKind, methodEntry, type NamedKind } from '../protocol/methods.ts';
import { createErrorBody, INVALID_REQUEST, METHOD_NOT_FOUND, toRequestId } from '../protocol/parse.ts';
import { Cancellation, type CancelSignal } from '../utils/cancellation.ts';
import { follow } from '../utils/eventual.ts';
import { shortened } from '../utils/shortened.ts';
import { answerList } from './lists.ts';
import type { Refused, Relay } from './relay.ts';
import { type PeerRequest, RoutedCall } from './routed-call.ts';

/** Takes the messages that go to one client, each as one line in parts. */
export interface ClientChannel {
  /** Sends the answer to a request of the client; nothing that belongs to it comes after. */
  answer(parts: LineParts, id: RequestId): void;
  /**
   * Sends a notification or a question.
   * @param about the client's request that it belongs to; none for what comes unasked.
   */
  send(parts: LineParts, about?: RequestId): void;
}

export interface ClientPeerOptions {
  readonly clientId: string;
  readonly codec: Codec;
  readonly relay: Relay;
  /** Carries a routed request; how the client can be asked is its business. */
  readonly carry: (request: PeerRequest) => PromiseLike<Reply>;
  /** Told of every reply to a routed request, before it is answered. */
  readonly onReply?: (reply: Reply) => void;
  /** Whether log messages that come while a call is under way are sent for it, as its request asked. */
  readonly sendsLogsOfCalls: boolean;
  readonly channel: ClientChannel;
  readonly serverInfo: Implementation;
}

interface InFlight {
  /** Undefined once it is answered: what a Map has held may outlive several collections of garbage. */
  cancel: Cancellation | undefined;
  /** Resolves when the request is answered, or given up. */
  done: PromiseLike<void> | undefined;
}

/** A request as far as it could be read. */
export interface ReceivedRequest {
  readonly method: string;
  readonly params: JsonObject | undefined;
  /** Its size on the wire. */
  readonly bytesIn: number;
}

/** A request whose params the codec has judged. */
export interface JudgedRequest extends ReceivedRequest {
  readonly id: RequestId;
  readonly params: JsonObject;
  readonly progressToken: JsonValue | undefined;
  readonly logLevel: string | undefined;
}

/**
 * The requests of one client that are under way: by its own ids and progress tokens, which never leave this place. Each
 * request is answered exactly once, or not at all where the client has cancelled it.
 */
export class ClientPeer {
  readonly #options: ClientPeerOptions;
  readonly #inFlight = new Map<RequestId, InFlight>();

  constructor(options: ClientPeerOptions) {
    this.#options = options;
  }

  /** Serves a list or a routed request; another method of the era's is the caller's to serve. */
  serve(request: JudgedRequest, client: ClientContext): void {
    const { codec } = this.#options;
    const entry = methodEntry(request.method, codec.era);
    if (entry === undefined || entry.way === 'local') {
      this.refuse(request, createErrorBody(METHOD_NOT_FOUND, `Method not found: ${shortened(request.method)}`));
      return;
    }
    if (entry.way === 'list') this.track(request.id, (signal) => this.#serveList(request, entry.list, client, signal));
    else this.#serveRouted(request, entry.subject, client);
  }

  /** Whether the id is that of a request that is not answered yet. */
  isUnderWay(id: RequestId): boolean {
    return this.#inFlight.has(id);
  }

  /** Runs the work of a request under its id, which no other may have, so that it can be cancelled and waited for. */
  track(id: RequestId, work: (signal: CancelSignal) => PromiseLike<void>): void {
    const cancel = new Cancellation();
    const entry = this.#begin(id, cancel);
    entry.done = work(cancel).then(
      () => this.#forget(id),
      (error: unknown) => this.fail(id, error),
    );
  }

  #begin(id: RequestId, cancel: Cancellation): InFlight {
    const entry: InFlight = { cancel, done: undefined };
    this.#inFlight.set(id, entry);
    return entry;
  }

  #forget(id: RequestId): void {
    const entry = this.#inFlight.get(id);
    if (entry === undefined) return;
    this.#inFlight.delete(id);
    entry.cancel = undefined;
    entry.done = undefined;
  }

  /** Gives up the request that a `notifications/cancelled` names; any other is ignored. */
  cancel({ params }: NotificationMessage): void {
    const id = toRequestId(params?.['requestId']);
    const reason = typeof params?.['reason'] === 'string' ? params['reason'] : 'no reason given';
    if (id !== undefined)
      this.#inFlight.get(id)?.cancel?.abort(new HubError('CANCELLED', `the client cancelled it: ${reason}`));
  }

  /** Gives up everything that is under way; each request is answered with the reason. */
  abandonAll(reason: HubError): void {
    for (const { cancel } of [...this.#inFlight.values()]) cancel?.abort(reason);
  }

  /** The request that is under way, when it is the only one. */
  onlyRequest(): RequestId | undefined {
    const [only] = this.#inFlight.keys();
    return this.#inFlight.size === 1 ? only : undefined;
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    while (this.#inFlight.size > 0)
      await Promise.allSettled([...this.#inFlight.values()].flatMap(({ done }) => done ?? []));
  }

  sendResult(id: RequestId, bytes: ResultBytes | string): void {
    const head = `{"jsonrpc":"2.0","id":${id},"result":`;
    const isWhole = typeof bytes === 'string' || bytes instanceof Uint8Array;
    this.#options.channel.answer(isWhole ? [head, bytes, '}'] : [head, ...bytes, '}'], id);
  }

  sendError(id: RequestId, error: ErrorBody): void {
    this.#options.channel.answer([`{"jsonrpc":"2.0","id":${id},"error":`, error.bytes, '}'], id);
  }

  /** Answers a request with an error without asking any upstream; the log says so. */
  refuse(request: ReceivedRequest & { readonly id: RequestId }, error: ErrorBody, outcome: Refused = 'error'): void {
    this.noteRefusal(request, error, outcome);
    this.sendError(request.id, error);
  }

  /** Tells the log of a request that was refused. */
  noteRefusal({ method, params = {}, bytesIn }: ReceivedRequest, error: ErrorBody, outcome: Refused): void {
    const { clientId, relay } = this.#options;
    relay.refuse({ method, params, clientId, bytesIn }, error, outcome);
  }

  /** @param about the client's request that it belongs to, where it belongs to one. */
  sendNotification(method: string, params?: JsonObject, about?: RequestId): void {
    this.#options.channel.send([JSON.stringify({ jsonrpc: '2.0', method, ...(params && { params }) })], about);
  }

  async #serveList(request: JudgedRequest, kind: ListKind, client: ClientContext, signal: CancelSignal): Promise<void> {
    const { relay, codec, serverInfo } = this.#options;
    const { id, params } = request;
    const answer = await answerList(relay.viewOf(client), { kind, params, codec, serverInfo, signal });
    if (isCancelledByClient(signal)) return;
    if (answer.ok) this.sendResult(id, answer.bytes);
    else if (signal.aborted) this.sendError(id, answer.error);
    else this.refuse(request, answer.error);
  }

  #serveRouted(request: JudgedRequest, subject: NamedKind, client: ClientContext): void {
    const cancel = new Cancellation();
    const call = new RoutedCall(this, request, subject, client, cancel, this.#options.sendsLogsOfCalls);
    const entry = this.#begin(request.id, cancel);
    entry.done = follow(this.#options.carry(call), call, answerCall, failCall);
  }

  /** Answers a routed request, unless its client does not want the answer any more. */
  answer({ id, method, signal }: PeerRequest, reply: Reply): void {
    try {
      this.#options.onReply?.(reply);
      if (!isCancelledByClient(signal)) this.#answer(id, method, reply);
      this.#forget(id);
    } catch (error) {
      this.fail(id, error);
    }
  }

  /** Answers a request whose work has thrown. */
  fail(id: RequestId, error: unknown): void {
    this.#forget(id);
    this.sendError(id, this.#options.relay.fault('a request', error));
  }

  #answer(id: RequestId, method: string, reply: Reply): void {
    const { codec, serverInfo } = this.#options;
    if (reply.kind === 'error') {
      this.sendError(id, codec.encodeError(method, reply.error, reply.from ?? 'modern'));
      return;
    }
    this.sendResult(id, codec.encodeResult(method, reply.body, serverInfo, reply.tool));
  }
}

const answerCall = (reply: Reply, call: RoutedCall): void => call.peer.answer(call, reply);

const failCall = (error: unknown, call: RoutedCall): void => call.peer.fail(call.id, error);

/** https://modelcontextprotocol.io/specification/2026-07-28/basic#requests */
export const ID_IN_USE: ErrorBody = createErrorBody(
  INVALID_REQUEST,
  'Invalid request: the id belongs to a request that is not answered yet',
);

/** The notifications of change for a set of lists; resources and templates share one. */
export const changeNotifications = (kinds: ReadonlySet<ListKind>): Set<string> =>
  new Set([...kinds].map((kind) => LISTS[kind].changed));

/** A request that its client gave up is not answered; one that the hub gave up is. */
export const isCancelledByClient = (signal: CancelSignal): boolean =>
  signal.aborted && signal.reason instanceof HubError && signal.reason.code === 'CANCELLED';
