import type { Target } from '../dispatch/call.ts';
import type { Reply } from '../dispatch/reply.ts';
import type { EventBus } from '../events/bus.ts';
import type { CallFinished, CallStarted, Outcome } from '../events/events.ts';
import type { JsonObject } from '../protocol/json.ts';
import { bytesOfResult, outlineOfResult, sizeOfResult } from '../protocol/large-result.ts';
import { beginningOfJson } from '../protocol/long-text.ts';
import type { Placed, Roster } from '../utils/roster.ts';
import { createCallId } from './call-id.ts';

export interface CallSubject {
  readonly method: string;
  readonly params: JsonObject;
  readonly clientId: string;
  /** Size of the request as the client sent it. */
  readonly bytesIn: number;
}

export interface CallRecorder {
  /** Unique over all hubs and runs. */
  readonly callId: string;
  /** Tells that the call waits for a login at the upstream that it goes to, as far as that is known. */
  await(upstream: string, ownName: string | undefined): void;
  /** Counts what it has waited for a login as time of neither the hub nor an upstream. */
  awaited(loginMs: number): void;
  /** Tells that the call goes to an upstream now, after waiting `waitedMs` for upstreams to say what they offer. */
  start(target: Target, waitedMs: number): void;
  /** Tells how it ended, and gives the reply back. The outcome is read from the reply where none is given. */
  finish<R extends Reply>(reply: R, outcome?: Outcome): R;
}

/** What can be told of a call that has begun and has not ended. */
export type CallUnderWay = Omit<CallStarted, 'type' | 'bytesIn' | 'request'>;

/** The calls that have begun and have not ended. */
export type CallsUnderWay = Roster<CallRecord>;

export interface Witnesses {
  readonly bus: EventBus;
  readonly underWay: CallsUnderWay;
}

/** Tells of one call: its start once, and its end once, whatever happens between. */
export const recordCall = (witnesses: Witnesses, subject: CallSubject): CallRecorder =>
  new CallRecord(witnesses, subject);

class CallRecord implements CallRecorder, Placed {
  place = -1;
  readonly #witnesses: Witnesses;
  readonly #subject: CallSubject;
  readonly callId = createCallId();
  readonly #startedAt = Date.now();
  readonly #receivedAt = performance.now();
  /** Where it goes, once it has begun. */
  #where: Where | undefined = undefined;
  #listMs = 0;
  #loginMs = 0;

  constructor(witnesses: Witnesses, subject: CallSubject) {
    this.#witnesses = witnesses;
    this.#subject = subject;
  }

  describe(): CallUnderWay {
    const { method, clientId } = this.#subject;
    return { callId: this.callId, clientId, method, startedAt: this.#startedAt, ...this.#where };
  }

  await(upstream: string, ownName: string | undefined): void {
    this.#tellStart({ upstream, ...nameIn(this.#subject.params), ...(ownName !== undefined && { ownName }) });
  }

  awaited(loginMs: number): void {
    this.#loginMs = loginMs;
  }

  start({ upstream, qualifiedName, ownName }: Target, waitedMs: number): void {
    this.#listMs = waitedMs;
    if (this.#where === undefined) this.#tellStart({ upstream, qualifiedName, ownName });
  }

  finish<R extends Reply>(reply: R, outcome: Outcome = outcomeOf(this.#subject.method, reply)): R {
    // Nobody knows where it would have gone.
    if (this.#where === undefined) this.#tellStart(nameIn(this.#subject.params));
    const { bus, underWay } = this.#witnesses;
    underWay.remove(this);
    if (bus.isHeard('call.finished')) bus.emit(this.#end(reply, outcome));
    return reply;
  }

  #end(reply: Reply, outcome: Outcome): CallFinished {
    const durationMs = performance.now() - this.#receivedAt;
    const { startMs, workMs, loginMs = 0 } = reply.time;
    const ownMs = Math.max(0, durationMs - this.#loginMs - loginMs);
    const upstreamMs = Math.min(ownMs, this.#listMs + startMs + workMs);
    const times = { durationMs, hubMs: ownMs - upstreamMs, upstreamMs };
    if (reply.kind !== 'error')
      return {
        type: 'call.finished',
        callId: this.callId,
        outcome,
        ...times,
        bytesOut: sizeOfResult(reply.body),
        result: bytesOfResult(reply.body),
      };
    const { code, message, bytes } = reply.error;
    return {
      type: 'call.finished',
      callId: this.callId,
      outcome,
      errorCode: code,
      errorMessage: message,
      ...times,
      bytesOut: bytes.length,
      result: bytes,
    };
  }

  #tellStart(where: Where): void {
    const { bus, underWay } = this.#witnesses;
    this.#where = where;
    underWay.add(this);
    if (!bus.isHeard('call.started')) return;
    const { method, params, clientId, bytesIn } = this.#subject;
    bus.emit({
      type: 'call.started',
      callId: this.callId,
      clientId,
      method,
      startedAt: this.#startedAt,
      bytesIn,
      request: (maxChars) => requestText(params, maxChars),
      ...where,
    });
  }
}

type Where = Pick<CallStarted, 'upstream' | 'qualifiedName' | 'ownName'>;

const requestText = (params: JsonObject, maxChars: number | undefined): string =>
  maxChars === undefined ? JSON.stringify(params) : beginningOfJson(params, maxChars);

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
