import type { IncomingMessage, ServerResponse } from 'node:http';
import { HubError } from '../../errors/hub-error.ts';
import type { Relay } from '../../relay/relay.ts';
import { settledWithin } from '../../utils/settled-within.ts';
import { sendEmpty, sendError, sendJson, sendRefusal } from './answer.ts';
import { createEndpoint, type EndpointOptions } from './endpoint.ts';
import { type GuardOptions, recognize, refuseForeign } from './guard.ts';
import { type ConnectionLimits, openListener } from './listener.ts';

export interface HttpServerOptions extends GuardOptions, EndpointOptions {
  /** The address to bind; default `localhost`, which is 127.0.0.1 and ::1. */
  readonly host?: string;
  /** `0` picks a free one. */
  readonly port: number;
  /** How long calls under way may finish at the end. Milliseconds. */
  readonly graceMs: number;
  /** What connections may cost; default `CONNECTION_LIMITS`. */
  readonly limits?: ConnectionLimits;
}

export interface HttpServer {
  /** `http://127.0.0.1:7420/mcp` */
  readonly url: string;
  /** Takes no more requests, lets those under way finish within the grace, answers the rest, and ends all streams. */
  close(): Promise<void>;
}

const MCP_PATH = '/mcp';
const HEALTH_PATH = '/health';
const HEALTH = '{"status":"ok"}';

const SWEEP_MS = 60_000;

/** Enough to write the last answers to a client that reads. Milliseconds. */
const ABANDON_MS = 1_000;

/**
 * Serves many clients of both eras on one HTTP endpoint.
 * @throws HubError USAGE when the address cannot be bound
 */
export const openHttpServer = async (options: HttpServerOptions): Promise<HttpServer> => {
  const { host = 'localhost', port, bus, graceMs } = options;
  const endpoint = createEndpoint(options);
  const route = createRoute(options, endpoint.handle);
  const listener = await openListener({
    host,
    port,
    onRequest: (request, response) => void answer(request, response, route, options.relay),
    onProblem: (message) => bus.emit({ type: 'problem', message: `HTTP: ${message}`, at: Date.now() }),
    ...(options.limits && { limits: options.limits }),
  });
  const sweeper = setInterval(endpoint.sweep, SWEEP_MS).unref();
  const { address } = listener;
  return {
    url: `http://${address.includes(':') ? `[${address}]` : address}:${listener.port}${MCP_PATH}`,
    async close() {
      clearInterval(sweeper);
      listener.stop();
      await settledWithin(endpoint.finish(), graceMs);
      const ending = new HubError('SHUTTING_DOWN', 'the hub is ending and gave the call up', { sent: true });
      await settledWithin(endpoint.abandon(ending), ABANDON_MS);
      endpoint.close(ending);
      await listener.end(ABANDON_MS);
    },
  };
};

type Route = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

const answer = async (
  request: IncomingMessage,
  response: ServerResponse,
  route: Route,
  relay: Relay,
): Promise<void> => {
  // A connection that breaks is seen by its end; nobody has to handle its error.
  request.on('error', () => {});
  response.on('error', () => {});
  try {
    await route(request, response);
  } catch (error) {
    const body = relay.fault('a request over HTTP', error);
    if (response.headersSent) response.destroy();
    else sendError(response, 500, body);
  }
};

/** Who may ask is decided before anything is read or told; who asks for health may be a stranger, but on this host. */
const createRoute =
  (
    options: HttpServerOptions,
    serveMcp: (request: IncomingMessage, response: ServerResponse, principal: string) => Promise<void>,
  ): Route =>
  async (request, response) => {
    const foreign = refuseForeign(request, options.hosts);
    if (foreign !== undefined) return sendRefusal(request, response, foreign);
    const path = request.url?.split('?', 1)[0];
    if (path === HEALTH_PATH) return sendHealth(request, response);
    if (path !== MCP_PATH) return sendEmpty(response, 404);
    const caller = recognize(request, options);
    return 'principal' in caller
      ? serveMcp(request, response, caller.principal)
      : sendRefusal(request, response, caller);
  };

const sendHealth = ({ method }: IncomingMessage, response: ServerResponse): void => {
  if (method === 'GET' || method === 'HEAD') sendJson(response, 200, [HEALTH]);
  else sendEmpty(response, 405, { allow: 'GET, HEAD' });
};
