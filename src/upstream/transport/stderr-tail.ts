import { createLineSplitter } from '../../protocol/framing.ts';

const TAIL_BYTES = 64 * 1024;
const MAX_LINE_BYTES = 64 * 1024;

/** The end of what a process has written to its standard error. */
export interface StderrTail {
  push(chunk: Buffer): void;
  /** Delivers a last line that has no line feed. */
  end(): void;
  /** The last 64 KiB. */
  text(): string;
}

/** Keeps the last 64 KiB, and tells of each line; of a line longer than 64 KiB only its first 4 KiB. */
export const createStderrTail = (onLine: (line: string) => void): StderrTail => {
  let chunks: Buffer[] = [];
  let heldBytes = 0;
  const lines = createLineSplitter({
    maxLineBytes: MAX_LINE_BYTES,
    onLine: (line) => onLine(line.toString('utf8')),
    onOverflow: (head) => onLine(`${head.toString('utf8')} [...]`),
  });

  const forget = (): void => {
    for (let first = chunks[0]; first && heldBytes - first.length >= TAIL_BYTES; first = chunks[0]) {
      chunks.shift();
      heldBytes -= first.length;
    }
  };

  return {
    push(chunk) {
      chunks.push(chunk);
      heldBytes += chunk.length;
      forget();
      lines.push(chunk);
    },
    end: () => lines.end(),
    text() {
      const joined = Buffer.concat(chunks);
      chunks = [joined];
      return joined.subarray(firstCharacter(joined, Math.max(0, joined.length - TAIL_BYTES))).toString('utf8');
    },
  };
};

/** The first position from `start` on where a UTF-8 character begins. */
const firstCharacter = (bytes: Buffer, start: number): number => {
  let position = start;
  while (start > 0 && ((bytes[position] ?? 0) & 0xc0) === 0x80) position += 1;
  return position;
};
