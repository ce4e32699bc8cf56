import type { LineParts } from './framing.ts';

/** The memory of pieces that one message has for itself. */
const own = new WeakSet<ArrayBufferLike>();

/**
 * Says that nobody holds the memory of these pieces of a line but who gets them, as far as a piece is all that there is in its
 * memory: then `giveBack` may free it.
 */
export const markOwn = (pieces: readonly Buffer[]): void => {
  for (const { buffer, byteOffset, length } of pieces) {
    if (byteOffset === 0 && length + LINE_FEED_BYTES >= buffer.byteLength) own.add(buffer);
  }
};

/** What may stand behind the last piece of a line without being of another one. */
const LINE_FEED_BYTES = 1;

/**
 * Frees at once what was marked, where it would wait for the collector of garbage: memory that buffers hold makes it come,
 * and it looks through everything else. To be called when the parts are delivered and nobody reads them any more, since they
 * are empty then.
 */
export const giveBack = (parts: LineParts): void => {
  for (const part of parts) {
    if (typeof part === 'string' || !own.delete(part.buffer)) continue;
    (part.buffer as ArrayBuffer).transfer(0);
  }
};
