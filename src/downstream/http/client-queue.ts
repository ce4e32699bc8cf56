import type { ServerResponse } from 'node:http';
import { createPatientQueue, type PatientQueue } from '../patience.ts';

/** More than this waiting for one client ends its connections. */
const MAX_BYTES = 64 * 1024 * 1024;

/** A connection that takes nothing for this long, while something waits for it, is ended. */
const STALL_MS = 30_000;

export interface ClientQueueOptions {
  /** Above it nothing is queued that can be left out. */
  readonly maxBytes: number;
  /** Default: 64 MiB, or `maxBytes` where that is more. */
  readonly disconnectBytes?: number;
  /** Default: 30 seconds. */
  readonly stallMs?: number;
}

/** What waits for one client on all its connections. */
export interface ClientQueue extends PatientQueue {
  /** Watches a response of the client until it is closed. */
  add(response: ServerResponse): void;
  /** Ends the connections that hold up too much; asked after every write. */
  check(): void;
}

export const createClientQueue = (options: ClientQueueOptions): ClientQueue => {
  const { maxBytes, disconnectBytes = Math.max(MAX_BYTES, maxBytes), stallMs = STALL_MS } = options;
  const responses = new Set<ServerResponse>();
  let tellRoom = (): void => {};

  const pendingBytes = (): number => {
    let sum = 0;
    for (const response of responses) sum += response.writableLength;
    return sum;
  };

  const queue = createPatientQueue({
    maxBytes,
    pendingBytes,
    onRoom: (listener) => {
      tellRoom = listener;
    },
  });

  return {
    ...queue,
    add(response) {
      if (responses.has(response) || response.destroyed) return;
      responses.add(response);
      response.on('drain', () => tellRoom());
      response.once('close', () => {
        responses.delete(response);
        tellRoom();
      });
      // The timer of a socket begins again with every byte that the other side takes.
      response.setTimeout(stallMs, () => {
        if (response.writableLength > 0) response.destroy();
      });
    },
    check() {
      if (pendingBytes() <= disconnectBytes) return;
      for (const response of responses) if (response.writableLength > 0) response.destroy();
    },
  };
};
