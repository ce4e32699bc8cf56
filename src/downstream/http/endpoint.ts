import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ClientContext } from '../../dispatch/call.ts';
import { HubError } from '../../errors/hub-error.ts';
import { renderWireError } from '../../errors/render.ts';
import type { EventBus } from '../../events/bus.ts';
import type { Implementation } from '../../protocol/codec.ts';
import { LEGACY_VERSIONS, MODERN_VERSIONS } from '../../protocol/era.ts';
import type { ErrorBody, Message, RequestId } from '../../protocol/message.ts';
import { METHODS } from '../../protocol/methods.ts';
import { createErrorBody, INVALID_REQUEST, parseMessage } from '../../protocol/parse.ts';
import { hasModernClaim, unsupportedVersion } from '../../protocol/rev-2026-07-28/codec.ts';
import type { ClientConnection } from '../../relay/client-connection.ts';
import type { ClientChannel, ReceivedRequest } from '../../relay/client-peer.ts';
import { createLegacySession } from '../../relay/legacy-session.ts';
import type { Refused, Relay } from '../../relay/relay.ts';
import { sendEmpty, sendError, sendRefusal } from './answer.ts';
import { refuseMediaTypes, refuseNoStream } from './guard.ts';
import { endedByClient, type LegacyHttpSession } from './legacy-http-session.ts';
import { createLegacySessions } from './legacy-sessions.ts';
import { createLogTurns } from './log-turns.ts';
import { createModernClients } from './modern-clients.ts';
import { refuseNotification, serveModern } from './modern-endpoint.ts';
import { comesFromElsewhere } from './peer.ts';
import { readBody } from './read-body.ts';

export interface EndpointOptions {
  readonly relay: Relay;
  readonly bus: EventBus;
  readonly serverInfo: Implementation;
  /** A larger body is refused with 413. */
  readonly maxBodyBytes: number;
  /** What may wait for a client that reads slowly before what can be left out is left out. */
  readonly maxQueueBytes: number;
  /** Resolves when more calls may come, where there are too many to be logged at present. Default: there never are. */
  readonly logBehind?: () => Promise<void> | undefined;
}

/** The MCP endpoint for both eras. */
export interface Endpoint {
  /** Serves a request of a known principal. */
  handle(request: IncomingMessage, response: ServerResponse, principal: string): Promise<void>;
  /** Ends what was not used for long. */
  sweep(): void;
  /** Refuses further requests, and resolves when none is under way. */
  finish(): Promise<void>;
  /** Answers what is under way with the reason, and ends subscriptions. */
  abandon(reason: HubError): Promise<void>;
  /** Ends all sessions and their streams. */
  close(reason: HubError): void;
}

/** The code is that of servers of the SDK. */
const UNKNOWN_SESSION = createErrorBody(-32001, 'Session not found');

const NO_SESSION = createErrorBody(INVALID_REQUEST, 'Bad Request: Mcp-Session-Id header is required');

const NOT_SPOKEN = createErrorBody(
  INVALID_REQUEST,
  `Bad Request: unsupported protocol version; supported: ${LEGACY_VERSIONS.join(', ')}`,
);

const ALL_METHODS = { allow: 'POST, GET, DELETE' };
const MODERN_METHODS = { allow: 'POST' };

export const createEndpoint = (options: EndpointOptions): Endpoint => {
  const { relay, bus, serverInfo, maxQueueBytes } = options;
  const announce = createAnnouncer(bus);
  const modern = createModernClients({ relay, maxQueueBytes });
  const legacy = createLegacySessions({ open: (...session) => openSession(...session), maxQueueBytes });
  const turns = createLogTurns(options.logBehind);
  /** Stands in the log for those that have no session, or none that is known. */
  const strangerId = randomUUID();
  let isEnding = false;

  const openSession = (channel: ClientChannel, isElsewhere: boolean): ClientConnection => {
    const clientId = randomUUID();
    const connection = createLegacySession({
      clientId,
      relay,
      serverInfo,
      channel,
      onClientKnown: announce.connected,
      isElsewhere,
    });
    return {
      ...connection,
      close() {
        connection.close();
        announce.disconnected(clientId);
      },
    };
  };

  const receive = (
    request: IncomingMessage,
    response: ServerResponse,
    principal: string,
    message: Message,
    bytesIn: number,
  ): void => {
    if (isEnding && message.kind === 'request') {
      const { code, message: text } = renderWireError(new HubError('SHUTTING_DOWN', 'the hub is ending'));
      sendError(response, 503, createErrorBody(code, text), message.id, { connection: 'close' });
    } else if (!isModern(request, message)) {
      sessionFor(request, response, principal, message, bytesIn)?.receive(message, bytesIn, request, response);
    } else if (message.kind === 'request') {
      const { id: clientId, ...client } = modern.of(principal, message.params);
      serveModern(request, response, message, bytesIn, {
        ...client,
        clientId,
        relay,
        serverInfo,
        onClientKnown: announce.connected,
        isElsewhere: comesFromElsewhere(request),
        onOpen: modern.keep,
        onClose: modern.drop,
      });
    } else refuseNotification(response);
  };

  /** The session of a message; a new one for `initialize`. */
  const sessionFor = (
    request: IncomingMessage,
    response: ServerResponse,
    principal: string,
    message: Message,
    bytesIn: number,
  ): LegacyHttpSession | undefined => {
    const received = message.kind === 'request' ? { ...message, bytesIn } : undefined;
    if (received?.method !== 'initialize' || request.headers['mcp-session-id'] !== undefined)
      return findSession(request, response, principal, received);
    const session = legacy.open(principal, comesFromElsewhere(request));
    if (session === undefined)
      sendError(response, 503, createErrorBody(INVALID_REQUEST, 'Too many sessions are in use'), received.id);
    return session;
  };

  /** @param received the request for the session; undefined for a message that is none, whose refusal is not logged. */
  const findSession = (
    { headers }: IncomingMessage,
    response: ServerResponse,
    principal: string,
    received: (ReceivedRequest & { readonly id?: RequestId }) | undefined,
  ): LegacyHttpSession | undefined => {
    const id = headers['mcp-session-id'];
    const version = headers['mcp-protocol-version'];
    const isSpoken = version === undefined || isOneOf(LEGACY_VERSIONS, version);
    const refuse = (status: number, error: ErrorBody, outcome: Refused): undefined => {
      if (received !== undefined) noteRefusal(received, error, outcome);
      sendError(response, status, error, received?.id);
    };
    const isKnown = isSpoken || isOneOf(MODERN_VERSIONS, version);
    if (typeof id !== 'string') return refuse(400, isKnown ? NO_SESSION : unsupportedVersion(version), 'error');
    if (!isSpoken) return refuse(400, NOT_SPOKEN, 'error');
    return legacy.find(id, principal) ?? refuse(404, UNKNOWN_SESSION, 'denied');
  };

  const noteRefusal = ({ method, params = {}, bytesIn }: ReceivedRequest, error: ErrorBody, outcome: Refused): void =>
    void relay.refuse({ method, params, bytesIn, clientId: strangerId }, error, outcome);

  const post = async (request: IncomingMessage, response: ServerResponse, principal: string): Promise<void> => {
    const refusal = refuseMediaTypes(request);
    if (refusal !== undefined) return sendRefusal(request, response, refusal);
    const body = await readBody(request, response, options.maxBodyBytes);
    if (!body.ok) {
      if (body.reason === 'broken off') return;
      const reason = `the body is too large: at most ${options.maxBodyBytes} bytes are read (hub.limits.httpBodyBytes)`;
      return sendRefusal(request, response, { status: 413, reason });
    }
    const parsed = parseMessage(body.bytes);
    const turn = turns.waitFor(sessionOf(request), isLogged(parsed));
    if (turn !== undefined) {
      await turn;
      // Nobody waits for its answer any more; what needs none counts all the same.
      if (response.destroyed && parsed.ok && parsed.message.kind === 'request') return;
    }
    if (parsed.ok) receive(request, response, principal, parsed.message, body.bytes.length);
    else {
      const { method, code, reason, id } = parsed;
      const error = createErrorBody(code, `Invalid request: ${reason}`);
      if (method !== undefined) noteRefusal({ method, params: {}, bytesIn: body.bytes.length }, error, 'error');
      sendError(response, 400, error, id);
    }
  };

  /** GET and DELETE are for sessions; the modern era has neither. */
  const findStreamSession = (
    request: IncomingMessage,
    response: ServerResponse,
    principal: string,
  ): LegacyHttpSession | undefined => {
    const { headers } = request;
    const isLegacy =
      headers['mcp-session-id'] !== undefined || isOneOf(LEGACY_VERSIONS, headers['mcp-protocol-version']);
    const received = { method: `${request.method} /mcp`, params: {}, bytesIn: 0 };
    if (isLegacy) return findSession(request, response, principal, received);
    sendEmpty(response, 405, MODERN_METHODS);
    return undefined;
  };

  const get = async (request: IncomingMessage, response: ServerResponse, principal: string): Promise<void> => {
    const session = findStreamSession(request, response, principal);
    const refusal = session && refuseNoStream(request);
    if (refusal !== undefined) return sendRefusal(request, response, refusal);
    session?.listen(response, String(request.headers['last-event-id'] ?? ''));
  };

  const remove = (request: IncomingMessage, response: ServerResponse, principal: string): void => {
    const session = findStreamSession(request, response, principal);
    if (session === undefined) return;
    legacy.end(session, endedByClient());
    sendEmpty(response, 204);
  };

  return {
    async handle(request, response, principal) {
      if (request.method === 'POST') await post(request, response, principal);
      else if (request.method === 'GET') await get(request, response, principal);
      else if (request.method === 'DELETE') remove(request, response, principal);
      else sendEmpty(response, 405, ALL_METHODS);
    },
    sweep: legacy.sweep,
    async finish() {
      isEnding = true;
      await Promise.all([legacy.settled(), modern.settled()]);
    },
    async abandon(reason) {
      legacy.abandonAll(reason);
      modern.abandonAll(reason);
      await Promise.all([legacy.settled(), modern.settled()]);
    },
    close: legacy.endAll,
  };
};

const sessionOf = ({ headers }: IncomingMessage): string | undefined => {
  const id = headers['mcp-session-id'];
  return typeof id === 'string' ? id : undefined;
};

/** What the hub answers by itself is not, but for its refusals. */
const isLogged = (parsed: ReturnType<typeof parseMessage>): boolean => {
  if (!parsed.ok) return parsed.method !== undefined;
  const { message } = parsed;
  return message.kind === 'request' && METHODS[message.method]?.way !== 'local';
};

/** A modern client says so in the body or, where it forgot that, in its headers: then it is told what is missing. */
const isModern = ({ headers }: IncomingMessage, message: Message): boolean => {
  if (message.kind !== 'request' && message.kind !== 'notification') return false;
  const isSaid = isOneOf(MODERN_VERSIONS, headers['mcp-protocol-version']);
  return hasModernClaim(message.params) || (isSaid && message.method !== 'initialize');
};

const isOneOf = (versions: readonly string[], version: unknown): boolean =>
  (versions as readonly unknown[]).includes(version);

/** More clients are not remembered; one that comes again after that is announced again. */
const MAX_KNOWN = 1_024;

/** Tells of each client once. */
const createAnnouncer = (bus: EventBus) => {
  const known = new Set<string>();
  return {
    connected(client: ClientContext): void {
      if (known.has(client.id)) return;
      known.add(client.id);
      const [oldest] = known;
      if (known.size > MAX_KNOWN && oldest !== undefined) known.delete(oldest);
      bus.emit({
        type: 'client.connected',
        clientId: client.id,
        transport: 'http',
        era: client.era,
        protocolVersion: client.protocolVersion,
        name: client.info.name,
        version: client.info.version,
        at: Date.now(),
      });
    },
    disconnected(clientId: string): void {
      if (known.delete(clientId)) bus.emit({ type: 'client.disconnected', clientId, at: Date.now() });
    },
  };
};
