import { PassThrough, Writable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createLineSplitter, createLineWriter, type LineParts } from '../../src/protocol/framing.ts';
import { verifies } from '../e2e/requirements/verifies.ts';

interface Split {
  readonly lines: string[];
  readonly overflows: string[];
}

const split = (chunks: readonly Buffer[], maxLineBytes = 1024): Split => {
  const lines: string[] = [];
  const overflows: string[] = [];
  const splitter = createLineSplitter({
    maxLineBytes,
    onLine: (line) => lines.push(line.toString('latin1')),
    // More of it may be known, depending on the chunks.
    onOverflow: (head) => overflows.push(head.toString('latin1', 0, maxLineBytes + 1)),
  });
  for (const chunk of chunks) splitter.push(chunk);
  splitter.end();
  return { lines, overflows };
};

/** Cuts bytes into chunks of the sizes given, the rest at the end. */
const cut = (bytes: Buffer, sizes: readonly number[]): Buffer[] => {
  let start = 0;
  const chunks = sizes.map((size) => {
    const chunk = bytes.subarray(start, start + size);
    start += size;
    return chunk;
  });
  return [...chunks, bytes.subarray(start)];
};

/** What the lines of a text are, said in the simplest way. */
const expectedSplit = (bytes: Buffer, maxLineBytes: number): Split => {
  const all = bytes.toString('latin1').split('\n');
  const withoutEnd = all.map((line) => line.replace(/\r$/, ''));
  return {
    lines: withoutEnd.filter(
      (line, index) => (all[index] as string).length <= maxLineBytes && !/^[ \t\r]*$/.test(line),
    ),
    overflows: all.filter((line) => line.length > maxLineBytes).map((line) => line.slice(0, maxLineBytes + 1)),
  };
};

const byte = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(0x0a, 0x0d, 0x20, 0x09) },
  { weight: 5, arbitrary: fc.integer({ min: 0, max: 255 }) },
);
const bytes = fc.array(byte, { maxLength: 300 }).map((list) => Buffer.from(list));

describe('a byte stream', () => {
  test('P1 gives the same lines however it is cut into chunks', () => {
    verifies('stdio:framing');
    fc.assert(
      fc.property(bytes, fc.array(fc.nat(20)), fc.integer({ min: 1, max: 40 }), (stream, sizes, maxLineBytes) => {
        const expected = expectedSplit(stream, maxLineBytes);
        expect(split(cut(stream, sizes), maxLineBytes)).toEqual(expected);
        expect(split(cut(stream, Array(stream.length).fill(1)), maxLineBytes)).toEqual(expected);
      }),
    );
  });

  test('gives large lines in pieces, with the bytes that they have whole', () => {
    const large = fc.constantFrom(
      `{"a":"${'x'.repeat(20_000)}"}`,
      `{"a":"${'ä'.repeat(20_000)}"}\r`,
      `{"a":"${'x'.repeat(20_000)}`,
      `[${'1,'.repeat(15_000)}1]`,
      '{}',
      `{"a":"${'y'.repeat(70_000)}"}`,
    );
    fc.assert(
      fc.property(fc.array(large, { maxLength: 5 }), fc.array(fc.nat(30_000), { maxLength: 9 }), (texts, sizes) => {
        const lines: string[] = [];
        const splitter = createLineSplitter({
          maxLineBytes: 60_000,
          onLine: (line) => lines.push(line.toString('latin1')),
          onLargeLine: ({ pieces, bytes: size }) => lines.push(Buffer.concat(pieces, size).toString('latin1')),
          onOverflow: () => {},
        });
        const stream = Buffer.from(texts.map((text) => `${text}\n`).join(''));
        for (const chunk of cut(stream, sizes)) splitter.push(chunk);
        expect(lines).toEqual(expectedSplit(stream, 60_000).lines);
      }),
    );
  });

  test('has large lines checked, whatever of them has come by the time that all is read', async () => {
    const sound = [
      `{"a":"${'x'.repeat(20_000)}"}`,
      `{"a":"${'ä'.repeat(40_000)}","b":[1,{"c":"\\u0041"}]}`,
      `{"a":"${'y'.repeat(90_000)}"}\r`,
    ];
    const unsound = [
      `{"a":"${'x'.repeat(20_000)}`,
      `{"a":"${'\u0001'.repeat(20_000)}"}`,
      `{"a":${'1,'.repeat(20_000)}}`,
    ];
    const text = fc.constantFrom(...sound, ...unsound);
    const steps = fc.array(fc.record({ size: fc.integer({ min: 1, max: 40_000 }), isTurn: fc.boolean() }), {
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 4 }), steps, async (texts, taken) => {
        const lines: string[] = [];
        const splitter = createLineSplitter({
          maxLineBytes: 1 << 20,
          onLine: (line) => lines.push(`whole ${line.toString('latin1')}`),
          onLargeLine: ({ pieces, bytes: size }) =>
            lines.push(`checked ${Buffer.concat(pieces, size).toString('latin1')}`),
          onOverflow: () => {},
        });
        const stream = Buffer.from(texts.map((line) => `${line}\n`).join(''));
        let at = 0;
        for (const { size, isTurn } of taken) {
          splitter.push(stream.subarray(at, at + size));
          at += size;
          if (isTurn) await new Promise((resolve) => setImmediate(resolve));
        }
        splitter.push(stream.subarray(at));
        const expected = texts.map((line) => {
          const bytesOf = Buffer.from(line.replace(/\r$/, '')).toString('latin1');
          return `${sound.includes(line) ? 'checked' : 'whole'} ${bytesOf}`;
        });
        expect(lines).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  test('keeps a character that a chunk border cuts', () => {
    verifies('stdio:utf-8');
    const stream = Buffer.from('{"m":"😀é漢"}\n');
    const { lines } = split(cut(stream, Array(stream.length).fill(1)));
    expect(Buffer.from(lines[0] as string, 'latin1').toString('utf8')).toBe('{"m":"😀é漢"}');
  });

  test('delivers a last line without a line feed', () => {
    expect(split([Buffer.from('a\nb')]).lines).toEqual(['a', 'b']);
  });

  test('has no blank lines, and no carriage returns at the end of a line', () => {
    expect(split([Buffer.from('\n\r\n  \t\r\n{}\r\n\n')]).lines).toEqual(['{}']);
  });
});

describe('an overlong line', () => {
  test('is told once with its beginning, and the lines around it are delivered', () => {
    const long = 'x'.repeat(20_000);
    const stream = Buffer.from(`before\n${long}\nafter\n`);
    const expected = { lines: ['before', 'after'], overflows: [long.slice(0, 4096)] };
    expect(split([stream], 10_000)).toEqual(expected);
    expect(split(cut(stream, Array(30).fill(1000)), 10_000)).toEqual(expected);
  });

  test('may be exactly as long as the limit', () => {
    expect(split([Buffer.from('abcd\nabcde\n')], 4)).toEqual({ lines: ['abcd'], overflows: ['abcde'] });
  });

  test('is told while it is still coming, and its rest is dropped', () => {
    const told: number[] = [];
    const splitter = createLineSplitter({
      maxLineBytes: 100,
      onLine: () => {},
      onOverflow: ({ length }) => told.push(length),
    });
    splitter.push(Buffer.alloc(101, 'x'));
    expect(told).toEqual([101]);
    for (let count = 0; count < 1000; count += 1) splitter.push(Buffer.alloc(1000, 'x'));
    splitter.end();
    expect(told).toEqual([101]);
  });

  test('costs no more memory than the limit, however long it gets', () => {
    const splitter = createLineSplitter({ maxLineBytes: 1 << 20, onLine: () => {}, onOverflow: () => {} });
    const chunk = Buffer.alloc(64 * 1024, 'x');
    const before = process.memoryUsage().arrayBuffers;
    for (let pushed = 0; pushed < 64 << 20; pushed += chunk.length) splitter.push(chunk);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 << 20);
  });
});

describe('a sender that writes byte by byte', () => {
  const LENGTH = 1 << 20;

  test('costs time and memory in proportion to the line', () => {
    const lengths: number[] = [];
    const splitter = createLineSplitter({
      maxLineBytes: LENGTH * 2,
      onLine: ({ length }) => lengths.push(length),
      onOverflow: () => {},
    });
    const one = Buffer.from('x');
    const before = process.memoryUsage();
    const startedAt = performance.now();
    for (let count = 0; count < LENGTH; count += 1) splitter.push(one);
    const after = process.memoryUsage();
    splitter.push(Buffer.from('\n'));
    expect(lengths).toEqual([LENGTH]);
    expect(performance.now() - startedAt).toBeLessThan(3000);
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(16 << 20);
  });
});

describe('a line writer', () => {
  /** A stream that keeps its writes, and takes the next one only when it is let. */
  const createSlowStream = (highWaterMark = 16) => {
    const writes: Buffer[] = [];
    let release: (() => void) | undefined;
    const stream = new Writable({
      highWaterMark,
      write(chunk: Buffer, _encoding, done) {
        writes.push(Buffer.from(chunk));
        release = done;
      },
    });
    const releaseOne = (): void => {
      const done = release;
      release = undefined;
      done?.();
    };
    return { stream, writes, releaseOne };
  };

  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  test('writes all lines of one turn in one write', async () => {
    const { stream, writes, releaseOne } = createSlowStream();
    const writer = createLineWriter(stream);
    writer.write('{"a":', Buffer.from('"é"'), '}');
    writer.write('{}');
    await turn();
    releaseOne();
    expect(writes.map(String)).toEqual(['{"a":"é"}\n{}\n']);
  });

  test('hands on every sixteen lines at once, so that who reads them begins while the next ones are made', async () => {
    const writes: string[] = [];
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        writes.push(String(chunk));
        done();
      },
    });
    const writer = createLineWriter(stream);
    const lines = Array.from({ length: 40 }, (_, index) => `{"id":${index}}`);
    for (const line of lines) writer.write(line);
    const counts = (): number[] => writes.map((text) => text.split('\n').length - 1);
    expect(counts()).toEqual([16, 16]);
    await turn();
    expect(counts()).toEqual([16, 16, 8]);
    expect(writes.join('')).toBe(`${lines.join('\n')}\n`);
  });

  test('holds little more memory than it counts, whatever the size of its lines', async () => {
    for (const size of [300, 1000, 1025, 5400, 16_000]) {
      const held = new Set<ArrayBufferLike>();
      // Nobody takes anything: what is handed over is held.
      const stream = new Writable({ write: () => {} });
      const write = stream.write.bind(stream);
      stream.write = (chunk: Buffer) => {
        held.add(chunk.buffer);
        return write(chunk);
      };
      const writer = createLineWriter(stream);
      for (let line = 0; line < 2000; line += 1) writer.write('x'.repeat(size));
      await turn();
      const heldBytes = [...held].reduce((sum, buffer) => sum + buffer.byteLength, 0);
      expect(heldBytes / writer.pendingBytes(), `lines of ${size}`).toBeLessThan(1.5);
    }
  });

  test('keeps small lines that wait in blocks of their own, however many of them there are', async () => {
    const { stream, writes, releaseOne } = createSlowStream();
    const writer = createLineWriter(stream);
    const lines = Array.from({ length: 200 }, (_, index) => `{"id":${index},"text":"${'é'.repeat(index)}"}`);
    for (const line of lines) writer.write(line.slice(0, 6), Buffer.from(line.slice(6)));
    await turn();
    for (let write = 0; write < 20; write += 1) {
      releaseOne();
      await turn();
    }
    expect(Buffer.concat(writes).toString()).toBe(`${lines.join('\n')}\n`);
  });

  test('writes the same bytes whatever the parts and their size', async () => {
    // Around the limits of what is copied, of a block, and of what is joined.
    const lengths = fc.constantFrom(1023, 1024, 1025, 5461, 5462, 16_383, 16_384, 16_385, 65_536, 70_000);
    const part = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 10 }),
      fc.string({ unit: 'binary', maxLength: 3 }),
      fc.uint8Array({ maxLength: 10 }),
      fc.constantFrom('x', 'é', '€', '\ud800').chain((unit) => lengths.map((length) => unit.repeat(length))),
      lengths.map((length) => new Uint8Array(length).fill(0x78)),
    );
    const lines = fc.array(fc.array(part, { maxLength: 4 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(lines, async (all) => {
        const stream = new PassThrough({ highWaterMark: 1 << 24 });
        const writer = createLineWriter(stream);
        for (const line of all) writer.write(...line);
        await writer.end();
        const expected = all.flatMap((line) => [...line.map((piece) => Buffer.from(piece)), Buffer.from('\n')]);
        expect((stream.read() as Buffer).equals(Buffer.concat(expected))).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  const LARGE = 'x'.repeat(70_000);

  test('tells of the parts of a large write when the stream has handed on all of them, and not before', async () => {
    const { stream, writes, releaseOne } = createSlowStream();
    const delivered: LineParts[] = [];
    const writer = createLineWriter(stream, (parts) => void delivered.push(parts));
    writer.write('small');
    writer.write('{"a":', Buffer.from(LARGE), '}');
    await turn();
    while (writes.length < 4) {
      expect(delivered).toEqual([]);
      releaseOne();
      await turn();
    }
    releaseOne();
    await turn();
    releaseOne();
    await turn();
    expect(delivered.map((parts) => parts.join(''))).toEqual([`small\n{"a":${LARGE}}\n`]);
  });

  test('tells at once of the parts of a large write that it has copied', async () => {
    const { stream, writes } = createSlowStream();
    const part = Buffer.alloc(20_000, 'x');
    const writer = createLineWriter(stream, () => part.fill('y'));
    writer.write(part);
    await turn();
    expect(part.includes('x')).toBe(false);
    expect(writes.map(String)).toEqual([`${'x'.repeat(20_000)}\n`]);
  });

  test('does not tell of parts that a stream which has failed may still hold', async () => {
    const stream = new Writable({ write: (_chunk, _encoding, done) => done(new Error('it is gone')) });
    stream.on('error', () => {});
    const writer = createLineWriter(stream, () => expect.unreachable());
    writer.write(LARGE);
    await turn();
    await turn();
    expect(stream.errored).toBeInstanceOf(Error);
  });

  test('asks for a pause when the stream is full, and says when it goes on', async () => {
    const { stream, writes, releaseOne } = createSlowStream(16);
    const writer = createLineWriter(stream);
    expect(writer.write('short')).toBe(true);
    expect(writer.write('a line that is longer than the mark')).toBe(false);
    let isDrained = false;
    const drained = writer.drained().then(() => {
      isDrained = true;
    });
    await turn();
    expect(isDrained).toBe(false);
    releaseOne();
    await drained;
    expect(writes).toHaveLength(1);
    expect(writer.pendingBytes()).toBe(0);
  });

  test('counts the bytes that nobody has taken yet', async () => {
    const { stream } = createSlowStream();
    const writer = createLineWriter(stream);
    writer.write('é');
    expect(writer.pendingBytes()).toBe(3);
    await turn();
    expect(writer.pendingBytes()).toBe(3);
  });

  test('ends when everything is handed over', async () => {
    const { stream, writes, releaseOne } = createSlowStream();
    const writer = createLineWriter(stream);
    writer.write('last');
    let isEnded = false;
    const ended = writer.end().then(() => {
      isEnded = true;
    });
    await turn();
    expect(isEnded).toBe(false);
    releaseOne();
    await turn();
    releaseOne();
    await ended;
    expect(writes.map(String).join('')).toBe('last\n');
  });

  test('drops what is written after the stream was closed, and waits for nothing', async () => {
    const { stream, writes } = createSlowStream();
    stream.on('error', () => {});
    const writer = createLineWriter(stream);
    stream.destroy();
    writer.write('late');
    await writer.drained();
    await writer.end();
    expect(writes).toEqual([]);
  });

  test('ends, and drains, when the stream is closed in the middle', async () => {
    const { stream } = createSlowStream();
    const writer = createLineWriter(stream);
    writer.write('x'.repeat(100));
    const waiting = Promise.all([writer.drained(), writer.end()]);
    stream.destroy();
    await waiting;
  });
});
