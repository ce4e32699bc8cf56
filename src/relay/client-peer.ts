import type { CallSink, ClientContext } from '../dispatch/call.ts';
import type { Reply } from '../dispatch/reply.ts';
import { HubError } from '../errors/hub-error.ts';
import type { Codec, Implementation } from '../protocol/codec.ts';
import type { JsonObject, JsonValue } from '../protocol/json.ts';
import type { ErrorBody, NotificationMessage, RequestId } from '../protocol/message.ts';
import { LISTS, type ListKind, methodEntry } from '../protocol/methods.ts';
import { createErrorBody, INTERNAL_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, toRequestId } from '../protocol/parse.ts';
import { answerList } from './lists.ts';
import type { Relay } from './relay.ts';

/** Takes the lines that go to one client. */
export interface ClientChannel {
  /** Sends one line, given in parts. */
  send(...parts: ReadonlyArray<Uint8Array | string>): void;
  /** Whether so much waits for the client that what it can do without is left out. */
  isFull(): boolean;
}

export interface ClientPeerOptions {
  readonly codec: Codec;
  readonly relay: Relay;
  readonly channel: ClientChannel;
  readonly serverInfo: Implementation;
}

interface InFlight {
  readonly cancel: AbortController;
  /** Resolves when the request is answered, or given up. */
  readonly done: Promise<void>;
}

/** A request whose params the codec has judged. */
export interface JudgedRequest {
  readonly id: RequestId;
  readonly method: string;
  readonly params: JsonObject;
  readonly progressToken: JsonValue | undefined;
  readonly logLevel: string | undefined;
  readonly bytesIn: number;
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
      this.sendError(request.id, createErrorBody(METHOD_NOT_FOUND, `Method not found: ${request.method}`));
      return;
    }
    this.track(request.id, (signal) =>
      entry.way === 'list'
        ? this.#serveList(request, entry.list, client, signal)
        : this.#serveRouted({ ...request, subject: entry.subject }, client, signal),
    );
  }

  /** Runs the work of a request under its id, so that it can be cancelled and waited for. */
  track(id: RequestId, work: (signal: AbortSignal) => Promise<void>): void {
    if (this.#inFlight.has(id)) {
      this.sendError(id, createErrorBody(INVALID_REQUEST, 'the id belongs to a request that is not answered yet'));
      return;
    }
    const cancel = new AbortController();
    const done = work(cancel.signal)
      .catch((error: unknown) =>
        this.sendError(id, createErrorBody(INTERNAL_ERROR, `the hub failed: ${HubError.from(error).message}`)),
      )
      .finally(() => this.#inFlight.delete(id));
    this.#inFlight.set(id, { cancel, done });
  }

  /** Gives up the request that a `notifications/cancelled` names; any other is ignored. */
  cancel({ params }: NotificationMessage): void {
    const id = toRequestId(params?.['requestId']);
    const reason = typeof params?.['reason'] === 'string' ? params['reason'] : 'no reason given';
    if (id !== undefined)
      this.#inFlight.get(id)?.cancel.abort(new HubError('CANCELLED', `the client cancelled it: ${reason}`));
  }

  /** Gives up everything that is under way; each request is answered with the reason. */
  abandonAll(reason: HubError): void {
    for (const { cancel } of this.#inFlight.values()) cancel.abort(reason);
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    while (this.#inFlight.size > 0) await Promise.allSettled([...this.#inFlight.values()].map(({ done }) => done));
  }

  sendResult(id: RequestId, bytes: Uint8Array | string): void {
    this.#options.channel.send(`{"jsonrpc":"2.0","id":${id},"result":`, bytes, '}');
  }

  sendError(id: RequestId, error: ErrorBody): void {
    this.#options.channel.send(`{"jsonrpc":"2.0","id":${id},"error":`, error.bytes, '}');
  }

  sendNotification(method: string, params?: JsonObject): void {
    this.#options.channel.send(JSON.stringify({ jsonrpc: '2.0', method, ...(params && { params }) }));
  }

  async #serveList(
    { id, params }: JudgedRequest,
    kind: ListKind,
    client: ClientContext,
    signal: AbortSignal,
  ): Promise<void> {
    const { relay, codec, serverInfo } = this.#options;
    const answer = await answerList(relay.viewOf(client), { kind, params, codec, serverInfo, signal });
    if (isCancelledByClient(signal)) return;
    if (answer.ok) this.sendResult(id, answer.bytes);
    else this.sendError(id, answer.error);
  }

  async #serveRouted(
    {
      id,
      progressToken,
      ...request
    }: JudgedRequest & { readonly subject: 'tool' | 'prompt' | 'resource' | 'reference' },
    client: ClientContext,
    signal: AbortSignal,
  ): Promise<void> {
    const reply = await this.#options.relay.carry({
      ...request,
      client,
      signal,
      wantsProgress: progressToken !== undefined,
      sink: this.#createSink(id, progressToken),
    });
    if (isCancelledByClient(signal)) return;
    this.#answer(id, request.method, reply);
  }

  #createSink(id: RequestId, progressToken: JsonValue | undefined): CallSink {
    return {
      sent: () => {},
      progress: (params) => {
        if (progressToken === undefined || !this.#inFlight.has(id) || this.#options.channel.isFull()) return;
        this.sendNotification('notifications/progress', { ...params, progressToken });
      },
    };
  }

  #answer(id: RequestId, method: string, reply: Reply): void {
    const { codec, serverInfo } = this.#options;
    if (reply.kind === 'error') {
      this.sendError(id, reply.from === undefined ? reply.error : codec.encodeError(method, reply.error, reply.from));
      return;
    }
    if (reply.kind === 'input_required' && !codec.hasInterimResults) {
      const message = 'the tool asks for input in a way that this revision of the protocol does not have';
      this.sendError(id, createErrorBody(INTERNAL_ERROR, message));
      return;
    }
    this.sendResult(id, codec.encodeResult(method, reply.body, serverInfo));
  }
}

/** The notifications of change for a set of lists; resources and templates share one. */
export const changeNotifications = (kinds: ReadonlySet<ListKind>): Set<string> =>
  new Set([...kinds].map((kind) => LISTS[kind].changed));

/** A request that its client gave up is not answered; one that the hub gave up is. */
const isCancelledByClient = (signal: AbortSignal): boolean =>
  signal.aborted && signal.reason instanceof HubError && signal.reason.code === 'CANCELLED';
