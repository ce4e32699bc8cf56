import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LineParts } from '../../protocol/framing.ts';
import { isJsonObject, type JsonObject } from '../../protocol/json.ts';
import type { ErrorBody, RequestMessage } from '../../protocol/message.ts';
import { type ParamHeader, readParamHeaders } from '../../protocol/param-headers.ts';
import { createErrorBody, INVALID_PARAMS, METHOD_NOT_FOUND, parseMessage } from '../../protocol/parse.ts';
import {
  HEADER_MISMATCH,
  MISSING_CAPABILITY,
  modernCodec,
  UNSUPPORTED_PROTOCOL_VERSION,
} from '../../protocol/rev-2026-07-28/codec.ts';
import { carriedCapabilities } from '../../relay/client-capabilities.ts';
import type { ClientConnection } from '../../relay/client-connection.ts';
import type { ClientChannel } from '../../relay/client-peer.ts';
import { createModernConnection, type ModernConnectionOptions } from '../../relay/modern-connection.ts';
import { sendError, sendJson } from './answer.ts';
import type { ClientQueue } from './client-queue.ts';
import { type EventStream, joined, openEventStream } from './event-stream.ts';
import { findHeaderFault, findParamFault, findVersionFault } from './standard-headers.ts';

export interface ModernEndpointOptions extends Omit<ModernConnectionOptions, 'channel'> {
  /** What waits for the client on all its connections. */
  readonly queue: ClientQueue;
  readonly onOpen: (connection: ClientConnection) => void;
  readonly onClose: (connection: ClientConnection) => void;
}

/** Errors that say that the HTTP request itself is wrong, and their status. */
const STATUS_OF: ReadonlyMap<number, number> = new Map([
  [METHOD_NOT_FOUND, 404],
  [HEADER_MISMATCH, 400],
  [MISSING_CAPABILITY, 400],
  [UNSUPPORTED_PROTOCOL_VERSION, 400],
]);

/** A call that takes longer is answered on a stream, whose comments keep the connection alive. */
const STREAM_AFTER_MS = 5_000;

/**
 * Serves one modern request on its own HTTP response: a JSON body where the answer comes alone and soon, else a stream. The
 * end of the connection by the client cancels the request.
 * https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http
 */
export const serveModern = (
  request: IncomingMessage,
  response: ServerResponse,
  message: RequestMessage,
  bytesIn: number,
  { queue, onOpen, onClose, ...options }: ModernEndpointOptions,
): void => {
  const refusal =
    findVersionFault(request, message) ??
    envelopeFault(message) ??
    findHeaderFault(request, message) ??
    paramFault(request, message, options);
  if (refusal !== undefined) {
    const { method, params = {} } = message;
    const outcome = refusal.code === HEADER_MISMATCH ? 'denied' : 'error';
    options.relay.refuse({ method, params, bytesIn, clientId: options.clientId }, refusal, outcome);
    sendError(response, 400, refusal, message.id);
    return;
  }
  queue.add(response);
  const channel = createResponseChannel(response, queue);
  const connection = createModernConnection({ ...options, connectionId: randomUUID(), channel });
  onOpen(connection);
  response.once('close', () => {
    connection.close();
    onClose(connection);
  });
  connection.onRequest(message, bytesIn);
};

const envelopeFault = ({ params }: RequestMessage): ErrorBody | undefined => {
  const decoded = modernCodec.decodeParams(params);
  return decoded.ok ? undefined : decoded.error;
};

/** Only what the hub lists can be checked: nothing is asked of an upstream for it. */
const paramFault = (
  request: IncomingMessage,
  { method, params }: RequestMessage,
  { relay, clientId }: Omit<ModernConnectionOptions, 'channel'>,
): ErrorBody | undefined => {
  const decoded = modernCodec.decodeParams(params);
  if (method !== 'tools/call' || !decoded.ok || decoded.envelope === undefined) return undefined;
  const { protocolVersion, clientInfo: info = UNNAMED, clientCapabilities } = decoded.envelope;
  const capabilities = carriedCapabilities(clientCapabilities, 'modern');
  const view = relay.viewOf({ id: clientId, era: 'modern', protocolVersion, info, hasSession: false, capabilities });
  const schema = view.catalog.list('tools').byName.get(String(decoded.params['name']))?.value['inputSchema'];
  return isJsonObject(schema) ? findParamFault(request, headersOf(schema), decoded.params['arguments']) : undefined;
};

const UNNAMED = { name: '', version: '' };

const knownHeaders = new WeakMap<JsonObject, readonly ParamHeader[]>();

/** Read once per definition. */
const headersOf = (schema: JsonObject): readonly ParamHeader[] => {
  const known = knownHeaders.get(schema);
  if (known !== undefined) return known;
  const read = readParamHeaders(schema);
  const headers = read.ok ? read.headers : [];
  knownHeaders.set(schema, headers);
  return headers;
};

const createResponseChannel = (response: ServerResponse, queue: ClientQueue): ClientChannel => {
  let stream: EventStream | undefined;
  const open = (): EventStream => {
    clearTimeout(timer);
    stream ??= openEventStream(response);
    return stream;
  };
  const timer = setTimeout(() => {
    if (!response.headersSent && !response.destroyed) open();
  }, STREAM_AFTER_MS).unref();
  response.once('close', () => clearTimeout(timer));
  return {
    answer(parts) {
      clearTimeout(timer);
      if (stream === undefined) sendJson(response, statusOf(parts), parts);
      else {
        stream.send(parts);
        // A subscription that the hub ends has one more message, which comes at once.
        queueMicrotask(() => stream?.end());
      }
      queue.check();
    },
    send(parts) {
      queue.offer(parts, () => open().send(parts));
      queue.check();
    },
  };
};

const statusOf = (parts: LineParts): number => {
  const [head] = parts;
  if (typeof head !== 'string' || !head.endsWith('"error":')) return 200;
  const parsed = parseMessage(joined(parts));
  const code = parsed.ok && parsed.message.kind === 'error' ? parsed.message.error.code : INVALID_PARAMS;
  return STATUS_OF.get(code) ?? 200;
};

/** The answer to a modern notification: none is known over HTTP, where the end of a stream cancels its request. */
export const refuseNotification = (response: ServerResponse): void =>
  sendError(response, 400, createErrorBody(METHOD_NOT_FOUND, 'Method not found: no notification is taken over HTTP'));
