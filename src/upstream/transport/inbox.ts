import { ERROR_CODES } from '../../errors/codes.ts';
import type { CheckedLine } from '../../protocol/large-json.ts';
import type { LeaveAlone, Message, RequestId } from '../../protocol/message.ts';
import { createErrorBody, PARSE_ERROR, type ParseFailure, parseMessage } from '../../protocol/parse.ts';
import { parseLargeAnswer } from '../../protocol/parse-large.ts';
import { compactJson } from './compact-json.ts';
import { excerpt } from './excerpt.ts';
import type { TransportListener } from './transport.ts';
import { unreadAnswerId } from './unread-answer.ts';

const LINE_FEED = 0x0a;

/** Turns bytes from an upstream into messages; what is none of them never stops the connection. */
export interface Inbox {
  /**
   * Reads one message and delivers it. An answer that is malformed becomes an error for the call that waits for it.
   * @param about the request on whose stream it came, where it came on one.
   * @returns what was delivered.
   */
  receive(bytes: Buffer, about?: RequestId): Message | undefined;
  /** Reads a large line that has been checked, likewise. */
  receiveLarge(line: CheckedLine): Message | undefined;
  /** Delivers an HTTP body that refuses a request, if it is a JSON-RPC error. @param leaveAlone what came with it. */
  receiveRefusal(bytes: Buffer, id: RequestId, leaveAlone?: LeaveAlone): boolean;
  /** Delivers an error of the hub's own for a call that can get no other answer. */
  fail(id: RequestId, reason: string): void;
}

/** @param name the upstream, as it is named in what a person reads. */
export const createInbox = (name: string, listener: TransportListener): Inbox => {
  const deliver = (message: Message, about?: RequestId): Message => {
    listener.onMessage(message, about);
    return message;
  };

  const fail = (id: RequestId, reason: string): Message => {
    const text = `${name} gave an answer that cannot be used: ${reason}`;
    return deliver({
      kind: 'error',
      id,
      error: createErrorBody(ERROR_CODES.UPSTREAM_INVALID.rpc, text),
      isUnusable: true,
    });
  };

  const refuse = (fault: ParseFailure, bytes: Buffer): Message | undefined => {
    const why = fault.code === PARSE_ERROR ? 'not JSON' : fault.reason;
    listener.onProblem(`${why}: ${excerpt(bytes.toString('utf8', 0, 1024))}`);
    // A call whose answer cannot be read fails now, instead of waiting for ever.
    const id = fault.code === PARSE_ERROR ? unreadableAnswerId(bytes) : fault.isResponse ? fault.id : undefined;
    return id === undefined ? undefined : fail(id, fault.reason);
  };

  return {
    receive(bytes, about) {
      const outcome = parseMessage(bytes);
      return outcome.ok ? deliver(onOneLine(outcome.message, bytes), about) : refuse(outcome, bytes);
    },
    receiveLarge(line) {
      const outcome = parseLargeAnswer(line);
      return outcome.ok ? deliver(outcome.message) : refuse(outcome, Buffer.concat(line.pieces));
    },
    receiveRefusal(bytes, id, leaveAlone) {
      const outcome = parseMessage(bytes);
      if (!outcome.ok || outcome.message.kind !== 'error') return false;
      deliver({ ...onOneLine(outcome.message, bytes), id, ...(leaveAlone && { leaveAlone }) });
      return true;
    },
    fail: (id, reason) => void fail(id, reason),
  };
};

const END_BYTES = 4096;

const unreadableAnswerId = (bytes: Buffer): RequestId | undefined =>
  unreadAnswerId(bytes.subarray(0, END_BYTES), bytes.subarray(-END_BYTES));

/** Over HTTP a message may come printed over many lines; the hub writes it on one. */
const onOneLine = <Kind extends Message>(message: Kind, source: Buffer): Kind => {
  if (!source.includes(LINE_FEED)) return message;
  if (message.kind === 'result') return { ...message, bytes: compactJson(message.bytes) };
  if (message.kind !== 'error') return message;
  return { ...message, error: { ...message.error, bytes: compactJson(message.error.bytes) } };
};

/** A size as a person reads it: `10 MiB`, `1.5 KiB`, `12 bytes`. */
export const describeBytes = (bytes: number): string => {
  if (bytes < 1024) return `${bytes} bytes`;
  const [value, unit] = bytes < 1024 * 1024 ? [bytes / 1024, 'KiB'] : [bytes / (1024 * 1024), 'MiB'];
  return `${Number(value.toFixed(1))} ${unit}`;
};

/** Why an answer was dropped because of its size. */
export const overLimit = (limitBytes: number): string =>
  `longer than the limit of ${describeBytes(limitBytes)} (hub.limits.resultBytes)`;
