import type { IncomingMessage, ServerResponse } from 'node:http';

export type BodyReading =
  | { readonly ok: true; readonly bytes: Buffer }
  | { readonly ok: false; readonly reason: 'too large' | 'broken off' };

/** How much of a body that nobody wants is taken in, and for how long, before its connection is ended. */
const DISCARD_BYTES = 16 * 1024 * 1024;
const DISCARD_MS = 2_000;

/**
 * Reads a body up to a limit; what is beyond it is not kept. A client that asks first whether it may send is told so. Never
 * rejects, and leaves the connection open.
 */
export const readBody = (
  request: IncomingMessage,
  response: ServerResponse,
  maxBytes: number,
): Promise<BodyReading> => {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return Promise.resolve(TOO_LARGE);
  if (request.headers.expect !== undefined) response.writeContinue();
  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise((resolve) => {
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) chunks.push(chunk);
      else {
        request.removeAllListeners('data').pause();
        resolve(TOO_LARGE);
      }
    });
    request.once('end', () => resolve({ ok: true, bytes: Buffer.concat(chunks) }));
    request.once('error', () => {});
    request.once('close', () => resolve({ ok: false, reason: 'broken off' }));
  });
};

/** Takes in the rest of a body without keeping it, within bounds. Never rejects. */
export const discardBody = (request: IncomingMessage): Promise<void> => {
  // A client that has asked first waits for a word to go on, which it does not get.
  const isDone = request.complete || request.destroyed || request.headers.expect !== undefined;
  if (isDone) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, DISCARD_MS);
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > DISCARD_BYTES) resolve();
  });
  request.once('end', resolve).once('close', resolve).on('error', resolve);
  request.resume();
  return promise.finally(() => clearTimeout(timer));
};

const TOO_LARGE: BodyReading = { ok: false, reason: 'too large' };
