import type { Era } from './era.ts';
import type { JsonObject } from './json.ts';
import type { LargeResult } from './large-result.ts';

/**
 * A JSON-RPC request id as its JSON text (`1`, `"1"`, `9007199254740993`), so that ids of different types never meet and
 * long integers keep their digits. It is written into an answer as it is.
 */
export type RequestId = string & { readonly __requestId: never };

export interface RequestMessage {
  readonly kind: 'request';
  readonly id: RequestId;
  readonly method: string;
  readonly params: JsonObject | undefined;
}

export interface NotificationMessage {
  readonly kind: 'notification';
  readonly method: string;
  readonly params: JsonObject | undefined;
}

export interface ResultMessage {
  readonly kind: 'result';
  readonly id: RequestId;
  /** The `result` member as it stood on the wire. */
  readonly bytes: Uint8Array;
  /** The same, parsed by `JSON.parse`. */
  readonly value: JsonObject;
  /** Where it is large and was not parsed: then `bytes` and `value` are made when they are asked for. */
  readonly large?: LargeResult;
}

export interface ErrorMessage {
  readonly kind: 'error';
  /** Absent where the peer could not read the id of what it refuses. */
  readonly id: RequestId | undefined;
  readonly error: ErrorBody;
  /** The peer has answered with something that is no answer; the error is the hub's own word for it. */
  readonly isUnusable?: true;
  /** It came with HTTP 429: the peer asks to be left alone. */
  readonly leaveAlone?: LeaveAlone;
}

/** What comes with HTTP 429. */
export interface LeaveAlone {
  /** How long, in milliseconds (`Retry-After`); absent where the peer does not say. */
  readonly forMs?: number;
}

/** One JSON-RPC message that has been validated. */
export type Message = RequestMessage | NotificationMessage | ResultMessage | ErrorMessage;

/** A JSON-RPC error object: what it says, and its bytes. */
export interface ErrorBody {
  readonly code: number;
  readonly message: string;
  /** The whole error object as one line of JSON. */
  readonly bytes: Uint8Array;
}

/** A result: bytes that are passed on, the parsed value for whoever has to look, and the era whose shape it has. */
export interface ResultBody {
  readonly era: Era;
  readonly bytes: Uint8Array;
  readonly value: JsonObject;
  /** Where it is large and was not parsed: then `bytes` and `value` are made when they are asked for. */
  readonly large?: LargeResult;
}

/** JSON text, in the pieces in which it came where it is large. */
export type ResultBytes = Uint8Array | readonly Uint8Array[];
