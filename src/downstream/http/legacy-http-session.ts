import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { HubError } from '../../errors/hub-error.ts';
import type { LineParts } from '../../protocol/framing.ts';
import type { Message, RequestId } from '../../protocol/message.ts';
import { createErrorBody, INVALID_REQUEST } from '../../protocol/parse.ts';
import type { ClientConnection } from '../../relay/client-connection.ts';
import type { ClientChannel } from '../../relay/client-peer.ts';
import { sendEmpty, sendError, sendJson } from './answer.ts';
import { createEventHistory } from './event-history.ts';
import { type EventStream, joined, openEventStream } from './event-stream.ts';

/** Names the stream on which unasked messages go. */
const UNASKED = 'unasked';

/** The response to one POST: a JSON body where the answer comes alone, else a stream. */
interface PostResponse {
  readonly response: ServerResponse;
  readonly streamName: string;
  stream: EventStream | undefined;
}

/**
 * One legacy session over HTTP: the answer to a request, and what belongs to it, goes on the response of its POST; the rest
 * goes on the stream of the client's GET. A broken stream can be resumed within a bounded history.
 * https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#streamable-http
 */
export class LegacyHttpSession {
  readonly id = randomUUID();
  readonly #connection: ClientConnection;
  readonly #history = createEventHistory();
  readonly #posts = new Map<RequestId, PostResponse>();
  #unasked: EventStream | undefined;
  #lastUsedAt = performance.now();

  constructor(open: (channel: ClientChannel) => ClientConnection) {
    this.#connection = open({
      answer: (parts, id) => this.#answer(parts, id),
      send: (parts, about) => this.#send(parts, about),
    });
  }

  /** How long nothing has come from the client while no stream of it is open; milliseconds. */
  idleMs(): number {
    const isOpen = this.#unasked !== undefined || this.#posts.size > 0;
    return isOpen ? 0 : performance.now() - this.#lastUsedAt;
  }

  /** Takes one message of the client; a request is answered on `response`, anything else with 202. */
  receive(message: Message, bytesIn: number, response: ServerResponse): void {
    this.#lastUsedAt = performance.now();
    if (message.kind === 'request') {
      this.#receiveRequest(message.id, response);
      this.#connection.onRequest(message, bytesIn);
      return;
    }
    if (message.kind === 'notification') this.#connection.onNotification(message);
    else this.#connection.onAnswer(message);
    sendEmpty(response, 202);
  }

  /** Opens the stream of unasked messages, or goes on with the stream that `lastEventId` names; `''` names none. */
  listen(response: ServerResponse, lastEventId: string): void {
    this.#lastUsedAt = performance.now();
    const resumed = this.#history.after(lastEventId);
    if (this.#unasked !== undefined && (resumed?.stream ?? UNASKED) === UNASKED) {
      sendError(response, 409, createErrorBody(INVALID_REQUEST, 'the session has a stream open already'));
      return;
    }
    const stream = openEventStream(response, { 'mcp-session-id': this.id });
    for (const [eventId, bytes] of resumed?.events ?? []) stream.send([bytes], eventId);
    if (resumed !== undefined && resumed.stream !== UNASKED) {
      this.#resumePost(resumed.stream, response, stream);
      return;
    }
    this.#unasked = stream;
    response.once('close', () => {
      if (this.#unasked === stream) this.#unasked = undefined;
    });
  }

  /** Gives up what is under way and ends all streams. */
  close(reason: HubError): void {
    this.#connection.abandon(reason);
    this.#connection.close();
    this.#unasked?.end();
    for (const { response, stream } of this.#posts.values()) {
      if (stream === undefined) response.destroy();
      else stream.end();
    }
    this.#posts.clear();
  }

  settled(): Promise<void> {
    return this.#connection.settled();
  }

  /** The end of a connection is no cancellation in this era: the client may come back for the answer. */
  #receiveRequest(id: RequestId, response: ServerResponse): void {
    this.#posts.set(id, { response, streamName: randomUUID(), stream: undefined });
  }

  #answer(parts: LineParts, id: RequestId): void {
    const post = this.#posts.get(id);
    if (post === undefined) return;
    this.#posts.delete(id);
    if (post.stream === undefined) {
      sendJson(post.response, 200, joined(parts), { 'mcp-session-id': this.id });
      return;
    }
    post.stream.send(parts, this.#history.keep(post.streamName, parts));
    post.stream.end();
  }

  #send(parts: LineParts, about: RequestId | undefined): void {
    const post = about === undefined ? undefined : this.#posts.get(about);
    if (post !== undefined) {
      post.stream ??= openEventStream(post.response, { 'mcp-session-id': this.id });
      post.stream.send(parts, this.#history.keep(post.streamName, parts));
      return;
    }
    const eventId = this.#history.keep(UNASKED, parts);
    this.#unasked?.send(parts, eventId);
  }

  #resumePost(streamName: string, response: ServerResponse, stream: EventStream): void {
    const entry = [...this.#posts].find(([, post]) => post.streamName === streamName);
    // Its answer was among the events that were sent again.
    if (entry === undefined) stream.end();
    else this.#posts.set(entry[0], { response, streamName, stream });
  }
}

/** The reason for a session that its client has ended. */
export const endedByClient = (): HubError => new HubError('CANCELLED', 'the client ended the session');
