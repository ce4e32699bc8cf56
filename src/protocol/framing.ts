import type { Writable } from 'node:stream';
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
  push(chunk: Buffer): void;
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
      if (start === chunk.length || isSkipping) return;
      held.add(chunk.subarray(start));
      if (held.bytes <= maxLineBytes) return;
      onOverflow(held.take().subarray(0, OVERFLOW_HEAD_BYTES));
      isSkipping = true;
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

/**
 * Writes lines to a stream: what comes of one piece of input goes in one write, right after it and before the event loop asks for
 * more, which spares it a look for events in between. Errors of the stream are its owner's to handle; a write after its end is
 * dropped.
 * @param onDelivered gets the parts of a large write when the stream has handed all of them on; default: nobody does.
 */
export const createLineWriter = (stream: Writable, onDelivered?: (parts: LineParts) => void): LineWriter => {
  let parts: Array<Uint8Array | string> = [];
  let queuedBytes = 0;
  let flushedBytes = 0;
  let isScheduled = false;
  let draining: Promise<void> | undefined;

  const flush = (): void => {
    isScheduled = false;
    if (parts.length === 0) return;
    const batch = parts;
    const batchBytes = queuedBytes;
    parts = [];
    queuedBytes = 0;
    if (!stream.writable) return;
    flushedBytes += batchBytes;
    if (batchBytes <= JOIN_LIMIT_BYTES) {
      stream.write(joinParts(batch, batchBytes));
      return;
    }
    stream.cork();
    for (const part of batch) stream.write(part);
    if (onDelivered !== undefined) stream.write('', (error) => error ?? onDelivered(batch));
    stream.uncork();
  };

  /** Strings that follow each other are one: each costs a call of its own. */
  const add = (part: Uint8Array | string): void => {
    const place = parts.length - 1;
    const last = place < 0 ? undefined : parts[place];
    queuedBytes += typeof part === 'string' ? Buffer.byteLength(part) : part.length;
    const isJoined = typeof part === 'string' && typeof last === 'string' && last.length < JOIN_LIMIT_BYTES;
    if (isJoined) parts[place] = last + part;
    else parts.push(part);
  };

  return {
    write(...line) {
      for (const part of line) add(part);
      add('\n');
      if (!isScheduled) {
        isScheduled = true;
        process.nextTick(flush);
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

const joinParts = (parts: ReadonlyArray<Uint8Array | string>, byteLength: number): Buffer => {
  const whole = Buffer.allocUnsafe(byteLength);
  let offset = 0;
  for (const part of parts) {
    if (typeof part === 'string') {
      offset += whole.write(part, offset);
    } else {
      whole.set(part, offset);
      offset += part.length;
    }
  }
  return whole.subarray(0, offset);
};

const onceOf = (stream: Writable, events: readonly string[]): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      for (const event of events) stream.off(event, done);
      resolve();
    };
    for (const event of events) stream.once(event, done);
  });
