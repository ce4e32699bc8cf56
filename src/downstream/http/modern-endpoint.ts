import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LineParts } from '../../protocol/framing.ts';
import type { ErrorBody, RequestMessage } from '../../protocol/message.ts';
import { createErrorBody, INVALID_PARAMS, METHOD_NOT_FOUND, parseMessage } from '../../protocol/parse.ts';
import {
  HEADER_MISMATCH,
  MISSING_CAPABILITY,
  modernCodec,
  UNSUPPORTED_PROTOCOL_VERSION,
} from '../../protocol/rev-2026-07-28/codec.ts';
import type { ClientChannel } from '../../relay/client-peer.ts';
import { createModernConnection, type ModernConnectionOptions } from '../../relay/modern-connection.ts';
import { sendError, sendJson } from './answer.ts';
import { type EventStream, joined, openEventStream } from './event-stream.ts';
import { findHeaderFault, findVersionFault } from './standard-headers.ts';

export type ModernEndpointOptions = Omit<ModernConnectionOptions, 'channel'>;

/** Errors that say that the HTTP request itself is wrong, and their status. */
const STATUS_OF: ReadonlyMap<number, number> = new Map([
  [METHOD_NOT_FOUND, 404],
  [HEADER_MISMATCH, 400],
  [MISSING_CAPABILITY, 400],
  [UNSUPPORTED_PROTOCOL_VERSION, 400],
]);

/**
 * Serves one modern request on its own HTTP response: a JSON body where the answer comes alone, else a stream that begins
 * with the first notification. The end of the connection by the client cancels the request.
 * https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http
 */
export const serveModern = (
  request: IncomingMessage,
  response: ServerResponse,
  message: RequestMessage,
  bytesIn: number,
  options: ModernEndpointOptions,
): void => {
  const refusal = findVersionFault(request, message) ?? envelopeFault(message) ?? findHeaderFault(request, message);
  if (refusal !== undefined) {
    sendError(response, 400, refusal, message.id);
    return;
  }
  const connection = createModernConnection({ ...options, channel: createResponseChannel(response) });
  response.once('close', () => connection.close());
  connection.onRequest(message, bytesIn);
};

const envelopeFault = ({ params }: RequestMessage): ErrorBody | undefined => {
  const decoded = modernCodec.decodeParams(params);
  return decoded.ok ? undefined : decoded.error;
};

const createResponseChannel = (response: ServerResponse): ClientChannel => {
  let stream: EventStream | undefined;
  return {
    answer(parts) {
      if (stream === undefined) {
        sendJson(response, statusOf(parts), joined(parts));
        return;
      }
      stream.send(parts);
      stream.end();
    },
    send(parts) {
      stream ??= openEventStream(response);
      stream.send(parts);
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
