import { scanElements } from '../../protocol/json-bytes.ts';
import type { Message, RequestId } from '../../protocol/message.ts';
import type { Inbox } from './inbox.ts';

/**
 * Delivers the message, or the batch of messages, in the body of an answer or in the data of an event. Only 2025-03-26 has
 * batches: https://modelcontextprotocol.io/specification/2025-03-26/basic/transports#sending-messages-to-the-server
 */
export const receiveJson = (bytes: Buffer, inbox: Inbox, about?: RequestId): Message[] =>
  (isArray(bytes) ? elementsOf(bytes) : [bytes])
    .map((one) => inbox.receive(one, about))
    .filter((one) => one !== undefined);

const isArray = (bytes: Buffer): boolean => bytes.toString('latin1', 0, 64).trimStart().startsWith('[');

const elementsOf = (bytes: Buffer): Buffer[] => {
  try {
    JSON.parse(bytes.toString('utf8'));
  } catch {
    return [bytes];
  }
  return scanElements(bytes).map(({ start, end }) => bytes.subarray(start, end));
};
