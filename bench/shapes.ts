import { type PreparedRequest, prepare } from './client.ts';

/** A call with arguments and a result of certain sizes. */
export interface Shape {
  readonly name: string;
  /** How long the text in the arguments is. */
  readonly argumentBytes: number;
  /** How long the text in the result is. */
  readonly resultBytes: number;
}

const SMALL_BYTES = 64;

const KIB = 1024;

/** Both ways small. */
export const SMALL: Shape = { name: 'small', argumentBytes: SMALL_BYTES, resultBytes: SMALL_BYTES };

const results = ([name, resultBytes]: readonly [string, number]): Shape => ({
  name: `result ${name}`,
  argumentBytes: SMALL_BYTES,
  resultBytes,
});

const args = ([name, argumentBytes]: readonly [string, number]): Shape => ({
  name: `arguments ${name}`,
  argumentBytes,
  resultBytes: SMALL_BYTES,
});

const SIZES = [
  ['4 KiB', 4 * KIB],
  ['64 KiB', 64 * KIB],
  ['1 MiB', KIB * KIB],
] as const;

/** All that is measured, the largest results last. */
export const SHAPES: readonly Shape[] = [SMALL, ...SIZES.map(args), ...SIZES.map(results)];

/** The largest result. */
export const LARGE_RESULT = 'result 1 MiB';

export const prepareCall = (tool: string, { argumentBytes, resultBytes }: Shape): PreparedRequest =>
  prepare('tools/call', { name: tool, arguments: { size: resultBytes, fill: 'x'.repeat(argumentBytes) } });
