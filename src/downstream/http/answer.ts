import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ErrorBody, RequestId } from '../../protocol/message.ts';
import { createErrorBody } from '../../protocol/parse.ts';
import type { Refusal } from './guard.ts';

/** Sends a JSON-RPC error as the whole answer. */
export const sendError = (
  response: ServerResponse,
  status: number,
  error: ErrorBody,
  id?: RequestId,
  headers: Readonly<Record<string, string>> = {},
): void =>
  sendJson(
    response,
    status,
    Buffer.from(`{"jsonrpc":"2.0","id":${id ?? 'null'},"error":${Buffer.from(error.bytes)}}`),
    headers,
  );

/** Sends what a guard has refused, with its reason as a JSON-RPC error without an id. */
export const sendRefusal = (
  request: IncomingMessage,
  response: ServerResponse,
  { status, reason, headers }: Refusal,
): void => {
  // A body that nobody reads would hold the connection.
  request.resume();
  sendError(response, status, createErrorBody(REFUSED, `Refused: ${reason}`), undefined, {
    connection: 'close',
    ...headers,
  });
};

export const sendJson = (
  response: ServerResponse,
  status: number,
  body: Buffer,
  headers: Readonly<Record<string, string>> = {},
): void => {
  if (response.headersSent) return;
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length, ...headers });
  response.end(body);
};

export const sendEmpty = (
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): void => {
  response.writeHead(status, { 'content-length': 0, ...headers });
  response.end();
};

/** Outside the range of the specification. */
const REFUSED = -31040;
