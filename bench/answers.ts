import type { Readable } from 'node:stream';

/** The answer to a request, of which no more was read than its edges. */
export interface Answer {
  /** The length of the line. */
  readonly bytes: number;
  /** Its first characters, enough to tell an error from a result. */
  readonly head: string;
  /** The whole message; parsed only here. */
  json(): Record<string, unknown>;
}

const EDGE_BYTES = 256;
const ID_KEY = '"id":';

/** Calls back with each line of a stream that has an id. What is not JSON before the message is left out (`data: `). */
export const readAnswers = (stream: Readable, onAnswer: (id: number, answer: Answer) => void): void =>
  readLines(stream, (pieces, bytes) => {
    const head = edge(pieces, 'head').toString('latin1');
    const id = idOf(head, pieces);
    if (id === undefined) return;
    const json = (): Record<string, unknown> => {
      const text = Buffer.concat(pieces).toString();
      return JSON.parse(text.slice(text.indexOf('{'))) as Record<string, unknown>;
    };
    onAnswer(id, { bytes, head, json });
  });

/** Calls back with each line in the pieces that it came in, which are not joined. */
export const readLines = (stdout: Readable, onLine: (pieces: readonly Buffer[], bytes: number) => void): void => {
  let held: Buffer[] = [];
  let heldBytes = 0;
  stdout.on('data', (chunk: Buffer) => {
    let start = 0;
    for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, start)) {
      held.push(chunk.subarray(start, end));
      heldBytes += end - start;
      start = end + 1;
      const pieces = held;
      const bytes = heldBytes;
      held = [];
      heldBytes = 0;
      onLine(pieces, bytes);
    }
    if (start === chunk.length) return;
    held.push(chunk.subarray(start));
    heldBytes += chunk.length - start;
  });
};

/** A program writes the id first or last. */
const idOf = (head: string, pieces: readonly Buffer[]): number | undefined => {
  const inHead = readNumber(head, head.indexOf(ID_KEY));
  if (inHead !== undefined) return inHead;
  const tail = edge(pieces, 'tail').toString('latin1');
  return readNumber(tail, tail.lastIndexOf(ID_KEY));
};

const readNumber = (text: string, index: number): number | undefined => {
  const id = index === -1 ? Number.NaN : Number.parseInt(text.slice(index + ID_KEY.length), 10);
  return Number.isNaN(id) ? undefined : id;
};

const edge = (pieces: readonly Buffer[], side: 'head' | 'tail'): Buffer => {
  const [only] = pieces;
  if (only !== undefined && pieces.length === 1) {
    return side === 'head' ? only.subarray(0, EDGE_BYTES) : only.subarray(-EDGE_BYTES);
  }
  const taken: Buffer[] = [];
  let missing = EDGE_BYTES;
  for (const piece of side === 'head' ? pieces : pieces.toReversed()) {
    const part = side === 'head' ? piece.subarray(0, missing) : piece.subarray(Math.max(0, piece.length - missing));
    taken.push(part);
    missing -= part.length;
    if (missing <= 0) break;
  }
  return Buffer.concat(side === 'head' ? taken : taken.toReversed());
};
