import { isJsonObject, isRawNumber, type JsonObject, type JsonValue } from './json.ts';
import { plainValue } from './long-text.ts';

/**
 * Arguments of a tool that its HTTP server wants to see as headers `Mcp-Param-NAME` too.
 * https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#custom-headers-from-tool-parameters
 */
export type ParamHeaders =
  | { readonly ok: true; readonly headers: readonly ParamHeader[] }
  | { readonly ok: false; readonly fault: string };

export interface ParamHeader {
  readonly header: string;
  /** The keys that lead to the argument. */
  readonly path: readonly string[];
}

const ANNOTATION = 'x-mcp-header';

/** RFC 9110, section 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

const PRIMITIVES: readonly JsonValue[] = ['string', 'integer', 'boolean'];

/** A schema nests no deeper than this, or its tool is not offered. */
const MAX_DEPTH = 64;

/** Reads the annotations of an input schema; a single wrong one makes the tool unusable over HTTP. */
export const readParamHeaders = (inputSchema: JsonObject): ParamHeaders => {
  const headers: ParamHeader[] = [];
  const fault = visit(inputSchema, [], true, 0, headers);
  return fault === undefined ? { ok: true, headers } : { ok: false, fault };
};

/** The headers for the arguments of one call; an argument that is absent has none. */
export const paramHeadersFor = (
  headers: readonly ParamHeader[],
  args: JsonValue | undefined,
): Record<string, string> => {
  const values: Record<string, string> = {};
  for (const { header, path } of headers) {
    const value = valueAt(args, path);
    const text =
      typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number'
        ? String(value)
        : rawText(value);
    if (text !== undefined) values[`Mcp-Param-${header}`] = encodeHeaderValue(text);
  }
  return values;
};

/** A value as a header can carry it: plain where it is visible ASCII, else `=?base64?...?=`. */
export const encodeHeaderValue = (value: string): string =>
  /^[\x21-\x7e]([\x20-\x7e\t]*[\x21-\x7e])?$/.test(value) && !/^=\?base64\?.*\?=$/.test(value)
    ? value
    : `=?base64?${Buffer.from(value).toString('base64')}?=`;

const rawText = (value: JsonValue | undefined): string | undefined => (isRawNumber(value) ? value.rawJSON : undefined);

const valueAt = (value: JsonValue | undefined, path: readonly string[]): JsonValue | undefined =>
  plainValue(
    path.reduce<JsonValue | undefined>(
      (current, key) => (isJsonObject(current) && Object.hasOwn(current, key) ? current[key] : undefined),
      value,
    ),
  );

/** Walks the schema; an annotation counts only where nothing but `properties` leads to it. */
const visit = (
  schema: JsonValue,
  path: readonly string[],
  isReachable: boolean,
  depth: number,
  found: ParamHeader[],
): string | undefined => {
  if (depth > MAX_DEPTH) return `its input schema nests deeper than ${MAX_DEPTH} levels`;
  if (Array.isArray(schema)) return firstFault(schema, (part) => visit(part, path, false, depth + 1, found));
  if (!isJsonObject(schema)) return undefined;
  const own = Object.hasOwn(schema, ANNOTATION) ? judge(schema, path, isReachable, found) : undefined;
  if (own !== undefined) return own;
  return firstFault(Object.entries(schema), ([key, value]) => {
    if (key !== 'properties' || !isJsonObject(value)) return visit(value, path, false, depth + 1, found);
    return firstFault(Object.entries(value), ([name, property]) =>
      visit(property, [...path, name], isReachable, depth + 1, found),
    );
  });
};

const judge = (
  schema: JsonObject,
  path: readonly string[],
  isReachable: boolean,
  found: ParamHeader[],
): string | undefined => {
  const header = schema[ANNOTATION];
  const where = `${ANNOTATION} of ${path.join('.') || 'the schema'}`;
  if (!isReachable || path.length === 0) return `${where} stands where no argument of its own is`;
  if (typeof header !== 'string' || !TOKEN.test(header)) return `${where} is not a header name`;
  if (!PRIMITIVES.includes(schema['type'] ?? null))
    return `${where} is on something other than a string, integer or boolean`;
  if (found.some((other) => other.header.toLowerCase() === header.toLowerCase())) return `${where} is used twice`;
  found.push({ header, path });
  return undefined;
};

const firstFault = <T>(items: Iterable<T>, check: (item: T) => string | undefined): string | undefined => {
  for (const item of items) {
    const fault = check(item);
    if (fault !== undefined) return fault;
  }
  return undefined;
};
