import type { Era } from './era.ts';
import type { JsonObject, JsonValue } from './json.ts';
import type { ErrorBody, ResultBody, ResultBytes, ResultMessage } from './message.ts';
import type { ListEntry } from './methods.ts';

/** Name and version as a peer gives them. */
export interface Implementation {
  readonly name: string;
  readonly version: string;
}

/** What a modern request says of its client; a legacy session knows it from `initialize`. */
export interface ClientEnvelope {
  readonly protocolVersion: string;
  readonly clientInfo: Implementation | undefined;
  readonly clientCapabilities: JsonObject;
  readonly logLevel: string | undefined;
}

/** The params of a request in the neutral form: without the envelope and without the progress token. */
export type DecodedParams =
  | {
      readonly ok: true;
      readonly params: JsonObject;
      readonly progressToken: JsonValue | undefined;
      /** Absent in the legacy era. */
      readonly envelope: ClientEnvelope | undefined;
    }
  | { readonly ok: false; readonly error: ErrorBody };

/** What the hub adds to a request on its way to an upstream. */
export interface UpstreamEnvelope {
  readonly clientInfo: Implementation;
  readonly clientCapabilities: JsonObject;
  readonly logLevel?: string | undefined;
  readonly progressToken?: number | undefined;
}

/** What a result turned out to be. A kind that this revision does not know is invalid. */
export type DecodedResult =
  | { readonly ok: true; readonly kind: 'complete' | 'input_required'; readonly body: ResultBody }
  | { readonly ok: false; readonly reason: string };

/** One element of a list, under the name that clients see. */
export interface EncodableDefinition {
  readonly bytes: Buffer;
  readonly value: JsonObject;
}

/** How long a client may use a result without asking again, and whether others may use it too. */
export interface CacheHints {
  readonly ttlMs: number;
  readonly cacheScope: 'public' | 'private';
}

/**
 * The one place that knows how an era writes what the hub understands. It is chosen once, at the edge; a method that an
 * era lacks is refused by its absence from the table of methods.
 */
export interface Codec {
  readonly era: Era;
  /** Reads the params of a client's request. */
  decodeParams(params: JsonObject | undefined): DecodedParams;
  /**
   * Writes a result for a client of this era. A result that already has this era's shape keeps its bytes.
   * @param tool the definition of the tool that was called, as its server wrote it, where it is known.
   */
  encodeResult(method: string, body: ResultBody, serverInfo: Implementation, tool?: JsonObject): ResultBytes;
  /** Writes a list of definitions as a result, as clients of this era can read it. Default hints: stale at once, and private. */
  encodeList(
    entry: ListEntry,
    definitions: readonly EncodableDefinition[],
    serverInfo: Implementation,
    hints?: CacheHints,
  ): Uint8Array;
  /** Writes an error of an upstream of era `from` for a client of this era; the hub's own errors are of the modern era. */
  encodeError(method: string, error: ErrorBody, from: Era): ErrorBody;
  /** The refusal of a request that an upstream of this era cannot be asked; undefined where it can. */
  refuseParams(params: JsonObject): ErrorBody | undefined;
  /** Writes the params of a request to an upstream. */
  encodeParams(params: JsonObject, envelope: UpstreamEnvelope): JsonObject;
  /** Writes the params of a question to a client of this era, `elicitation/create` and its like. */
  encodeQuestion(params: JsonObject): JsonObject;
  /**
   * Reads a result of an upstream.
   * @param declared the client capabilities that its request declared: some kinds of results need one.
   */
  decodeResult(method: string, result: ResultMessage, declared: JsonObject): DecodedResult;
}
