import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { Gate } from '../../utils/valve.ts';

export interface EventStreamOptions {
  /** Longest event, in characters. */
  readonly maxEventLength: number;
  /** Holds up what has been read, and the reading of more. */
  readonly gate: Gate;
  /** One event; what it returns is passed on in the place of the event, as text of an event stream. */
  onEvent(event: EventSourceMessage): string;
  /** An event was longer than allowed; the stream is ended. */
  onOverlong(): void;
  /** The stream has ended, or was broken off; not called when its reader gives it up. */
  onEnd?(): void;
}

/**
 * Reads a stream of server-sent events and passes on another one that has what `onEvent` makes of each event.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export const tapEventStream = (
  body: ReadableStream<Uint8Array>,
  options: EventStreamOptions,
): ReadableStream<Uint8Array> => {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  let passedOn = '';
  let isOverlong = false;
  const parser = createParser({
    maxBufferSize: options.maxEventLength,
    onEvent: (event) => {
      // The parser counts only what it has to keep between two chunks.
      if (event.data.length > options.maxEventLength) isOverlong = true;
      else passedOn += options.onEvent(event);
    },
    onRetry: (retryMs) => {
      passedOn += `retry: ${retryMs}\n\n`;
    },
    onError: (error) => {
      isOverlong ||= error.type === 'max-buffer-size-exceeded';
    },
  });

  /** Reads on until there is something to pass on; returns false at the end. */
  const readOn = async (): Promise<boolean> => {
    while (passedOn === '') {
      const { done, value } = await reader.read();
      await options.gate.passed();
      // A last event that lacks its blank line is still complete if it is valid JSON.
      parser.feed(done ? `${decoder.decode()}\n\n` : decoder.decode(value, { stream: true }));
      if (isOverlong) {
        options.onOverlong();
        await reader.cancel();
      }
      if (done || isOverlong) return false;
    }
    return true;
  };

  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const goesOn = await readOn();
        if (passedOn !== '') controller.enqueue(encoder.encode(passedOn));
        passedOn = '';
        if (goesOn) return;
        options.onEnd?.();
        controller.close();
      } catch (error) {
        options.onEnd?.();
        controller.error(error);
      }
    },
    cancel: (reason) => reader.cancel(reason),
  });
};

/** Writes an event as text of an event stream. */
export const formatEvent = ({ event, id, data }: EventSourceMessage): string =>
  [
    ...(event === undefined ? [] : [`event: ${event}`]),
    ...(id === undefined ? [] : [`id: ${id}`]),
    ...data.split('\n').map((line) => `data: ${line}`),
    '\n',
  ].join('\n');
