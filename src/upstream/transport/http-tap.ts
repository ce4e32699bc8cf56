import { AsyncLocalStorage } from 'node:async_hooks';
import { HubError } from '../../errors/hub-error.ts';
import type { Gate } from '../../utils/valve.ts';
import { formatEvent, tapEventStream } from './event-stream.ts';
import type { Exchange, Exchanges } from './exchange.ts';
import { bodyStart, isMethodNotFound, mediaType, readChallenge, redirectTarget, withBody } from './http-answer.ts';
import type { HttpEndpoint } from './http-endpoint.ts';
import { type Inbox, overLimit } from './inbox.ts';
import { receiveJson } from './json-body.ts';
import { discardBody, readBody } from './read-body.ts';
import { leaveAloneOf, retryAfterOf } from './retry-after.ts';

/** The signature of `fetch` that the SDK's transports take. */
export type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

export interface HttpTapOptions {
  /** The upstream. */
  readonly name: string;
  readonly endpoint: HttpEndpoint;
  readonly inbox: Inbox;
  readonly exchanges: Exchanges;
  /** Holds up the reading of answers. */
  readonly gate: Gate;
  /** Largest body of an answer, and longest event of a stream. */
  readonly maxBodyBytes: number;
  /** Default: that of this process. */
  readonly fetch?: Fetch | undefined;
  /** Whether answers come in the body of the POST, as in Streamable HTTP. */
  readonly hasAnswersOnPost: boolean;
  /** Whether a 404 to a POST with these headers means that the server has forgotten the session. */
  isSession(request: Headers): boolean;
  /** Sends a GET, the request for what the server says by itself, and returns what the SDK gets to see of the answer. */
  onGet(send: () => Promise<Response>, request: Headers, exchange: Exchange | undefined): Promise<Response>;
}

/** Stands between an SDK transport and the network. */
export interface HttpTap {
  /** For the SDK's transport. */
  readonly fetch: Fetch;
  /** Whether the server has ever accepted a message. */
  readonly hasConnected: boolean;
  /** Runs the SDK's `send` so that its HTTP requests are known to belong to the exchange. */
  run(exchange: Exchange, send: () => Promise<void>): Promise<void>;
  /** Delivers the messages of a stream of events; `onOverlong` is told of a long event that nobody waits for. */
  tapMessages(response: Response, exchange: Exchange | undefined, onOverlong?: () => void): Response;
}

const REFUSAL_BYTES = 64 * 1024;

/** What the SDK reads in the place of messages: it looks only at whether an answer has come. */
const STAND_IN_ANSWER = '{"jsonrpc":"2.0","id":0,"result":{}}';
const STAND_IN_NOTIFICATION = '{"jsonrpc":"2.0","method":"notifications/delivered"}';

/**
 * Makes the `fetch` of an SDK transport that delivers the upstream's messages itself, as bytes and unchanged, and gives the
 * SDK stand-ins: its schemas refuse odd messages, and `JSON.parse` loses digits of long integers. Sessions, headers,
 * resumption and logins stay the SDK's.
 */
export const createHttpTap = (options: HttpTapOptions): HttpTap => {
  const { name, endpoint, inbox, exchanges, gate, maxBodyBytes } = options;
  const current = new AsyncLocalStorage<Exchange | undefined>();
  /** What comes of a message is not of the exchange that has brought it: a request that follows is one of its own. */
  const outside = <T>(deliver: () => T): T => current.run(undefined, deliver);
  let hasConnected = false;

  const unusable = (why: string): HubError =>
    new HubError('UPSTREAM_INVALID', `${name} gave an answer that cannot be used: ${why} (${endpoint.label})`, {
      upstream: name,
      sent: true,
    });

  /** Tells the call that waits that its answer is too long. Returns whether there is such a call. */
  const failLong = (exchange: Exchange | undefined): boolean => {
    if (exchange?.requestId === undefined || exchange.isAnswered) return false;
    const { requestId } = exchange;
    outside(() => inbox.fail(requestId, overLimit(maxBodyBytes)));
    exchanges.settle(exchange);
    return true;
  };

  const tapMessages: HttpTap['tapMessages'] = (response, exchange, onOverlong) => {
    if (!response.body) return response;
    const body = tapEventStream(response.body, {
      maxEventLength: maxBodyBytes,
      gate,
      onEvent: ({ event, id, data }) => {
        if (exchange) exchange.resumptions = 0;
        const isMessage = (event === undefined || event === 'message') && data !== '';
        const isAnswer =
          isMessage && exchanges.settleBy(outside(() => receiveJson(Buffer.from(data), inbox, exchange?.requestId)));
        return formatEvent({ id, data: isAnswer ? STAND_IN_ANSWER : STAND_IN_NOTIFICATION });
      },
      onOverlong: () => {
        if (!failLong(exchange)) onOverlong?.();
      },
    });
    return withBody(response, body);
  };

  const tapJson = async (response: Response, exchange: Exchange): Promise<Response> => {
    const body = await readBody(response, maxBodyBytes, gate);
    if (body.isCut) failLong(exchange);
    else exchanges.settleBy(outside(() => receiveJson(body.bytes, inbox, exchange.requestId)));
    if (!exchange.isAnswered) throw unusable('it does not answer the request');
    return withBody(response, STAND_IN_ANSWER);
  };

  const tapAccepted = async (response: Response): Promise<Response> => {
    if (mediaType(response) === 'text/event-stream') await discardBody(response);
    else await readBody(response, REFUSAL_BYTES);
    return new Response(null, { status: 202, headers: response.headers });
  };

  const tapSuccess = async (response: Response, exchange: Exchange | undefined): Promise<Response> => {
    hasConnected = true;
    if (exchange?.requestId === undefined || !options.hasAnswersOnPost || response.status === 202)
      return tapAccepted(response);
    const type = mediaType(response);
    if (type === 'text/event-stream') {
      exchanges.take(exchange);
      return tapMessages(response, exchange);
    }
    if (type === 'application/json') return tapJson(response, exchange);
    const isEmpty = response.body === null || response.headers.get('content-length') === '0';
    await discardBody(response);
    if (type !== '') throw unusable(`it is ${type} where JSON is expected`);
    throw unusable(isEmpty ? 'it is empty' : 'it has no Content-Type where JSON is expected');
  };

  const tapRefusal = async (response: Response, request: Headers, exchange?: Exchange): Promise<Response> => {
    const { bytes } = await readBody(response, REFUSAL_BYTES);
    const { status } = response;
    const isSessionLost = status === 404 && options.isSession(request) && !isMethodNotFound(bytes);
    const challenge = readChallenge(response);
    const isLogin = status === 401 || (status === 403 && challenge?.error === 'insufficient_scope');
    const id = isLogin || isSessionLost ? undefined : exchange?.requestId;
    if (exchange && id !== undefined && outside(() => inbox.receiveRefusal(bytes, id, leaveAloneOf(response))))
      exchanges.settle(exchange);
    else if (exchange)
      exchange.refusal = {
        status,
        bodyStart: endpoint.hideSecrets(bodyStart(response, bytes)),
        isSessionLost,
        ...(challenge && { challenge }),
        ...retryAfterOf(response),
      };
    return withBody(response, bytes);
  };

  return {
    get hasConnected() {
      return hasConnected;
    },
    run: (exchange, send) => current.run(exchange, send),
    tapMessages,
    async fetch(url, init) {
      const exchange = current.getStore();
      const request = new Headers(init?.headers);
      const send = () => (options.fetch ?? fetch)(url, { ...init, headers: request });
      if ((init?.method ?? 'GET') === 'GET') return options.onGet(send, request, exchange);
      if (exchange) exchange.refusal = undefined;
      const response = await send();
      const target = redirectTarget(url, response);
      // The SDK follows a redirect only where it keeps the method and the origin.
      if (exchange && target !== undefined)
        exchange.refusal = { status: response.status, bodyStart: '', target, isSessionLost: false };
      if (init?.method !== 'POST' || target !== undefined) return response;
      return response.ok ? tapSuccess(response, exchange) : tapRefusal(response, request, exchange);
    },
  };
};
