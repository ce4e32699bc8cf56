import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ClientContext } from '../../dispatch/call.ts';
import { HubError } from '../../errors/hub-error.ts';
import type { EventBus } from '../../events/bus.ts';
import type { Implementation } from '../../protocol/codec.ts';
import { LEGACY_VERSIONS, MODERN_VERSIONS } from '../../protocol/era.ts';
import type { Message } from '../../protocol/message.ts';
import { createErrorBody, INVALID_REQUEST, parseMessage } from '../../protocol/parse.ts';
import { hasModernClaim } from '../../protocol/rev-2026-07-28/codec.ts';
import { createInterimCalls } from '../../relay/interim-calls.ts';
import { createLegacySession } from '../../relay/legacy-session.ts';
import type { Relay } from '../../relay/relay.ts';
import { settledWithin } from '../../utils/settled-within.ts';
import { sendEmpty, sendError, sendJson, sendRefusal } from './answer.ts';
import { type GuardOptions, refuseForeign, refuseMediaTypes, refuseStranger } from './guard.ts';
import { endedByClient, LegacyHttpSession } from './legacy-http-session.ts';
import { refuseNotification, serveModern } from './modern-endpoint.ts';
import { readBody } from './read-body.ts';

export interface HttpServerOptions extends GuardOptions {
  readonly relay: Relay;
  readonly bus: EventBus;
  readonly serverInfo: Implementation;
  /** The address to bind; default 127.0.0.1. */
  readonly host?: string;
  /** `0` picks a free one. */
  readonly port: number;
  readonly maxBodyBytes: number;
  /** How long calls under way may finish at the end. Milliseconds. */
  readonly graceMs: number;
}

export interface HttpServer {
  /** `http://127.0.0.1:7420/mcp` */
  readonly url: string;
  /** Takes no more requests, lets those under way finish within the grace, and ends all streams. */
  close(): Promise<void>;
}

const MCP_PATH = '/mcp';
const HEALTH_PATH = '/health';

/** A session without streams is forgotten after this long. */
const SESSION_IDLE_MS = 30 * 60 * 1000;
const SESSION_SWEEP_MS = 60_000;

/** Further sessions push out the one that was idle longest. */
const MAX_SESSIONS = 256;

/** Slower requests are cut off by Node itself. Milliseconds. */
const HEADERS_TIMEOUT_MS = 10_000;
const BODY_TIMEOUT_MS = 60_000;

/**
 * Serves many clients of both eras on one HTTP endpoint.
 * @throws HubError USAGE when the port cannot be bound
 */
export const openHttpServer = async (options: HttpServerOptions): Promise<HttpServer> => {
  const sessions = new Map<string, LegacyHttpSession>();
  const endpoint = createEndpoint(options, sessions);
  const server = createServer(
    { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: BODY_TIMEOUT_MS },
    (request, response) => {
      endpoint.handle(request, response).catch((error: unknown) => {
        sendError(response, 500, createErrorBody(-32603, `the hub failed: ${HubError.from(error).message}`));
      });
    },
  );
  const address = await listen(server, options.host ?? '127.0.0.1', options.port);
  const sweeper = setInterval(endpoint.sweep, SESSION_SWEEP_MS).unref();
  return {
    url: `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}${MCP_PATH}`,
    async close() {
      clearInterval(sweeper);
      server.close();
      server.closeIdleConnections();
      await settledWithin(endpoint.settled(), options.graceMs);
      endpoint.closeAll(new HubError('SHUTTING_DOWN', 'the hub is ending', { sent: true }));
      server.closeAllConnections();
    },
  };
};

const listen = (server: Server, host: string, port: number): Promise<AddressInfo> =>
  new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'another program has it' : error.message;
      reject(
        new HubError('USAGE', `port ${port} of ${host} cannot be bound: ${why}`, {
          cause: error,
          hint: 'like this: --http 0',
        }),
      );
    });
    server.listen(port, host, () => resolve(server.address() as AddressInfo));
  });

const createEndpoint = (options: HttpServerOptions, sessions: Map<string, LegacyHttpSession>) => {
  const { relay, bus, serverInfo } = options;
  const interim = createInterimCalls({ relay });
  const known = new Set<string>();

  const onClientKnown = (client: ClientContext): void => {
    if (known.has(client.id)) return;
    known.add(client.id);
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
  };

  const openSession = (): LegacyHttpSession => {
    const session = new LegacyHttpSession((channel) =>
      createLegacySession({ clientId: randomUUID(), relay, serverInfo, channel, onClientKnown }),
    );
    sessions.set(session.id, session);
    if (sessions.size > MAX_SESSIONS)
      forget(longestIdle(sessions), new HubError('CANCELLED', 'there are too many sessions'));
    return session;
  };

  const forget = (id: string, reason: HubError): boolean => {
    sessions.get(id)?.close(reason);
    return sessions.delete(id);
  };

  /** A modern client says so in the body or, where it forgot that, in its headers: then it is told what is missing. */
  const isModern = ({ headers }: IncomingMessage, message: Message): boolean => {
    if (message.kind !== 'request' && message.kind !== 'notification') return false;
    const isSaid = (MODERN_VERSIONS as readonly unknown[]).includes(headers['mcp-protocol-version']);
    return hasModernClaim(message.params) || (isSaid && message.method !== 'initialize');
  };

  const receive = (request: IncomingMessage, response: ServerResponse, message: Message, bytesIn: number): void => {
    if (!isModern(request, message)) receiveLegacy(request, response, message, bytesIn);
    else if (message.kind === 'request') {
      // Handles are bound to the client, which is the same for all requests of one principal.
      const clientId = principalOf(request);
      serveModern(request, response, message, bytesIn, { clientId, relay, serverInfo, interim, onClientKnown });
    } else refuseNotification(response);
  };

  const receiveLegacy = (
    request: IncomingMessage,
    response: ServerResponse,
    message: Message,
    bytesIn: number,
  ): void => {
    const opens = message.kind === 'request' && message.method === 'initialize';
    const session =
      opens && request.headers['mcp-session-id'] === undefined ? openSession() : findSession(request, response);
    session?.receive(message, bytesIn, response);
  };

  const findSession = (request: IncomingMessage, response: ServerResponse): LegacyHttpSession | undefined => {
    const id = request.headers['mcp-session-id'];
    const version = request.headers['mcp-protocol-version'];
    if (typeof id !== 'string') {
      sendError(response, 400, createErrorBody(INVALID_REQUEST, 'Bad Request: Mcp-Session-Id header is required'));
      return undefined;
    }
    if (version !== undefined && !(LEGACY_VERSIONS as readonly unknown[]).includes(version)) {
      sendError(
        response,
        400,
        createErrorBody(INVALID_REQUEST, `Bad Request: unsupported protocol version ${String(version)}`),
      );
      return undefined;
    }
    const session = sessions.get(id);
    if (session === undefined) sendError(response, 404, createErrorBody(SESSION_NOT_FOUND, 'Session not found'));
    return session;
  };

  const post = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const refusal = refuseMediaTypes(request);
    if (refusal !== undefined) {
      sendRefusal(request, response, refusal);
      return;
    }
    const body = await readBody(request, options.maxBodyBytes);
    if (!body.ok) {
      const reason = `the body is ${body.reason}; at most ${options.maxBodyBytes} bytes are read`;
      sendRefusal(request, response, { status: 413, reason });
      return;
    }
    const parsed = parseMessage(body.bytes);
    if (parsed.ok) receive(request, response, parsed.message, body.bytes.length);
    else sendError(response, 400, createErrorBody(parsed.code, `Invalid request: ${parsed.reason}`), parsed.id);
  };

  const remove = (request: IncomingMessage, response: ServerResponse): void => {
    const session = findStreamSession(request, response);
    if (session === undefined) return;
    forget(session.id, endedByClient());
    sendEmpty(response, 204);
  };

  const serveMcp = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const lastEventId = request.headers['last-event-id'];
    if (request.method === 'POST') await post(request, response);
    else if (request.method === 'GET')
      findStreamSession(request, response)?.listen(response, String(lastEventId ?? ''));
    else if (request.method === 'DELETE') remove(request, response);
    else sendEmpty(response, 405, { allow: 'POST, GET, DELETE' });
  };

  const route = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url?.split('?', 1)[0];
    const foreign = refuseForeign(request, options.hosts);
    if (foreign !== undefined) sendRefusal(request, response, foreign);
    else if (path === HEALTH_PATH && request.method === 'GET') sendJson(response, 200, Buffer.from('{"status":"ok"}'));
    else if (path !== MCP_PATH) sendEmpty(response, 404);
    else {
      const stranger = refuseStranger(request, options);
      if (stranger !== undefined) sendRefusal(request, response, stranger);
      else await serveMcp(request, response);
    }
  };

  /** GET and DELETE are for sessions; the modern era has neither. */
  const findStreamSession = (request: IncomingMessage, response: ServerResponse): LegacyHttpSession | undefined => {
    if (request.headers['mcp-session-id'] !== undefined) return findSession(request, response);
    sendEmpty(response, 405, { allow: 'POST' });
    return undefined;
  };

  return {
    handle: route,
    sweep(): void {
      for (const [id, session] of sessions) {
        if (session.idleMs() > SESSION_IDLE_MS)
          forget(id, new HubError('CANCELLED', 'the session was not used for long'));
      }
    },
    async settled(): Promise<void> {
      await Promise.all([...sessions.values()].map((session) => session.settled()));
    },
    closeAll(reason: HubError): void {
      interim.abandonAll(reason);
      for (const id of [...sessions.keys()]) forget(id, reason);
    },
  };
};

/** The code that servers of the SDK answer with. */
const SESSION_NOT_FOUND = -32001;

const longestIdle = (sessions: ReadonlyMap<string, LegacyHttpSession>): string =>
  [...sessions].reduce((longest, entry) => (entry[1].idleMs() > longest[1].idleMs() ? entry : longest))[0];

/** The caller: the same for all requests with the same credentials. */
const principalOf = ({ headers }: IncomingMessage): string =>
  createHash('sha256')
    .update(`http\0${headers.authorization ?? ''}\0${process.pid}`)
    .digest('hex')
    .slice(0, 32);
