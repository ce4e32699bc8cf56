import type { Call, UpstreamHandle } from '../dispatch/call.ts';
import { failureReply } from '../dispatch/failure.ts';
import type { Reply } from '../dispatch/reply.ts';
import { HubError } from '../errors/hub-error.ts';
import type { UpstreamEnvelope } from '../protocol/codec.ts';
import { Cancellation } from '../utils/cancellation.ts';
import type { AttemptOptions } from './attempt.ts';
import type { Connector } from './connector.ts';
import type { Health } from './health.ts';
import { gaveWay, type Questions } from './questions.ts';
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
  readonly #onWrongEra: AttemptOptions['onWrongEra'];
  readonly #stateOf: () => Connector['state'];
  /** The one that has taken the place of the upstream: what was not sent before goes there. */
  successor: Pick<UpstreamHandle, 'call'> | undefined;

  constructor(options: CallCarrierOptions) {
    const { connector } = options;
    this.#options = options;
    this.#onWrongEra = (link, why) => connector.loseEra(link, why);
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
    const { name, connector, clientInfo, turns, questions } = this.#options;
    const attempts = new Cancellation(call.signal);
    const leave = questions.enter(call, () => attempts.abort(gaveWay(call)));
    const end = (): void => {
      leave();
      turns.end(call.bytesIn);
    };
    const sending = sendOrAgain(this.#stateOf, {
      name,
      method: call.method,
      params: call.params,
      definition: call.target.definition,
      call,
      envelope: { clientInfo, clientCapabilities: call.client.capabilities, logLevel: call.logLevel },
      signal: attempts,
      onSent: () => call.sink.sent(waitedMs),
      onProgress: call.wantsProgress ? (params) => call.sink.progress(params) : undefined,
      connect: () => connector.get(attempts),
      onWrongEra: this.#onWrongEra,
    });
    return sending.then(
      (reply) => {
        end();
        this.#judge(reply);
        return this.successor === undefined ? reply : handOver(this.successor, call, reply);
      },
      (fault: unknown) => {
        end();
        throw fault;
      },
    );
  }

  /** An answer, be it an error, is a sign of health; that a call was out of time is a reason to look for one. */
  #judge(reply: Reply): void {
    const { health } = this.#options;
    const failure = reply.kind === 'error' ? reply.failure : undefined;
    if (failure === undefined) {
      if (health.isSick) health.answered();
    } else if (failure.code === 'TIMEOUT' && failure.sent) health.suspect();
  }
}

/** A call that was not sent before its upstream was replaced is sent to the new one. */
const handOver = async (successor: Pick<UpstreamHandle, 'call'>, call: Call, reply: Reply): Promise<Reply> => {
  const wasStopped = reply.kind === 'error' && reply.failure?.code === 'SHUTTING_DOWN';
  return wasStopped && !call.signal.aborted ? successor.call(call) : reply;
};
