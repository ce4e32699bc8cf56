import type { LineParts } from '../../protocol/framing.ts';
import { joined } from './event-stream.ts';

/** Older events cannot be asked for again. */
const MAX_EVENTS = 512;
const MAX_BYTES = 4 * 1024 * 1024;

interface KeptEvent {
  readonly stream: string;
  readonly number: number;
  readonly bytes: Buffer;
}

/** An event of a stream and its id. */
export type StreamEvent = readonly [eventId: string, bytes: Buffer];

export interface Resumption {
  readonly stream: string;
  /** What the stream had after the event, as far as it is still kept. */
  readonly events: readonly StreamEvent[];
}

/**
 * The last events of one session, so that a client whose stream broke can go on after the last one it saw. The newest is
 * kept however large it is.
 */
export interface EventHistory {
  /** Keeps an event; gives its id, which names its stream. */
  keep(stream: string, parts: LineParts): string;
  /** The id of a place in a stream before which nothing is asked for again: its present end. */
  endOf(stream: string): string;
  /** What came after an event of a stream; undefined for an id that was never given. */
  after(eventId: string): Resumption | undefined;
}

export const createEventHistory = (): EventHistory => {
  const events: KeptEvent[] = [];
  let bytes = 0;
  let lastNumber = 0;

  const trim = (): void => {
    while (events.length > 1 && (events.length > MAX_EVENTS || bytes > MAX_BYTES)) {
      bytes -= events.shift()?.bytes.length ?? 0;
    }
  };

  return {
    keep(stream, parts) {
      lastNumber += 1;
      const event = { stream, number: lastNumber, bytes: joined(parts) };
      events.push(event);
      bytes += event.bytes.length;
      trim();
      return `${stream}.${event.number}`;
    },
    endOf: (stream) => `${stream}.${lastNumber}`,
    after(eventId) {
      const [, stream, digits] = /^([A-Za-z0-9-]{1,64})\.(\d{1,15})$/.exec(eventId) ?? [];
      const number = Number(digits);
      if (stream === undefined || number > lastNumber) return undefined;
      const later = events.filter((event) => event.stream === stream && event.number > number);
      return { stream, events: later.map((event) => [`${stream}.${event.number}`, event.bytes]) };
    },
  };
};
