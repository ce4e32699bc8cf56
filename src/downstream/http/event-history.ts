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

/** The last events of one session, so that a client whose stream broke can go on after the last one it saw. */
export interface EventHistory {
  /** Keeps an event; gives its id, which names its stream. */
  keep(stream: string, parts: LineParts): string;
  /** The events of the same stream after this one, with their ids; undefined for an id that is not kept any more. */
  after(
    eventId: string,
  ): { readonly stream: string; readonly events: ReadonlyArray<readonly [string, Buffer]> } | undefined;
}

export const createEventHistory = (): EventHistory => {
  const events: KeptEvent[] = [];
  let bytes = 0;
  let lastNumber = 0;
  let forgottenUpTo = 0;

  const trim = (): void => {
    while (events.length > MAX_EVENTS || bytes > MAX_BYTES) {
      const oldest = events.shift();
      bytes -= oldest?.bytes.length ?? 0;
      forgottenUpTo = oldest?.number ?? forgottenUpTo;
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
    after(eventId) {
      const [, stream, digits] = /^([A-Za-z0-9-]{1,64})\.(\d{1,15})$/.exec(eventId) ?? [];
      const number = Number(digits);
      if (stream === undefined || number < forgottenUpTo || number > lastNumber) return undefined;
      const later = events.filter((event) => event.stream === stream && event.number > number);
      return { stream, events: later.map((event) => [`${stream}.${event.number}`, event.bytes]) };
    },
  };
};
