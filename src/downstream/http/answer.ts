import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LineParts } from '../../protocol/framing.ts';
import type { ErrorBody, RequestId } from '../../protocol/message.ts';
import { createErrorBody } from '../../protocol/parse.ts';
import type { Refusal } from './guard.ts';
import { discardBody } from './read-body.ts';

type Headers = Readonly<Record<string, string>>;

/** Outside the range of the specification. */
const REFUSED = -31040;

/** Sends what a guard has refused, with its reason as a JSON-RPC error without an id, and ends the connection. */
export const sendRefusal = async (
  request: IncomingMessage,
  response: ServerResponse,
  { status, reason, headers }: Refusal,
): Promise<void> => {
  const body = errorText(createErrorBody(REFUSED, `Refused: ${reason}`), undefined);
  response.writeHead(status, { ...jsonHeaders(Buffer.byteLength(body)), connection: 'close', ...headers });
  response.write(body);
  // A connection that ends with bytes unread may take the answer away from a client that is still sending.
  await discardBody(request);
  response.end();
};

/** Sends a JSON-RPC error as the whole answer. */
export const sendError = (
  response: ServerResponse,
  status: number,
  error: ErrorBody,
  id?: RequestId,
  headers: Headers = {},
): void => sendJson(response, status, [errorText(error, id)], headers);

/** Sends a body in parts, so that large ones are not copied. */
export const sendJson = (response: ServerResponse, status: number, body: LineParts, headers: Headers = {}): void => {
  if (response.headersSent || response.destroyed) return;
  const length = body.reduce((sum, part) => sum + Buffer.byteLength(part), 0);
  response.writeHead(status, { ...jsonHeaders(length), ...headers });
  response.cork();
  for (const part of body) response.write(part);
  response.uncork();
  response.end();
};

export const sendEmpty = (response: ServerResponse, status: number, headers: Headers = {}): void => {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, status === 204 ? headers : { 'content-length': 0, ...headers });
  response.end();
};

const jsonHeaders = (length: number) => ({
  'content-type': 'application/json',
  'content-length': length,
  'x-content-type-options': 'nosniff',
});

const errorText = (error: ErrorBody, id: RequestId | undefined): string =>
  `{"jsonrpc":"2.0","id":${id ?? 'null'},"error":${Buffer.from(error.bytes).toString()}}`;
