import { isUtf8 } from 'node:buffer';
import { isJsonObject, isRawNumber, type JsonObject, type JsonValue, parseLossless } from './json.ts';
import { memberBytes } from './json-bytes.ts';
import { hasFragileNumber, isDeeperThan } from './json-text.ts';
import type { ErrorBody, Message, RequestId } from './message.ts';

/** JSON-RPC 2.0 error codes, https://www.jsonrpc.org/specification#error_object. */
export const PARSE_ERROR = -32700;
export const INVALID_REQUEST = -32600;
export const METHOD_NOT_FOUND = -32601;
export const INVALID_PARAMS = -32602;

/** Deeper JSON is refused in requests and notifications, which are written anew; results pass as bytes. */
const MAX_DEPTH = 256;
const MAX_ID_BYTES = 1024;

export interface ParseFailure {
  readonly ok: false;
  readonly code: typeof PARSE_ERROR | typeof INVALID_REQUEST | typeof INVALID_PARAMS;
  /** The id of the refused message, where it has one of a legal type. */
  readonly id: RequestId | undefined;
  /** The method of a refused request or notification, where it has one. */
  readonly method: string | undefined;
  /** Whether the refused message was an answer; nobody answers an answer. */
  readonly isResponse: boolean;
  readonly reason: string;
}

export type ParseOutcome = { readonly ok: true; readonly message: Message } | ParseFailure;

/**
 * Reads one line as one JSON-RPC message. It never throws. Batches are refused: no revision that the hub answers with
 * has them. The bytes of a result or an error are views of the line, which must not be reused.
 */
export const parseMessage = (line: Buffer): ParseOutcome => {
  const bytes = withoutMark(line);
  const text = bytes.toString('utf8');
  if (text.includes(REPLACEMENT) && !isUtf8(line)) return refuse(PARSE_ERROR, 'the line is not valid UTF-8');
  try {
    const value = JSON.parse(text) as JsonValue;
    return isJsonObject(value)
      ? readObject(value, bytes, text)
      : refuse(INVALID_REQUEST, 'a message must be a JSON object');
  } catch (error) {
    return refuse(PARSE_ERROR, `the line is not JSON: ${(error as Error).message}`);
  }
};

/** Turns a value into an id: a string, or a number without a fraction. */
export const toRequestId = (value: JsonValue | undefined): RequestId | undefined => {
  if (typeof value === 'string')
    return Buffer.byteLength(value) <= MAX_ID_BYTES ? (JSON.stringify(value) as RequestId) : undefined;
  if (typeof value === 'number') return Number.isInteger(value) ? (String(value) as RequestId) : undefined;
  if (isRawNumber(value)) return /^-?\d{1,64}$/.test(value.rawJSON) ? (value.rawJSON as RequestId) : undefined;
  return undefined;
};

/** Makes an error object; its bytes are what `JSON.stringify` writes. */
export const createErrorBody = (code: number, message: string, data?: JsonValue): ErrorBody => ({
  code,
  message,
  bytes: Buffer.from(JSON.stringify(data === undefined ? { code, message } : { code, message, data })),
});

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** What decoding puts in the place of bytes that are not UTF-8. */
const REPLACEMENT = '\ufffd';

const withoutMark = (line: Buffer): Buffer =>
  line[0] === 0xef && line.subarray(0, 3).equals(BYTE_ORDER_MARK) ? line.subarray(3) : line;

const refuse = (
  code: ParseFailure['code'],
  reason: string,
  { id, method, isResponse = false }: Partial<Pick<ParseFailure, 'id' | 'method' | 'isResponse'>> = {},
): ParseFailure => ({ ok: false, code, id, method, isResponse, reason });

const readObject = (value: JsonObject, bytes: Buffer, text: string): ParseOutcome => {
  const isResponse = value['method'] === undefined;
  if (isResponse) return readResponse(value, bytes);
  if (isTooDeep(text)) {
    const read = { id: toRequestId(value['id']), method: toMethod(value['method']) };
    return refuse(INVALID_REQUEST, `a message may nest at most ${MAX_DEPTH} levels`, read);
  }
  return readRequest(hasFragileNumber(text) ? (parseLossless(text) as JsonObject) : value);
};

const readRequest = (value: JsonObject): ParseOutcome => {
  const { params } = value;
  const method = toMethod(value['method']);
  const hasId = value['id'] !== undefined;
  const id = toRequestId(value['id']);
  const read = { id, method };
  if (hasId && id === undefined)
    return refuse(INVALID_REQUEST, 'an id must be a string or an integer, of at most 1 KiB', read);
  if (value['jsonrpc'] !== '2.0') return refuse(INVALID_REQUEST, 'jsonrpc must be "2.0"', read);
  if (method === undefined) return refuse(INVALID_REQUEST, 'method must be a string', read);
  if (params !== undefined && !isJsonObject(params)) return refuse(INVALID_PARAMS, 'params must be an object', read);
  return {
    ok: true,
    message: id === undefined ? { kind: 'notification', method, params } : { kind: 'request', id, method, params },
  };
};

const toMethod = (value: JsonValue | undefined): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** Judges an answer; `bytes` are what its value was parsed from. */
export const readResponse = (value: JsonObject, bytes: Buffer): ParseOutcome => {
  const hasResult = value['result'] !== undefined;
  const hasError = value['error'] !== undefined;
  const id = readResponseId(value, bytes);
  const refuseIt = (reason: string): ParseFailure =>
    refuse(INVALID_REQUEST, reason, { id, isResponse: hasResult || hasError });
  if (value['jsonrpc'] !== '2.0') return refuseIt('jsonrpc must be "2.0"');
  if (hasResult === hasError) return refuseIt('a message needs a method, a result or an error, and only one of them');
  if (hasResult) {
    const result = value['result'];
    if (!isJsonObject(result)) return refuseIt('result must be an object');
    if (id === undefined) return refuseIt('a result needs an id that is a string or an integer');
    return { ok: true, message: { kind: 'result', id, value: result, bytes: oneLine(memberBytes(bytes, 'result')) } };
  }
  const error = value['error'];
  if (!isJsonObject(error) || !Number.isInteger(error['code']) || typeof error['message'] !== 'string') {
    return refuseIt('error must have an integer code and a message');
  }
  const body = {
    code: error['code'] as number,
    message: error['message'],
    bytes: oneLine(memberBytes(bytes, 'error')),
  };
  return { ok: true, message: { kind: 'error', id, error: body } };
};

/** The id of an answer: read without the cost of a lossless parse, unless it is a number that a double may have changed. */
const readResponseId = (value: JsonObject, bytes: Buffer): RequestId | undefined => {
  const id = value['id'];
  if (typeof id !== 'number' || Number.isSafeInteger(id)) return toRequestId(id);
  return toRequestId(parseLossless(memberBytes(bytes, 'id').toString('utf8')));
};

/** A carriage return can only be white space in valid JSON; some readers would take it for the end of a line. */
const oneLine = (bytes: Buffer): Buffer => {
  if (!bytes.includes(0x0d) && !bytes.includes(0x0a)) return bytes;
  return Buffer.from(bytes.map((byte) => (byte === 0x0d || byte === 0x0a ? 0x20 : byte)));
};

/** Whether a JSON text nests deeper than what is written anew may. */
export const isTooDeep = (text: string): boolean => isDeeperThan(text, MAX_DEPTH);
