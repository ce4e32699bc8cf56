import { markAsUntransferable } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { createLineSplitter } from '../../src/protocol/framing.ts';
import { giveBack, markOwn } from '../../src/protocol/own-memory.ts';

/** A piece that is all that there is in its memory. */
const wholePiece = (bytes = 100): Buffer => Buffer.from(new ArrayBuffer(bytes));

describe('memory that a message has for itself', () => {
  test('is given back, also where only a part of it was delivered', () => {
    const [first, second] = [wholePiece(), wholePiece()];
    markOwn([first, second.subarray(0, 99)]);
    giveBack(['{"result":', first.subarray(40), second.subarray(0, 90), '}']);
    expect([first.length, second.length]).toEqual([0, 0]);
  });

  test('is given back where but the line feed stands behind the piece', () => {
    const piece = wholePiece().subarray(0, 99);
    markOwn([piece]);
    giveBack([piece]);
    expect(piece).toHaveLength(0);
  });

  test('is given back when the last of the messages that share it is delivered', () => {
    const chunk = wholePiece();
    const [end, line, beginning] = [chunk.subarray(0, 29), chunk.subarray(30, 59), chunk.subarray(60)];
    markOwn([wholePiece(), end]);
    giveBack([end]);
    expect(end).toHaveLength(29);
    markOwn([line]);
    markOwn([beginning, wholePiece()]);
    giveBack([beginning]);
    expect([line.length, beginning.length]).toEqual([29, 40]);
    giveBack([line]);
    expect([line.length, beginning.length]).toEqual([0, 0]);
  });

  test('is left to the collector where it cannot be freed by hand', () => {
    // The memory of Node's pool is of this kind.
    const memory = new ArrayBuffer(100);
    markAsUntransferable(memory);
    const piece = Buffer.from(memory);
    markOwn([piece]);
    giveBack([piece]);
    expect(piece).toHaveLength(100);
  });

  test('is given back of a line that came byte by byte', () => {
    const held: number[] = [];
    const splitter = createLineSplitter({
      maxLineBytes: 1 << 20,
      onLine: () => expect.unreachable(),
      onLargeLine({ pieces }) {
        markOwn(pieces);
        giveBack(pieces);
        held.push(...pieces.slice(0, -1).map(({ length }) => length));
      },
      onOverflow: () => expect.unreachable(),
    });
    for (const byte of Buffer.from(`{"a":"${'x'.repeat(50_000)}"}\n`)) splitter.push(Buffer.from([byte]));
    // What was joined has memory of its own; a single byte may share that of others.
    expect(held.filter((length) => length > 1)).toEqual([]);
    expect(held.filter((length) => length === 0).length).toBeGreaterThan(40);
  });

  test('is left alone where another message may have a part of it', () => {
    const pieces = [wholePiece().subarray(0, 98), wholePiece().subarray(1), Buffer.from('in the pool')];
    for (const piece of pieces) markOwn([piece]);
    giveBack(pieces);
    expect(pieces.map(({ length }) => length)).toEqual([98, 99, 11]);
  });

  test('is left alone where nobody has marked it', () => {
    const piece = wholePiece();
    giveBack(['{', piece]);
    expect(piece).toHaveLength(100);
  });
});
