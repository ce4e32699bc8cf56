import { randomUUID } from 'node:crypto';
import type { Codec, EncodableDefinition } from '../codec.ts';
import { encodeListBody } from '../encode-list.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts';
import { type MemberChanges, memberBytes, spliceMembers } from '../json-bytes.ts';
import type { ErrorBody } from '../message.ts';
import { ENVELOPE_KEYS, META } from '../meta.ts';
import { CACHEABLE_METHODS } from '../methods.ts';
import { metaOf, withMeta, withoutMeta } from '../params-meta.ts';
import { createErrorBody } from '../parse.ts';

/**
 * The legacy era, 2024-11-05 to 2025-11-25: a session knows the client, results have no type.
 * https://modelcontextprotocol.io/specification/2025-11-25
 */
export const legacyCodec: Codec = {
  era: 'legacy',

  decodeParams(params = {}) {
    return {
      ok: true,
      params: withoutMeta(params, ENVELOPE_KEYS),
      progressToken: metaOf(params)[META.progressToken],
      envelope: undefined,
    };
  },

  encodeResult(method, body) {
    if (body.era === 'legacy') return body.bytes;
    const bytes = Buffer.from(body.bytes);
    const hints = CACHEABLE_METHODS.has(method) ? { ttlMs: undefined, cacheScope: undefined } : {};
    return spliceMembers(bytes, { resultType: undefined, ...hints, ...objectForStructure(bytes, body.value) });
  },

  encodeList: (entry, definitions) => encodeListBody(entry.member, definitions.map(encodeDefinition)),

  encodeError(_method, error, from) {
    if (from === 'legacy' || error.code !== MISSING_CAPABILITY) return error;
    // It speaks of the envelope that the hub wrote; this client has none.
    const missing = missingIn(error).join(', ') || 'unknown';
    return createErrorBody(CLIENT_CANNOT, `The server needs of its client the capability: ${missing}`);
  },

  encodeParams: (params, { progressToken }) => withMeta(params, { [META.progressToken]: progressToken }),

  encodeQuestion(params) {
    const plain = withoutMeta(params, [META.progressToken]);
    // A URL elicitation has an id in this era, with which its end could be told.
    return plain['mode'] === 'url' && plain['elicitationId'] === undefined
      ? { ...plain, elicitationId: randomUUID() }
      : plain;
  },

  decodeResult: (_method, { bytes, value }) => ({ ok: true, kind: 'complete', body: { era: 'legacy', bytes, value } }),
};

/**
 * Structured content that is no object, which legacy clients refuse together with its result, as the `result` of one.
 * https://modelcontextprotocol.io/specification/2025-11-25/server/tools#structured-content
 */
const objectForStructure = (bytes: Buffer, { structuredContent }: JsonObject): MemberChanges =>
  structuredContent === undefined || isJsonObject(structuredContent)
    ? {}
    : { structuredContent: Buffer.concat([WRAP_OPEN, memberBytes(bytes, 'structuredContent'), WRAP_CLOSE]) };

const WRAP_OPEN = Buffer.from('{"result":');
const WRAP_CLOSE = Buffer.from('}');

/**
 * A definition without what legacy clients refuse, and with it the whole list: in this era an output schema describes an
 * object, and the schema of a property is an object too.
 * https://modelcontextprotocol.io/specification/2025-11-25/server/tools#output-schema
 */
const encodeDefinition = ({ bytes, value: { inputSchema, outputSchema } }: EncodableDefinition): Buffer => {
  const isOutputReadable = outputSchema === undefined || isReadableSchema(outputSchema);
  const readable = isOutputReadable ? bytes : spliceMembers(bytes, { outputSchema: undefined });
  const properties = isJsonObject(inputSchema) ? inputSchema['properties'] : undefined;
  const changes = isJsonObject(properties) ? objectsForBooleans(properties) : {};
  if (Object.keys(changes).length === 0) return readable;
  const schemaBytes = memberBytes(readable, 'inputSchema');
  const propertiesBytes = spliceMembers(memberBytes(schemaBytes, 'properties'), changes);
  return spliceMembers(readable, { inputSchema: spliceMembers(schemaBytes, { properties: propertiesBytes }) });
};

const isReadableSchema = (schema: JsonValue): boolean => {
  if (!isJsonObject(schema) || schema['type'] !== 'object') return false;
  const { properties = {}, required = [] } = schema;
  return (
    isJsonObject(properties) &&
    Object.values(properties).every((property) => typeof property === 'object' && property !== null) &&
    Array.isArray(required) &&
    required.every((name) => typeof name === 'string')
  );
};

/** `true` and `false` are schemas as well; as objects they mean the same. */
const objectsForBooleans = (properties: JsonObject): Record<string, string> =>
  Object.fromEntries(
    Object.entries(properties)
      .filter(([, property]) => typeof property === 'boolean')
      .map(([name, property]) => [name, property === true ? '{}' : '{"not":{}}']),
  );

/** https://modelcontextprotocol.io/specification/2026-07-28/schema#missingrequiredclientcapabilityerror */
const MISSING_CAPABILITY = -32021;

/** Outside the range of the specification. */
const CLIENT_CANNOT = -31033;

const missingIn = ({ bytes }: ErrorBody): string[] => {
  const { data } = JSON.parse(Buffer.from(bytes).toString()) as JsonObject;
  const required = isJsonObject(data) ? data['requiredCapabilities'] : undefined;
  return isJsonObject(required) ? Object.keys(required) : [];
};
