import type { ServerResponse } from 'node:http';
import type { LineParts } from '../../protocol/framing.ts';

/** A comment is sent this often, so that nothing between takes the stream for dead. */
const KEEP_ALIVE_MS = 15_000;

/** How long a client waits before it resumes a stream that broke. */
const RETRY_MS = 500;

/** Server-sent events on one HTTP response, https://html.spec.whatwg.org/multipage/server-sent-events.html. */
export interface EventStream {
  /** Sends one message; `eventId` lets a client resume after it. Nothing is sent on a stream that has ended. */
  send(parts: LineParts, eventId?: string): void;
  /** Sends an id without a message, so that a client can resume before the first one. */
  prime(eventId: string): void;
  end(): void;
  /** Whether the client can still get something. */
  isOpen(): boolean;
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
  // A client that does not read is not given more to read, and so is seen to be stalled.
  const keepAlive = setInterval(() => {
    if (isOpen() && response.writableLength === 0) response.write(':\n\n');
  }, KEEP_ALIVE_MS).unref();
  const isOpen = (): boolean => !response.writableEnded && !response.destroyed;
  if (response.destroyed) clearInterval(keepAlive);
  response.once('close', () => clearInterval(keepAlive));
  return {
    isOpen,
    send(parts, eventId) {
      if (!isOpen()) return;
      const id = eventId === undefined ? '' : `id: ${eventId}\n`;
      response.cork();
      response.write(`${id}event: message\ndata: `);
      for (const part of parts) response.write(part);
      response.write('\n\n');
      response.uncork();
    },
    prime(eventId) {
      if (isOpen()) response.write(`id: ${eventId}\nretry: ${RETRY_MS}\ndata: \n\n`);
    },
    end() {
      clearInterval(keepAlive);
      if (isOpen()) response.end();
    },
  };
};

/** One message as bytes. A message holds no line feed. */
export const joined = (parts: LineParts): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
