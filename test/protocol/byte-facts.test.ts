import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BACKSLASHES, CONTROL, factsOf, HIGH, plainFactsOf, QUOTES } from '../../src/protocol/byte-facts.ts';
import { createScanModule, WINDOW_BYTES } from '../../src/protocol/byte-scan-module.ts';

/** The facts, found in the simplest way. */
const expectedFacts = (bytes: Buffer): number =>
  (bytes.some((byte) => byte < 0x20) ? CONTROL : 0) |
  (bytes.some((byte) => byte >= 0x80) ? HIGH : 0) |
  (bytes.includes('"') ? QUOTES : 0) |
  (bytes.includes('\\') ? BACKSLASHES : 0);

/** A text of one byte in which some others stand, and a piece of it that may begin anywhere. */
const piece = fc
  .tuple(
    fc.integer({ min: 0x20, max: 0x7f }).filter((byte) => byte !== 0x22 && byte !== 0x5c),
    fc.oneof(fc.nat(700), fc.integer({ min: WINDOW_BYTES - 70, max: WINDOW_BYTES + 700 })),
    fc.array(
      fc.tuple(fc.nat(), fc.oneof(fc.constantFrom(0x00, 0x1f, 0x20, 0x22, 0x5c, 0x7f, 0x80, 0xff), fc.nat(255))),
      {
        maxLength: 3,
      },
    ),
    fc.nat(20),
  )
  .map(([byte, length, others, start]) => {
    const whole = Buffer.alloc(start + length + 20, 0x07);
    const bytes = whole.subarray(start, start + length).fill(byte);
    if (length > 0) for (const [place, other] of others) bytes[place % length] = other;
    return bytes;
  });

describe('the facts of a piece', () => {
  test('are found at every place, sixteen bytes at a time', () => {
    const scan = createScanModule();
    expect(scan).toBeDefined();
    fc.assert(
      fc.property(piece, (bytes) => {
        const part = bytes.subarray(0, WINDOW_BYTES);
        expect(scan?.(part)).toBe(expectedFacts(part));
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    ['with the module', factsOf],
    ['without it', plainFactsOf],
  ])('are never fewer than there are, and tell control characters exactly, %s', (_name, facts) => {
    fc.assert(
      fc.property(piece, (bytes) => {
        const expected = expectedFacts(bytes);
        const found = facts(bytes);
        expect(found & expected).toBe(expected);
        expect(found & CONTROL).toBe(expected & CONTROL);
      }),
      { numRuns: 500 },
    );
  });

  test('of one piece are not those of the longer one before it', () => {
    expect(factsOf(Buffer.alloc(WINDOW_BYTES + 2, '\\'))).toBe(BACKSLASHES);
    expect(factsOf(Buffer.alloc(1025, 'x'))).toBe(0);
  });
});
