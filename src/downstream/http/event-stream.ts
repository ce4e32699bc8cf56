import type { ServerResponse } from 'node:http';
import type { LineParts } from '../../protocol/framing.ts';

/** A comment is sent after this long without an event, so that nothing between takes the stream for dead. */
const KEEP_ALIVE_MS = 15_000;

/** Server-sent events on one HTTP response, https://html.spec.whatwg.org/multipage/server-sent-events.html. */
export interface EventStream {
  /** Sends one message; `eventId` lets a client resume after it. */
  send(parts: LineParts, eventId?: string): void;
  end(): void;
}

export const openEventStream = (
  response: ServerResponse,
  headers: Readonly<Record<string, string>> = {},
): EventStream => {
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
    ...headers,
  });
  response.flushHeaders();
  const keepAlive = setInterval(() => response.write(':\n\n'), KEEP_ALIVE_MS).unref();
  response.once('close', () => clearInterval(keepAlive));
  return {
    send(parts, eventId) {
      if (response.writableEnded || response.destroyed) return;
      const id = eventId === undefined ? '' : `id: ${eventId}\n`;
      response.write(Buffer.concat([Buffer.from(`${id}event: message\ndata: `), joined(parts), END_OF_EVENT]));
    },
    end() {
      clearInterval(keepAlive);
      response.end();
    },
  };
};

/** One message as bytes. A message holds no line feed. */
export const joined = (parts: LineParts): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));

const END_OF_EVENT = Buffer.from('\n\n');
