import { ERROR_CODES } from '../../errors/codes.ts';
import type { Message, RequestId } from '../../protocol/message.ts';
import { createErrorBody, PARSE_ERROR, parseMessage } from '../../protocol/parse.ts';
import { excerpt } from './excerpt.ts';
import type { TransportListener } from './transport.ts';

/** Turns bytes from an upstream into messages; what is none of them never stops the connection. */
export interface Inbox {
  /**
   * Reads one message and delivers it. An answer that is malformed becomes an error for the call that waits for it.
   * @returns what was delivered.
   */
  receive(bytes: Buffer): Message | undefined;
  /** Delivers an error of the hub's own for a call that can get no other answer. */
  fail(id: RequestId, reason: string): void;
}

/** @param name the upstream, as it is named in what a person reads. */
export const createInbox = (name: string, listener: TransportListener): Inbox => {
  const fail = (id: RequestId, reason: string): Message => {
    const message: Message = {
      kind: 'error',
      id,
      error: createErrorBody(ERROR_CODES.UPSTREAM_INVALID.rpc, `${name} gave an answer that cannot be used: ${reason}`),
    };
    listener.onMessage(message);
    return message;
  };

  return {
    receive(bytes) {
      const outcome = parseMessage(bytes);
      if (outcome.ok) {
        listener.onMessage(outcome.message);
        return outcome.message;
      }
      const why = outcome.code === PARSE_ERROR ? 'not JSON' : outcome.reason;
      listener.onProblem(`${why}: ${excerpt(bytes.toString('utf8', 0, 1024))}`);
      return outcome.isResponse && outcome.id !== undefined ? fail(outcome.id, outcome.reason) : undefined;
    },
    fail: (id, reason) => void fail(id, reason),
  };
};

/** A size as a person reads it: `10 MiB`, `1.5 KiB`, `12 bytes`. */
export const describeBytes = (bytes: number): string => {
  if (bytes < 1024) return `${bytes} bytes`;
  const [value, unit] = bytes < 1024 * 1024 ? [bytes / 1024, 'KiB'] : [bytes / (1024 * 1024), 'MiB'];
  return `${Number(value.toFixed(1))} ${unit}`;
};
