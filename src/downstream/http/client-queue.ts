import type { ServerResponse } from 'node:http';
import type { LineParts } from '../../protocol/framing.ts';
import { fateWhenFull } from '../patience.ts';

/** More than this waiting for one client ends its connections. */
const MAX_BYTES = 64 * 1024 * 1024;

/** A connection that takes nothing for this long, while something waits for it, is ended. */
const STALL_MS = 30_000;

/** More changes are not remembered while a client does not read. */
const MAX_DEFERRED = 1024;

export interface ClientQueueOptions {
  /** Above it nothing is queued that can be left out. */
  readonly maxBytes: number;
  /** Default: 30 seconds. */
  readonly stallMs?: number;
}

/** What waits for one client on all its connections. It bounds the memory that a slow reader costs. */
export interface ClientQueue {
  /** Watches a response of the client until it is closed. */
  add(response: ServerResponse): void;
  /** Hands a notification or a question to `send`: now, later when there is room again, or not at all. */
  offer(parts: LineParts, send: () => void): void;
  /** Ends the connections that hold up too much; asked after every write. */
  check(): void;
}

export const createClientQueue = ({ maxBytes, stallMs = STALL_MS }: ClientQueueOptions): ClientQueue => {
  const hardBytes = Math.max(MAX_BYTES, maxBytes);
  const responses = new Set<ServerResponse>();
  const deferred = new Map<string, () => void>();

  const pendingBytes = (): number => {
    let sum = 0;
    for (const response of responses) sum += response.writableLength;
    return sum;
  };

  const sendDeferred = (): void => {
    if (deferred.size === 0 || pendingBytes() > maxBytes) return;
    const sends = [...deferred.values()];
    deferred.clear();
    for (const send of sends) send();
  };

  return {
    add(response) {
      responses.add(response);
      response.on('drain', sendDeferred);
      response.once('close', () => {
        responses.delete(response);
        sendDeferred();
      });
      // The timer of a socket begins again with every byte that the other side takes.
      response.setTimeout(stallMs, () => {
        if (response.writableLength > 0) response.destroy();
      });
    },
    offer(parts, send) {
      const fate = pendingBytes() > maxBytes ? fateWhenFull(parts) : 'send';
      if (fate === 'send') send();
      else if (fate === 'defer' && deferred.size < MAX_DEFERRED) deferred.set(String(parts[0]), send);
    },
    check() {
      if (pendingBytes() <= hardBytes) return;
      for (const response of responses) if (response.writableLength > 0) response.destroy();
    },
  };
};
