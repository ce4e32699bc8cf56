/**
 * Joins pieces in memory of their own. What Node joins may be a part of the pool that it takes small buffers from: that is held
 * as a whole by each of its parts, and cannot be freed by hand.
 */
export const concatOwn = (pieces: readonly Uint8Array[], byteLength: number): Buffer => {
  const whole = Buffer.allocUnsafeSlow(byteLength);
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
};
