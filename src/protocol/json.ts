import { hasFragileNumber } from './json-text.ts';
import { LongText } from './long-text.ts';

/** A JSON value as `parseLossless` gives it: numbers that a double cannot hold stay raw (see `RawNumber`). */
export type JsonValue = null | boolean | number | string | RawNumber | JsonValue[] | JsonObject;

/** A JSON object. Own keys only; `__proto__` is an ordinary key here. */
export interface JsonObject {
  [key: string]: JsonValue;
}

/** A number kept as its source text, made by `JSON.rawJSON`; `JSON.stringify` writes it back unchanged. */
export interface RawNumber {
  readonly rawJSON: string;
}

interface ReviverContext {
  readonly source?: string;
}

interface JsonWithSource {
  parse(text: string, reviver: (key: string, value: unknown, context: ReviverContext) => unknown): unknown;
  rawJSON(text: string): RawNumber;
  isRawJSON(value: unknown): value is RawNumber;
}

const json = JSON as unknown as JsonWithSource;

/**
 * Parses JSON so that `JSON.stringify` writes every number as it was read (integers beyond 2^53, `1.0`, `1e400`).
 * The last of two equal keys wins, as in `JSON.parse`.
 * @throws SyntaxError when the text is not JSON.
 */
export const parseLossless = (text: string): JsonValue => {
  if (!hasFragileNumber(text)) return JSON.parse(text) as JsonValue;
  return json.parse(text, (_key, value, context) =>
    typeof value === 'number' && context.source !== undefined && String(value) !== context.source
      ? json.rawJSON(context.source)
      : value,
  ) as JsonValue;
};

/** Whether the value is a number that was kept as text. */
export const isRawNumber = (value: unknown): value is RawNumber => json.isRawJSON(value);

/** Whether the value is a JSON object: not null, not an array, not a raw number, not a long text. */
export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !isRawNumber(value) &&
  !(value instanceof LongText);
