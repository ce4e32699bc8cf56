import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { LineParts } from '../../protocol/framing.ts';
import type { EventHistory, Resumption } from './event-history.ts';
import type { EventStream } from './event-stream.ts';

/** Further streams of one session end the one that was opened first. */
const MAX_STREAMS = 4;

interface Open {
  readonly name: string;
  readonly stream: EventStream;
}

/**
 * The streams on which a session gets what belongs to no request of its own. A message goes on one of them, the newest; while
 * none is open, messages wait in the history for the next.
 * https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#multiple-connections
 */
export interface UnaskedStreams {
  /** Whether the name is that of a stream of these. */
  owns(streamName: string): boolean;
  /** Takes a new stream; it begins with what it resumes, or with what nobody got so far. */
  open(response: ServerResponse, stream: EventStream, resumption: Resumption | undefined): void;
  send(parts: LineParts): void;
  isOpen(): boolean;
  endAll(): void;
}

export const createUnaskedStreams = (history: EventHistory): UnaskedStreams => {
  const prefix = `get-${randomUUID()}`;
  let opened: Open[] = [];
  let count = 0;
  /** Messages that come while no stream is open are events of this one. */
  let lastName = `${prefix}-0`;
  /** What came after it was sent to nobody. */
  let lastSent = history.endOf(lastName);

  const newName = (): string => {
    count += 1;
    return `${prefix}-${count}`;
  };

  return {
    owns: (streamName) => streamName.startsWith(prefix),
    open(response, stream, resumption) {
      const waiting = opened.length === 0 ? history.after(lastSent) : undefined;
      const name = (resumption ?? waiting)?.stream ?? newName();
      const events = new Map([...(resumption?.events ?? []), ...(waiting?.events ?? [])]);
      for (const [eventId, bytes] of events) stream.send([bytes], eventId);
      lastName = name;
      lastSent = history.endOf(name);
      opened.push({ name, stream });
      response.once('close', () => {
        opened = opened.filter((other) => other.stream !== stream);
      });
      if (opened.length > MAX_STREAMS) opened.shift()?.stream.end();
    },
    send(parts) {
      const newest = opened.findLast(({ stream }) => stream.isOpen());
      const eventId = history.keep(newest?.name ?? lastName, parts);
      if (newest === undefined) return;
      newest.stream.send(parts, eventId);
      if (newest.name === lastName) lastSent = eventId;
    },
    isOpen: () => opened.length > 0,
    endAll() {
      for (const { stream } of opened) stream.end();
      opened = [];
    },
  };
};
