import type { HubError } from '../errors/hub-error.ts';
import type { Era } from '../protocol/era.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { ErrorBody, LeaveAlone, ResultBody } from '../protocol/message.ts';
import type { Target } from './call.ts';

/** Time that the hub itself did not take: waiting for the start of an upstream, and for its answer. Milliseconds. */
export interface UpstreamTime {
  readonly startMs: number;
  readonly workMs: number;
  /** Waiting for a person who was asked to log in, which is the time of neither; default 0. */
  readonly loginMs?: number;
}

export interface ResultReply {
  /** `input_required` is an interim result: the client is to repeat the request with what is asked for. */
  readonly kind: 'result' | 'input_required';
  readonly body: ResultBody;
  /** The definition of the tool that was called, as its server wrote it, where it is known. */
  readonly tool?: JsonObject;
  /** Who has answered, where it was not the target of the call but one of its alternatives. */
  readonly answeredBy?: Target;
  readonly time: UpstreamTime;
}

export interface ErrorReply {
  readonly kind: 'error';
  readonly error: ErrorBody;
  /** The era of the upstream that said it; absent where the hub itself refuses. */
  readonly from?: Era;
  /** The hub's own failure, absent where an upstream said it. */
  readonly failure?: HubError;
  /** The upstream asks for fewer requests by this answer of its own. */
  readonly leaveAlone?: LeaveAlone;
  readonly time: UpstreamTime;
}

/** How a call ends. */
export type Reply = ResultReply | ErrorReply;

export const NO_TIME: UpstreamTime = { startMs: 0, workMs: 0 };
