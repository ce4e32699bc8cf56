import { describe, expect, test } from 'vitest';
import { giveBack, markOwn } from '../../src/protocol/own-memory.ts';

/** A piece that is all that there is in its memory. */
const wholePiece = (bytes = 100): Buffer => Buffer.from(new ArrayBuffer(bytes));

describe('memory that a message has for itself', () => {
  test('is given back, also where only a part of it was delivered', () => {
    const [first, second] = [wholePiece(), wholePiece()];
    markOwn([first, second]);
    giveBack(['{"result":', first.subarray(40), second, '}']);
    expect([first.length, second.length]).toEqual([0, 0]);
  });

  test('is given back where but the line feed stands behind the piece', () => {
    const piece = wholePiece().subarray(0, 99);
    markOwn([piece]);
    giveBack([piece]);
    expect(piece).toHaveLength(0);
  });

  test('is left alone where another message may have a part of it', () => {
    const chunks = [wholePiece(), wholePiece(), Buffer.from('in the pool')];
    const pieces = [chunks[0]?.subarray(0, 98), chunks[1]?.subarray(1), chunks[2]] as Buffer[];
    markOwn(pieces);
    giveBack(pieces);
    expect(pieces.map(({ length }) => length)).toEqual([98, 99, 11]);
  });

  test('is left alone where nobody has marked it', () => {
    const piece = wholePiece();
    giveBack([piece]);
    expect(piece).toHaveLength(100);
  });
});
