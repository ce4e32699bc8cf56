import type { Target } from '../dispatch/call.ts';
import type { Reply } from '../dispatch/reply.ts';
import type { EventBus } from '../events/bus.ts';
import type { Outcome } from '../events/events.ts';
import type { JsonObject } from '../protocol/json.ts';
import { bytesOfResult, outlineOfResult, sizeOfResult } from '../protocol/large-result.ts';
import { beginningOfJson } from '../protocol/long-text.ts';
import { createCallId } from './call-id.ts';

export interface CallSubject {
  readonly method: string;
  readonly params: JsonObject;
  readonly clientId: string;
  /** Size of the request as the client sent it. */
  readonly bytesIn: number;
}

export interface CallRecorder {
  readonly callId: string;
  /** Tells that the call goes to an upstream now, after waiting `waitedMs` for upstreams to say what they offer. */
  start(target: Target, waitedMs: number): void;
  /** Tells how it ended, and gives the reply back. The outcome is read from the reply where none is given. */
  finish<R extends Reply>(reply: R, outcome?: Outcome): R;
}

/** Tells the bus of one call: its start once, and its end once, whatever happens between. */
export const recordCall = (bus: EventBus, { method, params, clientId, bytesIn }: CallSubject): CallRecorder => {
  const callId = createCallId();
  const startedAt = Date.now();
  const receivedAt = performance.now();
  let isStarted = false;
  let listMs = 0;
  const start = (target?: Target, waitedMs = 0): void => {
    isStarted = true;
    listMs = waitedMs;
    bus.emit({
      type: 'call.started',
      callId,
      clientId,
      method,
      startedAt,
      bytesIn,
      request: (maxChars) => (maxChars === undefined ? JSON.stringify(params) : beginningOfJson(params, maxChars)),
      ...(target && { upstream: target.upstream, qualifiedName: target.qualifiedName, ownName: target.ownName }),
      ...(!target && nameIn(params)),
    });
  };
  return {
    callId,
    start,
    finish(reply, outcome = outcomeOf(method, reply)) {
      if (!isStarted) start();
      const durationMs = performance.now() - receivedAt;
      const upstreamMs = Math.min(durationMs, listMs + reply.time.startMs + reply.time.workMs);
      bus.emit({
        type: 'call.finished',
        callId,
        outcome,
        ...(reply.kind === 'error' && { errorCode: reply.error.code, errorMessage: reply.error.message }),
        durationMs,
        hubMs: durationMs - upstreamMs,
        upstreamMs,
        bytesOut: reply.kind === 'error' ? reply.error.bytes.length : sizeOfResult(reply.body),
        result: reply.kind === 'error' ? reply.error.bytes : bytesOfResult(reply.body),
      });
      return reply;
    },
  };
};

/** How a reply is counted. A tool whose request was sent and not answered may have done its work. */
const outcomeOf = (method: string, reply: Reply): Outcome => {
  if (reply.kind !== 'error') return outlineOfResult(reply.body)['isError'] === true ? 'tool_error' : 'ok';
  switch (reply.failure?.code) {
    case 'TIMEOUT':
      return 'timeout';
    case 'CANCELLED':
    case 'SHUTTING_DOWN':
      return 'cancelled';
    case 'UPSTREAM_CLOSED':
      return reply.failure.sent && method === 'tools/call' ? 'unknown' : 'error';
    default:
      return 'error';
  }
};

const nameIn = ({ name, uri }: JsonObject): { qualifiedName?: string } => {
  const named = name ?? uri;
  return typeof named === 'string' ? { qualifiedName: named } : {};
};
