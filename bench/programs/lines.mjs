/**
 * Splits a byte stream into lines, for the programs of the bench, which are meant to cost as little as can be.
 * @param {(line: Buffer) => void} onLine one line, without its end.
 * @returns {(chunk: Buffer) => void} takes the next bytes.
 */
export const splitLines = (onLine) => {
  let held = [];
  return (chunk) => {
    let start = 0;
    for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, start)) {
      const piece = chunk.subarray(start, end);
      start = end + 1;
      if (held.length === 0) {
        onLine(piece);
        continue;
      }
      held.push(piece);
      const line = Buffer.concat(held);
      held = [];
      onLine(line);
    }
    if (start < chunk.length) held.push(chunk.subarray(start));
  };
};
