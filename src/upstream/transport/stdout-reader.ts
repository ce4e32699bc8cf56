import { createLineSplitter } from '../../protocol/framing.ts';
import { markOwn } from '../../protocol/own-memory.ts';
import { type Inbox, overLimit } from './inbox.ts';
import { unreadAnswerId } from './unread-answer.ts';

const LINE_FEED = 0x0a;
const TAIL_BYTES = 512;
const NOTHING = Buffer.alloc(0);

export interface StdoutReaderOptions {
  readonly maxLineBytes: number;
  readonly inbox: Inbox;
  /** Told of a line that was dropped because of its length. */
  onOverlong(reason: string): void;
}

export interface StdoutReader {
  /** Takes the next bytes, and their memory: what a large result has for itself is freed when it is delivered. */
  push(chunk: Buffer): void;
  /** Delivers a last line that has no line feed. */
  end(): void;
}

/**
 * Reads messages from a byte stream. Of a line that is longer than the limit only the first and the last bytes are kept,
 * so that the call which it answers fails instead of waiting for ever.
 */
export const createStdoutReader = ({ maxLineBytes, inbox, onOverlong }: StdoutReaderOptions): StdoutReader => {
  let overlongHead: Buffer | undefined;
  /** The end of the line that is not complete yet; how long that line is. */
  let tail: Buffer = NOTHING;
  let openBytes = 0;
  const lines = createLineSplitter({
    maxLineBytes,
    onLine: (line) => void inbox.receive(line),
    onLargeLine: (line) => {
      markOwn(line.pieces);
      inbox.receiveLarge(line);
    },
    onOverflow: (head) => {
      overlongHead = Buffer.from(head);
    },
  });

  const finishOverlong = (head: Buffer): void => {
    const reason = overLimit(maxLineBytes);
    const id = unreadAnswerId(head, tail);
    overlongHead = undefined;
    onOverlong(reason);
    if (id !== undefined) inbox.fail(id, reason);
  };

  /** `piece` ends at a line feed, or at the end of its chunk. */
  const pushPiece = (piece: Buffer): void => {
    const isLineEnd = piece[piece.length - 1] === LINE_FEED;
    lines.push(piece);
    if (!isLineEnd || overlongHead) tail = lastBytes(tail, piece);
    openBytes += piece.length;
    if (!isLineEnd) return;
    if (overlongHead) finishOverlong(overlongHead);
    tail = NOTHING;
    openBytes = 0;
  };

  /** For a chunk in which no line can be too long. */
  const pushWhole = (chunk: Buffer): void => {
    const rest = lines.push(chunk);
    const isSameLine = rest === chunk.length;
    openBytes = isSameLine ? openBytes + rest : rest;
    tail = rest === 0 ? NOTHING : lastBytes(isSameLine ? tail : NOTHING, chunk.subarray(chunk.length - rest));
  };

  return {
    push(chunk) {
      if (openBytes + chunk.length <= maxLineBytes) {
        pushWhole(chunk);
        return;
      }
      for (let start = 0; start < chunk.length; ) {
        const lineFeed = chunk.indexOf(LINE_FEED, start);
        const end = lineFeed === -1 ? chunk.length : lineFeed + 1;
        pushPiece(chunk.subarray(start, end));
        start = end;
      }
    },
    end() {
      lines.end();
      if (overlongHead) finishOverlong(overlongHead);
    },
  };
};

const lastBytes = (before: Buffer, piece: Buffer): Buffer =>
  piece.length >= TAIL_BYTES
    ? Buffer.from(piece.subarray(-TAIL_BYTES))
    : Buffer.concat([before, piece]).subarray(-TAIL_BYTES);
