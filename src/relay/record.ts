import type { Target } from '../dispatch/call.ts';
import type { Reply } from '../dispatch/reply.ts';
import type { EventBus } from '../events/bus.ts';
import type { CallStarted, Outcome } from '../events/events.ts';
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

/** Tells the bus of one call: its start once, and its end once, whatever happens between. */
export const recordCall = (bus: EventBus, subject: CallSubject): CallRecorder => new CallRecord(bus, subject);

class CallRecord implements CallRecorder {
  readonly #bus: EventBus;
  readonly #subject: CallSubject;
  readonly callId = createCallId();
  readonly #startedAt = Date.now();
  readonly #receivedAt = performance.now();
  #isStarted = false;
  #listMs = 0;
  #loginMs = 0;

  constructor(bus: EventBus, subject: CallSubject) {
    this.#bus = bus;
    this.#subject = subject;
  }

  await(upstream: string, ownName: string | undefined): void {
    this.#tellStart({ upstream, ...nameIn(this.#subject.params), ...(ownName !== undefined && { ownName }) });
  }

  awaited(loginMs: number): void {
    this.#loginMs = loginMs;
  }

  start({ upstream, qualifiedName, ownName }: Target, waitedMs: number): void {
    this.#listMs = waitedMs;
    if (!this.#isStarted) this.#tellStart({ upstream, qualifiedName, ownName });
  }

  finish<R extends Reply>(reply: R, outcome: Outcome = outcomeOf(this.#subject.method, reply)): R {
    // Nobody knows where it would have gone.
    if (!this.#isStarted) this.#tellStart(nameIn(this.#subject.params));
    const durationMs = performance.now() - this.#receivedAt;
    const { startMs, workMs, loginMs = 0 } = reply.time;
    const ownMs = Math.max(0, durationMs - this.#loginMs - loginMs);
    const upstreamMs = Math.min(ownMs, this.#listMs + startMs + workMs);
    const isError = reply.kind === 'error';
    this.#bus.emit({
      type: 'call.finished',
      callId: this.callId,
      outcome,
      ...(isError && { errorCode: reply.error.code, errorMessage: reply.error.message }),
      durationMs,
      hubMs: ownMs - upstreamMs,
      upstreamMs,
      bytesOut: isError ? reply.error.bytes.length : sizeOfResult(reply.body),
      result: isError ? reply.error.bytes : bytesOfResult(reply.body),
    });
    return reply;
  }

  #tellStart(where: Pick<CallStarted, 'upstream' | 'qualifiedName' | 'ownName'>): void {
    const { method, params, clientId, bytesIn } = this.#subject;
    this.#isStarted = true;
    this.#bus.emit({
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
