import type { Message, RequestId } from '../../protocol/message.ts';
import type { Refusal } from './http-failure.ts';

/** One message on its way over HTTP: what is learned about the request that carries it. */
export interface Exchange {
  /** Set where the message is a request. */
  readonly requestId: RequestId | undefined;
  /** An answer has been delivered. */
  isAnswered: boolean;
  /** The last HTTP answer that was no success. */
  refusal: Refusal | undefined;
  /** Its answer comes on a stream that has begun: the server has taken the request. */
  isTaken: boolean;
  /** How often its broken stream was asked for again since it last went on. */
  resumptions: number;
}

/** The exchanges whose answers are still awaited, by the id of their request: an answer may come on any stream. */
export interface Exchanges {
  open(requestId: RequestId | undefined): Exchange;
  /** No answer to it is waited for any more. */
  close(exchange: Exchange): void;
  settle(exchange: Exchange): void;
  /** Settles the exchanges that these messages answer. Returns whether one of the messages is an answer at all. */
  settleBy(messages: readonly Message[]): boolean;
  /** The answer comes on a stream that has begun. */
  take(exchange: Exchange): void;
  /** Resolves when of each request it is known whether the server has taken it. */
  allTold(): Promise<void>;
}

export const createExchanges = (): Exchanges => {
  const waiting = new Map<RequestId, Exchange>();
  let told: PromiseWithResolvers<void> | undefined;
  const areAllTold = (): boolean => [...waiting.values()].every(({ isTaken }) => isTaken);
  const tell = (): void => {
    if (told === undefined || !areAllTold()) return;
    told.resolve();
    told = undefined;
  };
  const close = ({ requestId }: Exchange): void => {
    if (requestId !== undefined) waiting.delete(requestId);
    tell();
  };
  const settle = (exchange: Exchange): void => {
    exchange.isAnswered = true;
    close(exchange);
  };

  return {
    open(requestId) {
      const exchange: Exchange = { requestId, isAnswered: false, refusal: undefined, isTaken: false, resumptions: 0 };
      if (requestId !== undefined) waiting.set(requestId, exchange);
      return exchange;
    },
    close,
    settle,
    settleBy(messages) {
      const answers = messages.filter((message) => message.kind === 'result' || message.kind === 'error');
      for (const { id } of answers) {
        const exchange = id === undefined ? undefined : waiting.get(id);
        if (exchange) settle(exchange);
      }
      return answers.length > 0;
    },
    take(exchange) {
      exchange.isTaken = true;
      tell();
    },
    allTold() {
      if (areAllTold()) return Promise.resolve();
      told ??= Promise.withResolvers<void>();
      return told.promise;
    },
  };
};
