import type { Call, CallSink } from '../dispatch/call.ts';
import type { Interceptor } from '../dispatch/interceptor.ts';
import type { Reply } from '../dispatch/reply.ts';
import { HubError } from '../errors/hub-error.ts';
import type { JsonObject } from '../protocol/json.ts';
import { type Alarm, type Alarms, createAlarms } from '../utils/alarms.ts';
import { Cancellation } from '../utils/cancellation.ts';
import { follow } from '../utils/eventual.ts';

export interface DeadlineLimits {
  /** From the sending of the call to its answer, begun again by each progress notification. Milliseconds. */
  readonly callMs: number;
  /** The most that progress can stretch it to. Milliseconds. */
  readonly maxCallMs: number;
}

/**
 * Ends a call that takes too long: it is cancelled at the upstream, and its reply says how long it was given. The clock
 * starts when the request is sent, counts the time that the call has waited for its turn, and stands still while a client is
 * asked; the start of an upstream has a limit of its own.
 */
export const createDeadline = (limitsOf: (upstream: string) => DeadlineLimits): Interceptor => {
  const alarms = createAlarms();
  return (next) =>
    function deadline(call) {
      const clock = new CallClock(call, limitsOf(call.target.upstream), alarms);
      return follow(next(clock.call), clock, stop, stopFailed);
    };
};

const stop = (reply: Reply, clock: CallClock): Reply => {
  clock.stop();
  return reply;
};

const stopFailed = (fault: unknown, clock: CallClock): never => {
  clock.stop();
  throw fault;
};

/** The clock of one call. It is the sink of the call as well, as sending and progress move it. */
class CallClock implements Alarm, CallSink {
  dueAt = 0;
  place = -1;
  /** The call for those behind the deadline. */
  readonly call: Call;
  readonly #original: Call;
  readonly #limits: DeadlineLimits;
  readonly #alarms: Alarms;
  readonly #limit: Cancellation;
  #firstSentAt: number | undefined = undefined;
  #openQuestions = 0;
  #isOver = false;
  /** Which of the limits the alarm is set for. */
  #setting: 'callMs' | 'maxCallMs' = 'callMs';

  constructor(call: Call, limits: DeadlineLimits, alarms: Alarms) {
    this.#original = call;
    this.#limits = limits;
    this.#alarms = alarms;
    this.#limit = new Cancellation(call.signal);
    this.call = {
      callId: call.callId,
      method: call.method,
      params: call.params,
      client: call.client,
      target: call.target,
      logLevel: call.logLevel,
      wantsProgress: call.wantsProgress,
      signal: this.#limit,
      bytesIn: call.bytesIn,
      sink: this,
      ask: (question, signal) => this.#ask(question, signal),
    };
  }

  sent(waitedMs = 0): void {
    const now = performance.now();
    this.#firstSentAt ??= now - waitedMs;
    this.#restart(waitedMs, now);
    this.#original.sink.sent(waitedMs);
  }

  progress(params: JsonObject): void {
    this.#restart();
    this.#original.sink.progress(params);
  }

  log(params: JsonObject): void {
    this.#original.sink.log(params);
  }

  stop(): void {
    this.#isOver = true;
    this.#alarms.callOff(this);
  }

  ring(): void {
    const { upstream, qualifiedName } = this.#original.target;
    const hint = `raise hub.servers.${upstream}.timeouts.${this.#setting}`;
    const message = `${qualifiedName} did not answer within ${this.#limits[this.#setting]} ms`;
    this.#limit.abort(new HubError('TIMEOUT', message, { upstream, sent: true, hint }));
  }

  /** The time that a client takes for an answer counts for `maxCallMs` alone. */
  #restart(spentMs = 0, now = performance.now()): void {
    if (this.#isOver || this.#firstSentAt === undefined) return;
    const { callMs, maxCallMs } = this.#limits;
    const restMs = Math.max(0, this.#firstSentAt + maxCallMs - now);
    const turnMs = Math.max(0, callMs - spentMs);
    this.#setting = this.#openQuestions === 0 && turnMs <= restMs ? 'callMs' : 'maxCallMs';
    this.#alarms.set(this, this.#setting === 'callMs' ? turnMs : restMs, now);
  }

  async #ask(...[question, signal]: Parameters<Call['ask']>): ReturnType<Call['ask']> {
    this.#openQuestions += 1;
    this.#restart();
    try {
      return await this.#original.ask(question, signal);
    } finally {
      this.#openQuestions -= 1;
      this.#restart();
    }
  }
}
