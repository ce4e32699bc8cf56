import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { HubError } from '../../errors/hub-error.ts';
import { renderWireError } from '../../errors/render.ts';
import type { LineParts } from '../../protocol/framing.ts';
import type { Message, NotificationMessage, RequestId } from '../../protocol/message.ts';
import { createErrorBody, toRequestId } from '../../protocol/parse.ts';
import type { ClientConnection } from '../../relay/client-connection.ts';
import { type ClientChannel, ID_IN_USE } from '../../relay/client-peer.ts';
import { sendEmpty, sendError, sendJson } from './answer.ts';
import type { ClientQueue } from './client-queue.ts';
import { createEventHistory, type EventHistory } from './event-history.ts';
import { type EventStream, openEventStream } from './event-stream.ts';
import type { HistoryBudget } from './history-budget.ts';
import { createUnaskedStreams, type UnaskedStreams } from './unasked-streams.ts';

export interface LegacyHttpSessionOptions {
  /** Who opened it: nobody else can use it. */
  readonly principal: string;
  readonly open: (channel: ClientChannel) => ClientConnection;
  readonly queue: ClientQueue;
  /** The room that it shares with other sessions. */
  readonly historyBudget: HistoryBudget;
}

/** A request that is not answered yet: it gets a JSON body where the answer comes alone and soon, else a stream. */
interface Exchange {
  readonly response: ServerResponse;
  readonly streamName: string;
  readonly timer: NodeJS.Timeout | undefined;
  stream: EventStream | undefined;
}

/** A request that takes longer gets a stream, so that its answer can be fetched when the connection breaks. */
const STREAM_AFTER_MS = 100;

/** The first revision whose clients take an event that has only an id. */
const PRIMED_FROM = '2025-11-25';

/**
 * One legacy session over HTTP: the answer to a request, and what belongs to it, goes on the response of its POST; the rest
 * goes on the stream of a GET. A broken stream can be resumed within a bounded history, and is no cancellation.
 * https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#streamable-http
 */
export class LegacyHttpSession {
  readonly id = randomUUID();
  readonly principal: string;
  readonly #connection: ClientConnection;
  readonly #queue: ClientQueue;
  readonly #history: EventHistory;
  readonly #exchanges = new Map<RequestId, Exchange>();
  readonly #unasked: UnaskedStreams;
  #lastUsedAt = performance.now();

  constructor({ principal, open, queue, historyBudget }: LegacyHttpSessionOptions) {
    this.principal = principal;
    this.#queue = queue;
    this.#history = createEventHistory(historyBudget);
    this.#unasked = createUnaskedStreams(this.#history);
    this.#connection = open({
      answer: (parts, id) => this.#answer(parts, id),
      send: (parts, about) => {
        queue.offer(parts, () => this.#send(parts, about));
        queue.check();
      },
    });
  }

  /** How long nothing has come from the client while no stream of it is open and nothing is under way; milliseconds. */
  idleMs(): number {
    const isInUse = this.#unasked.isOpen() || this.#exchanges.size > 0;
    return isInUse ? 0 : performance.now() - this.#lastUsedAt;
  }

  /** Takes one message of the client; a request is answered on `response`, anything else with 202. */
  receive(message: Message, bytesIn: number, request: IncomingMessage, response: ServerResponse): void {
    this.#lastUsedAt = performance.now();
    if (message.kind === 'request') {
      if (this.#exchanges.has(message.id)) {
        this.#connection.onRefused({ ...message, bytesIn }, ID_IN_USE, 'denied');
        sendError(response, 400, ID_IN_USE, message.id);
        return;
      }
      this.#expect(message.id, request, response);
      this.#connection.onRequest(message, bytesIn);
      return;
    }
    if (message.kind !== 'notification') this.#connection.onAnswer(message);
    else {
      this.#connection.onNotification(message);
      if (message.method === 'notifications/cancelled') this.#endCancelled(message);
    }
    sendEmpty(response, 202);
  }

  /** Opens a stream of unasked messages, or goes on with the stream that `lastEventId` names; `''` names none. */
  listen(response: ServerResponse, lastEventId: string): void {
    this.#lastUsedAt = performance.now();
    const resumption = this.#history.after(lastEventId);
    const stream = this.#openStream(response);
    if (resumption === undefined || this.#unasked.owns(resumption.stream)) {
      this.#unasked.open(response, stream, resumption);
      return;
    }
    for (const [eventId, bytes] of resumption.events) stream.send([bytes], eventId);
    const entry = [...this.#exchanges].find(([, { streamName }]) => streamName === resumption.stream);
    // Its answer was among the events that were sent again.
    if (entry === undefined) stream.end();
    else this.#exchanges.set(entry[0], { ...entry[1], response, stream });
  }

  /** Answers what is under way with the reason. */
  abandon(reason: HubError): void {
    this.#connection.abandon(reason);
  }

  /** Resolves when nothing is under way. */
  settled(): Promise<void> {
    return this.#connection.settled();
  }

  /** Gives up what is still under way, and ends all streams. */
  close(reason: HubError): void {
    this.#connection.close();
    const { code, message, data } = renderWireError(reason);
    const error = createErrorBody(code, message, data);
    for (const [id, exchange] of [...this.#exchanges]) {
      if (exchange.stream === undefined) sendError(exchange.response, 404, error, id);
      else this.#answer([`{"jsonrpc":"2.0","id":${id},"error":`, error.bytes, '}'], id);
    }
    this.#exchanges.clear();
    this.#unasked.endAll();
    this.#history.close();
  }

  #expect(id: RequestId, { headers }: IncomingMessage, response: ServerResponse): void {
    this.#queue.add(response);
    const isPrimed = String(headers['mcp-protocol-version'] ?? '') >= PRIMED_FROM;
    const timer = setTimeout(() => this.#stream(id, isPrimed), STREAM_AFTER_MS).unref();
    this.#exchanges.set(id, { response, streamName: randomUUID(), stream: undefined, timer });
  }

  /** The stream of a request; it is there for what comes later even where the connection has broken. */
  #stream(id: RequestId, isPrimed = false): void {
    const exchange = this.#exchanges.get(id);
    if (exchange === undefined || exchange.stream !== undefined) return;
    clearTimeout(exchange.timer);
    exchange.stream = this.#openStream(exchange.response);
    if (isPrimed) exchange.stream.prime(this.#history.endOf(exchange.streamName));
  }

  #answer(parts: LineParts, id: RequestId): void {
    const exchange = this.#take(id);
    if (exchange === undefined) return;
    const { response, stream, streamName } = exchange;
    if (stream === undefined) sendJson(response, 200, parts, { 'mcp-session-id': this.id });
    else {
      stream.send(parts, this.#history.keep(streamName, parts));
      this.#history.endStream(streamName);
      stream.end();
    }
    this.#queue.check();
  }

  #send(parts: LineParts, about: RequestId | undefined): void {
    const exchange = about === undefined ? undefined : this.#exchanges.get(about);
    if (about === undefined || exchange === undefined) {
      this.#unasked.send(parts);
      return;
    }
    this.#stream(about);
    exchange.stream?.send(parts, this.#history.keep(exchange.streamName, parts));
  }

  /** A request that its client has cancelled is not answered; its response ends without a message. */
  #endCancelled({ params }: NotificationMessage): void {
    const id = toRequestId(params?.['requestId']);
    const exchange = id === undefined ? undefined : this.#take(id);
    if (exchange === undefined) return;
    this.#history.endStream(exchange.streamName);
    (exchange.stream ?? this.#openStream(exchange.response)).end();
  }

  #take(id: RequestId): Exchange | undefined {
    const exchange = this.#exchanges.get(id);
    clearTimeout(exchange?.timer);
    this.#exchanges.delete(id);
    return exchange;
  }

  #openStream(response: ServerResponse): EventStream {
    this.#queue.add(response);
    return openEventStream(response, { 'mcp-session-id': this.id });
  }
}

/** The reason for a session that its client has ended. */
export const endedByClient = (): HubError => new HubError('CANCELLED', 'the client ended the session');
