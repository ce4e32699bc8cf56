import type { Writable } from 'node:stream';
import { concatOwn } from '../utils/concat-own.ts';
import { HeldLine, LARGE_LINE_BYTES } from './held-line.ts';
import type { CheckedLine } from './large-json.ts';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;

/** How much of an overlong line is kept, so that its id may still be read. */
const OVERFLOW_HEAD_BYTES = 4096;

export interface LineSplitterOptions {
  /** A longer line is not delivered; its bytes are dropped until the next line feed. */
  readonly maxLineBytes: number;
  /** One line, without its end. Blank lines are not delivered. */
  onLine(line: Buffer): void;
  /** A large line that is JSON and consists mostly of long texts, in the pieces in which it came. Default: `onLine` gets it. */
  onLargeLine?(line: CheckedLine): void;
  /** The first 4 KiB of a line that is longer than `maxLineBytes`; called once for each such line. */
  onOverflow(head: Buffer): void;
}

export interface LineSplitter {
  /** Takes the next bytes; returns how many of them stand behind the last line feed. */
  push(chunk: Buffer): number;
  /** Delivers a last line that has no line feed. */
  end(): void;
}

/**
 * Splits a byte stream into lines at 0x0A, before anything is decoded, so that a character cut by a chunk border is
 * whole again. Memory is bounded by `maxLineBytes`, and each byte is copied at most twice.
 * https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/stdio
 */
export const createLineSplitter = (options: LineSplitterOptions): LineSplitter => {
  const { maxLineBytes, onLine, onLargeLine, onOverflow } = options;
  const held = new HeldLine(onLargeLine !== undefined);
  let isSkipping = false;

  const deliver = (line: Buffer, isStripped = false): void => {
    if (line.length > maxLineBytes) {
      onOverflow(line.subarray(0, OVERFLOW_HEAD_BYTES));
      return;
    }
    const isCrLf = !isStripped && line[line.length - 1] === CARRIAGE_RETURN;
    const text = isCrLf ? line.subarray(0, -1) : line;
    if (!isBlank(text)) onLine(text);
  };

  const finishLine = (piece: Buffer): void => {
    if (isSkipping) {
      isSkipping = false;
    } else if (held.bytes === 0 && (piece.length < LARGE_LINE_BYTES || onLargeLine === undefined)) {
      deliver(piece);
    } else {
      const isCrLf = piece[piece.length - 1] === CARRIAGE_RETURN && held.bytes + piece.length <= maxLineBytes;
      held.add(isCrLf ? piece.subarray(0, -1) : piece);
      const checked = held.bytes > maxLineBytes ? undefined : held.takeChecked();
      if (checked === undefined) deliver(held.take(), isCrLf);
      else onLargeLine?.(checked);
    }
  };

  return {
    push(chunk) {
      let start = 0;
      for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
        finishLine(chunk.subarray(start, end));
        start = end + 1;
      }
      const rest = chunk.length - start;
      if (rest === 0 || isSkipping) return rest;
      held.add(rest === chunk.length ? chunk : chunk.subarray(start));
      if (held.bytes > maxLineBytes) {
        onOverflow(held.take().subarray(0, OVERFLOW_HEAD_BYTES));
        isSkipping = true;
      }
      return rest;
    },
    end() {
      if (held.bytes > 0) deliver(held.take());
    },
  };
};

const isBlank = (line: Buffer): boolean => {
  for (let index = 0; index < line.length; index += 1) {
    const byte = line[index];
    if (byte !== SPACE && byte !== CARRIAGE_RETURN && byte !== 0x09) return false;
  }
  return true;
};

/** One line in parts that are written one after the other, so that large bytes are not copied into an envelope. */
export type LineParts = ReadonlyArray<Uint8Array | string>;

export interface LineWriter {
  /** Queues one line; the line feed is added. Returns false when the stream wants a pause (see `drained`). */
  write(...parts: LineParts): boolean;
  /** Resolves when the stream takes more, or is closed. */
  drained(): Promise<void>;
  /** Resolves when everything queued has been handed to the operating system, or the stream is closed. */
  end(): Promise<void>;
  /** Bytes that are queued here and in the stream. */
  pendingBytes(): number;
  /** Bytes that the stream has handed on. */
  deliveredBytes(): number;
}

/** Larger writes are not joined: the stream takes the parts as they are. */
const JOIN_LIMIT_BYTES = 64 * 1024;

/** What is small is written into a block of so many bytes as it comes; the next block is made when one is full. */
const BLOCK_BYTES = 16 * 1024;

/** Larger bytes are not copied into a block. */
const COPY_LIMIT_BYTES = 1024;

/** A longer string has memory of its own: what is held is to be not much more than what is counted, so little of a block may be left over. */
const BLOCK_LIMIT_BYTES = BLOCK_BYTES / 4;

/** The bytes of a shorter string need not be counted before it is written. */
const UNCOUNTED_CHARS = 256;

/** A character of a string takes so many bytes at most. */
const MOST_BYTES = 3;

/** No more lines wait for each other: who reads them begins with the first while the next ones are made. */
const MOST_LINES = 16;

const NO_BLOCK = Buffer.alloc(0);

/**
 * Writes lines to a stream: what comes of one piece of input goes in few writes, the last one right after it and before the event
 * loop asks for more, which spares it a look for events in between. Errors of the stream are its owner's to handle; a write after
 * its end is dropped.
 * @param onDone gets the parts of a large write when they are copied, or the stream has handed all of them on; default: nobody does.
 */
export const createLineWriter = (stream: Writable, onDone?: (parts: LineParts) => void): LineWriter => {
  /** What waits: whole pieces, and after them what is in the block from `begin` up to `end`. */
  let pieces: Uint8Array[] = [];
  let block = NO_BLOCK;
  let begin = 0;
  let end = 0;
  let queuedBytes = 0;
  let queuedLines = 0;
  let flushedBytes = 0;
  let isScheduled = false;
  let draining: Promise<void> | undefined;

  const closePiece = (): void => {
    if (end > begin) pieces.push(block.subarray(begin, end));
    begin = end;
  };

  const makeRoom = (bytes: number): void => {
    if (block.length - end >= bytes) return;
    closePiece();
    block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
    begin = 0;
    end = 0;
  };

  const addPiece = (piece: Uint8Array): void => {
    closePiece();
    pieces.push(piece);
    queuedBytes += piece.length;
  };

  const addText = (text: string): void => {
    const mostBytes = text.length > UNCOUNTED_CHARS ? Buffer.byteLength(text) : text.length * MOST_BYTES;
    if (mostBytes > BLOCK_LIMIT_BYTES) {
      const piece = Buffer.allocUnsafeSlow(mostBytes);
      piece.write(text);
      addPiece(piece);
      return;
    }
    makeRoom(mostBytes);
    const bytes = block.write(text, end);
    end += bytes;
    queuedBytes += bytes;
  };

  const addBytes = (bytes: Uint8Array): void => {
    if (bytes.length > COPY_LIMIT_BYTES) {
      addPiece(bytes);
      return;
    }
    makeRoom(bytes.length);
    block.set(bytes, end);
    end += bytes.length;
    queuedBytes += bytes.length;
  };

  const addByte = (byte: number): void => {
    makeRoom(1);
    block[end] = byte;
    end += 1;
    queuedBytes += 1;
  };

  const flush = (): void => {
    queuedLines = 0;
    if (queuedBytes === 0) return;
    closePiece();
    const batch = pieces;
    const batchBytes = queuedBytes;
    pieces = [];
    queuedBytes = 0;
    if (!stream.writable) return;
    flushedBytes += batchBytes;
    const [first] = batch;
    if (batch.length === 1) {
      stream.write(first);
      return;
    }
    if (batchBytes <= JOIN_LIMIT_BYTES) {
      stream.write(concatOwn(batch, batchBytes));
      onDone?.(batch);
      return;
    }
    stream.cork();
    for (const part of batch) stream.write(part);
    if (onDone !== undefined) stream.write('', (error) => error ?? onDone(batch));
    stream.uncork();
  };

  const flushRest = (): void => {
    isScheduled = false;
    flush();
  };

  return {
    write(...line) {
      for (const part of line) {
        if (typeof part === 'string') addText(part);
        else addBytes(part);
      }
      addByte(LINE_FEED);
      queuedLines += 1;
      if (queuedLines >= MOST_LINES) flush();
      else if (!isScheduled) {
        isScheduled = true;
        process.nextTick(flushRest);
      }
      return !stream.writableNeedDrain && queuedBytes + stream.writableLength < stream.writableHighWaterMark;
    },
    async drained() {
      flush();
      if (!stream.writable || !stream.writableNeedDrain) return;
      draining ??= onceOf(stream, ['drain', 'close', 'error']).finally(() => {
        draining = undefined;
      });
      await draining;
    },
    async end() {
      flush();
      if (!stream.writable) return;
      await new Promise<void>((resolve) => {
        stream.once('close', resolve);
        stream.write('', () => resolve());
      });
    },
    pendingBytes: () => queuedBytes + stream.writableLength,
    deliveredBytes: () => flushedBytes - stream.writableLength,
  };
};

const onceOf = (stream: Writable, events: readonly string[]): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      for (const event of events) stream.off(event, done);
      resolve();
    };
    for (const event of events) stream.once(event, done);
  });
