import type { Era } from './era.ts';
import type { JsonObject } from './json.ts';
import type { RequestId, ResultBody, ResultBytes, ResultMessage } from './message.ts';

/**
 * A large result that has been checked and located in its line. It is passed on in the pieces in which it came, and decoded
 * only for whoever asks for the whole of it.
 */
export class LargeResult {
  readonly pieces: readonly Buffer[];
  /** Its length in bytes. */
  readonly size: number;
  /** The value, with an empty string for long texts that the hub has no business with. */
  readonly outline: JsonObject;
  #bytes: Buffer | undefined;
  #value: JsonObject | undefined;

  constructor(pieces: readonly Buffer[], outline: JsonObject) {
    this.pieces = pieces;
    this.size = sizeOf(pieces);
    this.outline = outline;
  }

  /** @throws Error when it has been delivered, and its memory is given back. */
  get bytes(): Buffer {
    this.#bytes ??= Buffer.concat(this.piecesNow);
    return this.#bytes;
  }

  /** The pieces, for whoever reads them at once. @throws Error when it has been delivered, and its memory is given back. */
  get piecesNow(): readonly Buffer[] {
    if (sizeOf(this.pieces) !== this.size) throw new Error('a large result was read after it had been delivered');
    return this.pieces;
  }

  get value(): JsonObject {
    this.#value ??= JSON.parse(this.bytes.toString('utf8')) as JsonObject;
    return this.#value;
  }
}

const sizeOf = (pieces: readonly Buffer[]): number => pieces.reduce((sum, { length }) => sum + length, 0);

/** What holds a large result, and decodes it only for whoever asks for the whole. */
class LargeContent {
  readonly large: LargeResult;

  constructor(large: LargeResult) {
    this.large = large;
  }

  get bytes(): Buffer {
    return this.large.bytes;
  }

  get value(): JsonObject {
    return this.large.value;
  }
}

export const largeResultMessage = (id: RequestId, large: LargeResult): ResultMessage =>
  Object.assign(new LargeContent(large), { kind: 'result' as const, id });

/** What a result says, in the shape of that era. */
export const resultBody = (era: Era, content: Content): ResultBody =>
  content.large === undefined
    ? { era, bytes: content.bytes, value: content.value }
    : Object.assign(new LargeContent(content.large), { era });

/** The same body with another content, which is held as a whole. */
export const changedBody = ({ era }: ResultBody, bytes: Buffer, value: JsonObject): ResultBody => ({
  era,
  bytes,
  value,
});

/** The value for whoever looks at its structure alone: long texts may be empty in it. */
export const outlineOfResult = (content: Content): JsonObject => content.large?.outline ?? content.value;

/** The bytes for whoever passes them on, or copies of them what it keeps: those of a large result are gone once it is delivered. */
export const bytesOfResult = (content: Content): ResultBytes => content.large?.piecesNow ?? content.bytes;

/** How many bytes it has. */
export const sizeOfResult = (content: Content): number => content.large?.size ?? content.bytes.length;

type Content = Pick<ResultMessage, 'bytes' | 'value' | 'large'>;
