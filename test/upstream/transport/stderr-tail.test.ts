import { describe, expect, it } from 'vitest';
import { createStderrTail } from '../../../src/upstream/transport/stderr-tail.ts';

const KIB = 1024;

describe('the tail of standard error', () => {
  it('tells of each line, and of the last one at the end', () => {
    const lines: string[] = [];
    const tail = createStderrTail((line) => lines.push(line));
    for (const text of ['one\ntw', 'o\r\n\nthree']) tail.push(Buffer.from(text));
    expect(lines).toEqual(['one', 'two']);
    tail.end();
    expect(lines).toEqual(['one', 'two', 'three']);
    expect(tail.text()).toBe('one\ntwo\r\n\nthree');
  });

  it('keeps the last 64 KiB, and cuts no character in two', () => {
    const tail = createStderrTail(() => {});
    for (let count = 0; count < 100; count += 1) tail.push(Buffer.from('漢'.repeat(KIB)));
    const text = tail.text();
    expect(text).toBe('漢'.repeat(text.length));
    expect(Buffer.byteLength(text)).toBe(64 * KIB - 1);
  });

  it('tells only the beginning of a line over 64 KiB', () => {
    const lines: string[] = [];
    const tail = createStderrTail((line) => lines.push(line));
    tail.push(Buffer.from(`${'x'.repeat(100 * KIB)}\nnext\n`));
    expect(lines).toEqual([`${'x'.repeat(4 * KIB)} [...]`, 'next']);
  });
});
