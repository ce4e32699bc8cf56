import type { Call, UpstreamHandle } from '../dispatch/call.ts';
import { failureReply } from '../dispatch/failure.ts';
import type { Reply } from '../dispatch/reply.ts';
import { HubError } from '../errors/hub-error.ts';
import type { UpstreamEnvelope } from '../protocol/codec.ts';
import type { JsonObject } from '../protocol/json.ts';
import { Cancellation } from '../utils/cancellation.ts';
import { follow } from '../utils/eventual.ts';
import type { AttemptOptions } from './attempt.ts';
import type { Connector } from './connector.ts';
import type { Connection } from './handshake.ts';
import type { Health } from './health.ts';
import type { Link } from './link.ts';
import { type AskingCall, gaveWay, type OpenQuestion, type Questions } from './questions.ts';
import { sendOrAgain } from './send-again.ts';
import type { Turns } from './turns.ts';

export interface CallCarrierOptions {
  readonly name: string;
  readonly connector: Connector;
  readonly clientInfo: UpstreamEnvelope['clientInfo'];
  readonly turns: Turns;
  readonly questions: Questions;
  readonly health: Health;
}

/** Carries the calls of clients to one upstream, each when it has its turn, and learns from their ends how it is. */
export class CallCarrier {
  readonly #options: CallCarrierOptions;
  readonly #stateOf: () => Connector['state'];
  /** The one that has taken the place of the upstream: what was not sent before goes there. */
  successor: Pick<UpstreamHandle, 'call'> | undefined;

  constructor(options: CallCarrierOptions) {
    const { connector } = options;
    this.#options = options;
    this.#stateOf = () => connector.state;
  }

  call(call: Call): PromiseLike<Reply> {
    const { turns, questions } = this.#options;
    const hasTurn = !questions.isHolding && turns.take(call.bytesIn);
    return hasTurn ? this.#carry(call, 0) : this.#waitAndCarry(call);
  }

  async #waitAndCarry(call: Call): Promise<Reply> {
    const { turns, questions } = this.#options;
    const turn = turns.take(call.bytesIn) ? 0 : await turns.wait(call);
    if (turn instanceof HubError) return failureReply(turn);
    if (questions.isHolding) await questions.wait(call);
    return this.#carry(call, turn);
  }

  /** Carries a call that has its turn, for which it has waited so many milliseconds. */
  #carry(call: Call, waitedMs: number): PromiseLike<Reply> {
    const { questions } = this.#options;
    const carried = new CarriedCall(call, waitedMs, this, this.#options);
    questions.enter(carried);
    return follow(sendOrAgain(this.#stateOf, carried), carried, end, endFailed);
  }

  /** Takes the turn back from a call that has ended. */
  end(carried: CarriedCall): void {
    const { turns, questions } = this.#options;
    questions.leave(carried);
    turns.end(carried.call.bytesIn);
  }

  /** An answer, be it an error, is a sign of health; that a call was out of time is a reason to look for one. */
  judge(reply: Reply): void {
    const { health } = this.#options;
    const failure = reply.kind === 'error' ? reply.failure : undefined;
    if (failure === undefined) {
      if (health.isSick) health.answered();
    } else if (failure.code === 'TIMEOUT' && failure.sent) health.suspect();
  }
}

/** A call on its way: what an attempt needs, and what a question of its upstream does. */
class CarriedCall implements AttemptOptions, AskingCall {
  place = -1;
  readonly call: Call;
  readonly carrier: CallCarrier;
  readonly asking: OpenQuestion[] = [];
  readonly envelope: UpstreamEnvelope;
  readonly onProgress: AttemptOptions['onProgress'];
  /** Gives up all attempts. */
  readonly signal: Cancellation;
  readonly #waitedMs: number;
  readonly #options: CallCarrierOptions;

  constructor(call: Call, waitedMs: number, carrier: CallCarrier, options: CallCarrierOptions) {
    this.call = call;
    this.carrier = carrier;
    this.envelope = {
      clientInfo: options.clientInfo,
      clientCapabilities: call.client.capabilities,
      logLevel: call.logLevel,
    };
    this.onProgress = call.wantsProgress ? (params) => call.sink.progress(params) : undefined;
    this.signal = new Cancellation(call.signal);
    this.#waitedMs = waitedMs;
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  get method(): string {
    return this.call.method;
  }

  get params(): JsonObject {
    return this.call.params;
  }

  get definition(): JsonObject | undefined {
    return this.call.target.definition;
  }

  connect(): Connection | Promise<Connection> {
    return this.#options.connector.get(this.signal);
  }

  onSent(): void {
    this.call.sink.sent(this.#waitedMs);
  }

  onWrongEra(link: Link, why: string): HubError {
    return this.#options.connector.loseEra(link, why);
  }

  giveUp(): void {
    this.signal.abort(gaveWay(this.call));
  }
}

const end = (reply: Reply, carried: CarriedCall): Reply | Promise<Reply> => {
  const { carrier, call } = carried;
  carrier.end(carried);
  carrier.judge(reply);
  return carrier.successor === undefined ? reply : handOver(carrier.successor, call, reply);
};

const endFailed = (fault: unknown, carried: CarriedCall): never => {
  carried.carrier.end(carried);
  throw fault;
};

/** A call that was not sent before its upstream was replaced is sent to the new one. */
const handOver = async (successor: Pick<UpstreamHandle, 'call'>, call: Call, reply: Reply): Promise<Reply> => {
  const wasStopped = reply.kind === 'error' && reply.failure?.code === 'SHUTTING_DOWN';
  return wasStopped && !call.signal.aborted ? successor.call(call) : reply;
};
