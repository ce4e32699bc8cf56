import type { LineParts } from '../../protocol/framing.ts';
import { joined } from './event-stream.ts';
import type { Forgettable, HistoryBudget } from './history-budget.ts';

/** Older events cannot be asked for again. */
const MAX_EVENTS = 512;
const MAX_BYTES = 4 * 1024 * 1024;

/** How long a stream that has ended can be asked for again. */
const KEEP_ENDED_MS = 60_000;

interface KeptEvent extends Forgettable {
  readonly stream: string;
  readonly number: number;
  readonly message: Buffer;
}

/** An event of a stream and its id. */
export type StreamEvent = readonly [eventId: string, bytes: Buffer];

export interface Resumption {
  readonly stream: string;
  /** What the stream had after the event, as far as it is still kept. */
  readonly events: readonly StreamEvent[];
}

/** The last events of one session, so that a client whose stream broke can go on after the last one it saw. */
export interface EventHistory {
  /** Keeps an event, where it is not larger than all that is kept; gives its id, which names its stream. */
  keep(stream: string, parts: LineParts): string;
  /** Nothing comes on the stream any more: what is kept of it is forgotten in a minute. */
  endStream(stream: string): void;
  /** The id of a place in a stream before which nothing is asked for again: its present end. */
  endOf(stream: string): string;
  /** What came after an event of a stream; undefined for an id that was never given. */
  after(eventId: string): Resumption | undefined;
  /** Forgets everything, and keeps nothing any more. */
  close(): void;
}

/** @param budget the room that it shares with the histories of other sessions. */
export const createEventHistory = (budget: HistoryBudget): EventHistory => {
  let events: KeptEvent[] = [];
  let bytes = 0;
  let lastNumber = 0;
  let isClosed = false;
  const forgetting = new Set<NodeJS.Timeout>();

  const forgetWhere = (isForgotten: (event: KeptEvent) => boolean): void => {
    const forgotten = events.filter(isForgotten);
    events = events.filter((event) => !isForgotten(event));
    for (const event of forgotten) {
      bytes -= event.bytes;
      budget.remove(event);
    }
  };

  const forgetOldest = (): void => {
    const oldest = events.shift();
    if (oldest === undefined) return;
    bytes -= oldest.bytes;
    budget.remove(oldest);
  };

  return {
    keep(stream, parts) {
      lastNumber += 1;
      const number = lastNumber;
      const size = sizeOf(parts);
      if (size <= MAX_BYTES && !isClosed) {
        // What is oldest of all sessions is oldest in its own.
        const event: KeptEvent = { stream, number, message: joined(parts), bytes: size, forget: forgetOldest };
        events.push(event);
        bytes += size;
        while (events.length > MAX_EVENTS || bytes > MAX_BYTES) forgetOldest();
        budget.add(event);
      }
      return `${stream}.${number}`;
    },
    endStream(stream) {
      if (!events.some((event) => event.stream === stream)) return;
      const timer = setTimeout(() => {
        forgetting.delete(timer);
        forgetWhere((event) => event.stream === stream);
      }, KEEP_ENDED_MS).unref();
      forgetting.add(timer);
    },
    endOf: (stream) => `${stream}.${lastNumber}`,
    after(eventId) {
      const [, stream, digits] = /^([A-Za-z0-9-]{1,64})\.(\d{1,15})$/.exec(eventId) ?? [];
      const number = Number(digits);
      if (stream === undefined || number > lastNumber) return undefined;
      const later = events.filter((event) => event.stream === stream && event.number > number);
      return { stream, events: later.map((event) => [`${stream}.${event.number}`, event.message]) };
    },
    close() {
      isClosed = true;
      for (const timer of forgetting) clearTimeout(timer);
      forgetting.clear();
      forgetWhere(() => true);
    },
  };
};

const sizeOf = (parts: LineParts): number =>
  parts.reduce((sum, part) => sum + (typeof part === 'string' ? Buffer.byteLength(part) : part.length), 0);
