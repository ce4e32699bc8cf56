import type { LineParts } from '../protocol/framing.ts';

export interface PatientQueueOptions {
  /** Above it nothing is queued that can be left out. */
  readonly maxBytes: number;
  /** What waits for the client at present. */
  readonly pendingBytes: () => number;
  /** Calls the listener whenever the client has read something. */
  readonly onRoom: (listener: () => void) => void;
}

/** Bounds what a client that reads slowly costs. */
export interface PatientQueue {
  /** Hands a notification or a question to `send`: now, later when there is room again, or not at all. */
  offer(parts: LineParts, send: () => void): void;
}

/** More changes are not remembered while a client does not read. */
const MAX_DEFERRED = 1024;

/**
 * Answers, questions and cancellations are sent in any case. A report of progress and a log message are worth nothing
 * later. That something has changed is told once when there is room again, however often it did.
 */
export const createPatientQueue = ({ maxBytes, pendingBytes, onRoom }: PatientQueueOptions): PatientQueue => {
  const deferred = new Map<string, () => void>();
  onRoom(() => {
    if (deferred.size === 0 || pendingBytes() > maxBytes) return;
    const sends = [...deferred.values()];
    deferred.clear();
    for (const send of sends) send();
  });
  return {
    offer(parts, send) {
      const fate = pendingBytes() > maxBytes ? fateOf(parts) : 'send';
      if (fate === 'send') send();
      else if (fate === 'defer' && deferred.size < MAX_DEFERRED) deferred.set(String(parts[0]), send);
    },
  };
};

/** As the relay writes its notifications: the method before the params. */
const HEAD = /^\{"jsonrpc":"2\.0","method":"notifications\/([a-z_/]+)"/;

const fateOf = ([head]: LineParts): 'send' | 'defer' | 'drop' => {
  const name = typeof head === 'string' ? HEAD.exec(head)?.[1] : undefined;
  if (name === undefined) return 'send';
  if (name === 'progress' || name === 'message') return 'drop';
  return name.endsWith('list_changed') || name === 'resources/updated' ? 'defer' : 'send';
};
