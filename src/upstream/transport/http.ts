import type { JSONRPCMessage } from '@modelcontextprotocol/client';
import type { HttpSettings } from '../../config/hub-config.ts';
import { toAbortSignal } from '../../utils/cancellation.ts';
import { settledWithin } from '../../utils/settled-within.ts';
import { createGate } from '../../utils/valve.ts';
import type { UpstreamAuth } from '../auth/upstream-auth.ts';
import { createExchanges } from './exchange.ts';
import { mediaType, redirectTarget } from './http-answer.ts';
import { createHttpEndpoint, withLogin } from './http-endpoint.ts';
import { createHttpSender } from './http-sender.ts';
import { createHttpTap, type Fetch, type HttpTapOptions } from './http-tap.ts';
import { createInbox, overLimit } from './inbox.ts';
import { discardBody } from './read-body.ts';
import { createReconnector } from './reconnector.ts';
import { createRemoteTransport, type RemoteConnection } from './remote-transport.ts';
import type { CloseCause, Transport, TransportListener } from './transport.ts';

export interface HttpTransportOptions {
  /** The upstream, as it is named in messages for people. */
  readonly name: string;
  readonly settings: HttpSettings;
  /** A longer answer, or event of a stream, is dropped, and the call that it answers fails. */
  readonly maxBodyBytes: number;
  /** Default: that of this process. */
  readonly fetch?: Fetch;
  /** What it is logged in with; default: nothing. */
  readonly auth?: UpstreamAuth | undefined;
}

const SESSION_HEADER = 'mcp-session-id';
const RESUMPTION_HEADER = 'last-event-id';
/** How long the server has to end the session when the connection is closed. */
const END_SESSION_MS = 1_000;
/** How long the requests that the server has not taken yet have to learn, as one has, that their session is gone. */
const OTHERS_LEARN_MS = 1_000;
/** How often a broken answer is asked for again before its call fails. */
const MAX_RESUMPTIONS = 4;
/** The stream of notifications is asked for as long as the connection lasts. */
const RECONNECTION = {
  initialReconnectionDelay: 500,
  maxReconnectionDelay: 30_000,
  reconnectionDelayGrowFactor: 2,
  maxRetries: Number.POSITIVE_INFINITY,
};

/**
 * Streamable HTTP of both eras, by the transport of the MCP SDK, whose `fetch` is tapped so that messages keep their bytes.
 * A session that the server no longer knows closes the connection; the message that met it was not processed.
 * https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http
 */
export const createHttpTransport = (options: HttpTransportOptions): Transport =>
  createRemoteTransport(options.name, (listener) => connect(options, listener));

const connect = async (options: HttpTransportOptions, listener: TransportListener): Promise<RemoteConnection> => {
  const { name, settings, maxBodyBytes } = options;
  const { auth } = options;
  const endpoint = withLogin(createHttpEndpoint(name, settings), auth);
  const { StreamableHTTPClientTransport } = await import('@modelcontextprotocol/client');
  const exchanges = createExchanges();
  const gate = createGate();
  const reconnector = createReconnector();
  let isClosed = false;

  const finish = (cause: CloseCause): void => {
    if (isClosed) return;
    isClosed = true;
    reconnector.stop();
    void sdk.close();
    listener.onClose(cause);
  };
  let losing: Promise<unknown> | undefined;
  const closed = Promise.withResolvers<void>();
  /** Those that meet it at the same time learn each for itself that they were not processed; then the connection is closed to all. */
  const loseSession = (): Promise<unknown> => {
    losing ??= settledWithin(exchanges.allTold(), OTHERS_LEARN_MS).then(() => {
      setImmediate(() => {
        finish({ reason: 'the server no longer knows the session', status: 404 });
        closed.resolve();
      });
    });
    return losing;
  };

  const tap = createHttpTap({
    name,
    endpoint,
    inbox: createInbox(name, listener),
    exchanges,
    gate,
    maxBodyBytes,
    fetch: options.fetch,
    hasAnswersOnPost: true,
    isSession: (request) => request.has(SESSION_HEADER),
    onGet: createStreamOpener({
      tap: (...args) => tap.tapMessages(...args),
      onSessionLost: () => void loseSession(),
      onOverlong: () => listener.onProblem(`an event ${overLimit(maxBodyBytes)}`),
    }),
  });
  const sdk = new StreamableHTTPClientTransport(endpoint.url, {
    requestInit: { headers: endpoint.headers },
    ...(auth && { authProvider: auth }),
    fetch: tap.fetch,
    reconnectionOptions: RECONNECTION,
    reconnectionScheduler: reconnector.schedule,
  });
  await sdk.start();

  return {
    send: createHttpSender({
      name,
      endpoint,
      tap,
      exchanges,
      isClosed: () => isClosed,
      losing: () => losing && closed.promise,
      hasConnected: () => tap.hasConnected,
      onSessionLost: loseSession,
      auth,
      post: (message, { signal, headers }, onRequestStreamEnd) =>
        sdk.send(message as JSONRPCMessage, {
          onRequestStreamEnd,
          ...(signal && { requestSignal: toAbortSignal(signal) }),
          ...(headers && { headers }),
        }),
    }),
    setProtocolVersion: (version) => sdk.setProtocolVersion(version),
    pause: gate.pause,
    resume: gate.resume,
    async close() {
      if (!isClosed) await settledWithin(sdk.terminateSession(), END_SESSION_MS);
      finish({ reason: 'closed by the hub' });
    },
  };
};

interface StreamOpenerOptions {
  tap(...args: Parameters<ReturnType<typeof createHttpTap>['tapMessages']>): Response;
  onSessionLost(): void;
  onOverlong(): void;
}

/**
 * Opens the stream of what a server says by itself, and opens the stream of an answer again after it broke. The SDK takes
 * 405 as 'there is no such stream'.
 */
const createStreamOpener = ({ tap, onSessionLost, onOverlong }: StreamOpenerOptions): HttpTapOptions['onGet'] => {
  let wasOpen = false;
  let skipsReplay = false;

  return async (send, request, exchange) => {
    if (exchange?.requestId !== undefined) {
      exchange.resumptions += 1;
      if (exchange.resumptions > MAX_RESUMPTIONS) return new Response(null, { status: 405 });
    } else if (skipsReplay) {
      request.delete(RESUMPTION_HEADER);
      skipsReplay = false;
    }
    const response = await send();
    if (redirectTarget(response.url, response) !== undefined) return response;
    if (response.ok && mediaType(response) === 'text/event-stream') {
      wasOpen = true;
      return tap(response, exchange, () => {
        // A replay would begin with the same event.
        skipsReplay = true;
        onOverlong();
      });
    }
    await discardBody(response);
    // Some servers say 404 where they have no such stream at all.
    const isSessionLost = response.status === 404 && request.has(SESSION_HEADER);
    if (isSessionLost && (wasOpen || request.has(RESUMPTION_HEADER))) onSessionLost();
    return new Response(null, { status: response.ok ? 405 : response.status });
  };
};
