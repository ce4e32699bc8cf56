import type { JSONRPCMessage } from '@modelcontextprotocol/client';
import { HubError } from '../../errors/hub-error.ts';
import { createGate, type Gate } from '../../utils/valve.ts';
import type { Challenge, UpstreamAuth } from '../auth/upstream-auth.ts';
import { formatEvent, tapEventStream } from './event-stream.ts';
import { createExchanges } from './exchange.ts';
import type { HttpTransportOptions } from './http.ts';
import { bodyStart, mediaType, readChallenge, redirectTarget, withBody } from './http-answer.ts';
import { createHttpEndpoint, withLogin } from './http-endpoint.ts';
import { type HttpFailureContext, type Refusal, refusalError, requestError } from './http-failure.ts';
import { createHttpSender } from './http-sender.ts';
import { createHttpTap, type HttpTapOptions } from './http-tap.ts';
import { createInbox, overLimit } from './inbox.ts';
import { receiveJson } from './json-body.ts';
import { readBody } from './read-body.ts';
import { createRemoteTransport, type RemoteConnection } from './remote-transport.ts';
import { retryAfterOf } from './retry-after.ts';
import type { CloseCause, Transport, TransportListener } from './transport.ts';

const REFUSAL_BYTES = 64 * 1024;

/**
 * The HTTP+SSE transport of 2024-11-05: one stream of events carries all that the server says, each message to it is a POST
 * of its own. The stream is the session, so its end closes the connection.
 * https://modelcontextprotocol.io/specification/2024-11-05/basic/transports#http-with-sse
 */
export const createSseTransport = (options: HttpTransportOptions): Transport =>
  createRemoteTransport(options.name, (listener, signal) => connect(options, listener, signal));

const connect = async (
  options: HttpTransportOptions,
  listener: TransportListener,
  signal: AbortSignal,
): Promise<RemoteConnection> => {
  const { name, settings, maxBodyBytes } = options;
  const { auth } = options;
  const endpoint = withLogin(createHttpEndpoint(name, settings), auth);
  const { SSEClientTransport } = await import('@modelcontextprotocol/client');
  const inbox = createInbox(name, listener);
  const exchanges = createExchanges();
  const gate = createGate();
  let state: 'opening' | 'open' | 'closed' = 'opening';

  const finish = (cause: CloseCause): void => {
    const wasOpen = state === 'open';
    state = 'closed';
    void sdk.close();
    if (wasOpen) listener.onClose(cause);
  };

  const opener = createOpener({
    context: { name, endpoint, hasConnected: false },
    onMessage: (data) => void exchanges.settleBy(receiveJson(data, inbox)),
    maxBodyBytes,
    gate,
    onEnd: (reason) => finish({ reason }),
    auth,
  });
  const tap = createHttpTap({
    name,
    endpoint,
    inbox,
    exchanges,
    gate,
    maxBodyBytes,
    fetch: options.fetch,
    hasAnswersOnPost: false,
    isSession: () => true,
    onGet: opener.onGet,
  });
  const sdk = new SSEClientTransport(endpoint.url, {
    requestInit: { headers: endpoint.headers },
    fetch: tap.fetch,
    ...(auth && { authProvider: auth }),
  });

  signal.addEventListener('abort', () => opener.fail(new Error('the connection was closed')), { once: true });
  try {
    await Promise.race([sdk.start(), opener.failed]);
    state = 'open';
  } catch (thrown) {
    finish({ reason: 'it could not be opened' });
    throw await opener.explain(thrown);
  }

  return {
    send: createHttpSender({
      name,
      endpoint,
      tap,
      exchanges,
      isClosed: () => state === 'closed',
      hasConnected: () => true,
      auth,
      onSessionLost: () => void setImmediate(finish, { reason: 'the server no longer knows the session', status: 404 }),
      post: (message) => sdk.send(message as JSONRPCMessage),
    }),
    setProtocolVersion: (version) => sdk.setProtocolVersion(version),
    pause: gate.pause,
    resume: gate.resume,
    close: async () => finish({ reason: 'closed by the hub' }),
  };
};

interface OpenerOptions {
  readonly context: HttpFailureContext;
  readonly maxBodyBytes: number;
  readonly gate: Gate;
  readonly auth: UpstreamAuth | undefined;
  onMessage(data: Buffer): void;
  /** The stream has ended, or cannot be read on. */
  onEnd(reason: string): void;
}

/** Opens the stream of events and reads it; keeps what the SDK's error would not tell of a failure. */
const createOpener = ({ context, maxBodyBytes, gate, auth, onMessage, onEnd }: OpenerOptions) => {
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});

  const tapStream = (response: Response, body: ReadableStream<Uint8Array>): Response => {
    let endReason = 'its stream of events ended';
    const stream = tapEventStream(body, {
      maxEventLength: maxBodyBytes,
      gate,
      onEvent: (event) => {
        if (event.event !== undefined && event.event !== 'message') return formatEvent(event);
        onMessage(Buffer.from(event.data));
        return '';
      },
      onOverlong: () => {
        endReason = `an event ${overLimit(maxBodyBytes)}`;
      },
      onEnd: () => {
        failed.reject(new Error(endReason));
        onEnd(endReason);
      },
    });
    return withBody(response, stream);
  };

  const refuse = async (response: Response): Promise<HubError> => {
    const { name, endpoint } = context;
    const { bytes } = await readBody(response, REFUSAL_BYTES);
    if (response.ok) {
      const why = `${name} is no HTTP+SSE server: it gives no stream of events (${endpoint.label})`;
      return new HubError('UPSTREAM_INVALID', why, { upstream: name });
    }
    const start = endpoint.hideSecrets(bodyStart(response, bytes));
    return refusalError(context, {
      status: response.status,
      bodyStart: start,
      isSessionLost: false,
      ...retryAfterOf(response),
    });
  };

  let redirect: Refusal | undefined;
  let unauthorized: Challenge | undefined;

  const onGet: HttpTapOptions['onGet'] = async (send) => {
    redirect = undefined;
    const response = await send().catch((thrown: unknown) => {
      failed.reject(requestError(context, thrown));
      throw thrown;
    });
    if (response.ok && response.body && mediaType(response) === 'text/event-stream')
      return tapStream(response, response.body);
    const target = redirectTarget(context.endpoint.url, response);
    if (target !== undefined) {
      redirect = { status: response.status, bodyStart: '', target, isSessionLost: false };
      return response;
    }
    // With a login the SDK has another try, with a token that was renewed.
    unauthorized = auth && response.status === 401 ? (readChallenge(response) ?? {}) : undefined;
    if (unauthorized === undefined) failed.reject(await refuse(response));
    return withBody(response, '');
  };

  return {
    onGet,
    failed: failed.promise,
    fail: (error: Error) => failed.reject(error),
    async explain(thrown: unknown): Promise<HubError> {
      if (redirect) return refusalError(context, redirect);
      const wanted =
        thrown instanceof HubError || unauthorized === undefined ? undefined : await auth?.explain(401, unauthorized);
      return wanted ?? requestError(context, thrown);
    },
  };
};
