import type { LineParts } from './framing.ts';

/** What is known of the memory of a chunk of input. */
interface Memory {
  /** Bytes of it that belong to no marked line. */
  unclaimedBytes: number;
  /** Pieces of marked lines in it that are not given back. */
  pieces: number;
}

const memories = new WeakMap<ArrayBufferLike, Memory>();

/**
 * Says that nobody holds the pieces of this line but who gets them. Memory of which each byte belongs to such a line is freed
 * when all pieces in it are given back; a line feed belongs to its line.
 */
export const markOwn = (pieces: readonly Buffer[]): void => {
  for (const piece of pieces) claim(piece.buffer, piece.length);
  const last = pieces.at(-1);
  // Its line feed is what follows the last piece.
  if (last !== undefined && last.byteOffset + last.length < last.buffer.byteLength) claim(last.buffer, 0, 1);
};

const claim = (buffer: ArrayBufferLike, pieceBytes: number, otherBytes = 0): void => {
  const memory = memories.get(buffer) ?? { unclaimedBytes: buffer.byteLength, pieces: 0 };
  memory.unclaimedBytes -= pieceBytes + otherBytes;
  if (pieceBytes > 0) memory.pieces += 1;
  memories.set(buffer, memory);
};

/**
 * Frees what was marked at once, where it would wait for the collector of garbage: memory that buffers hold makes it come,
 * and it looks through everything else. To be called when the parts are delivered, or copied, and nobody reads them any more,
 * since they are empty then. Of each piece that was marked no more than one part may be given.
 */
export const giveBack = (parts: LineParts): void => {
  for (const part of parts) {
    const memory = typeof part === 'string' ? undefined : memories.get(part.buffer);
    if (memory === undefined) continue;
    memory.pieces -= 1;
    if (memory.pieces > 0 || memory.unclaimedBytes > 0) continue;
    const { buffer } = part as Uint8Array<ArrayBuffer>;
    memories.delete(buffer);
    free(buffer);
  }
};

/** Memory that cannot be freed by hand, as that of Node's pool, is left to the collector. */
const free = (buffer: ArrayBuffer): void => {
  try {
    buffer.transfer(0);
  } catch {
    // It is freed when nobody holds it.
  }
};
