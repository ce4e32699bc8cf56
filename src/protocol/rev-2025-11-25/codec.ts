import { randomUUID } from 'node:crypto';
import type { Codec, EncodableDefinition } from '../codec.ts';
import { encodeListBody } from '../encode-list.ts';
import { isJsonObject, type JsonObject } from '../json.ts';
import { type MemberChanges, memberBytes, spliceMembers } from '../json-bytes.ts';
import type { ErrorBody } from '../message.ts';
import { ENVELOPE_KEYS, META } from '../meta.ts';
import { CACHEABLE_METHODS } from '../methods.ts';
import { metaOf, withMeta, withoutMeta } from '../params-meta.ts';
import { createErrorBody } from '../parse.ts';
import { objectsForBooleans } from './boolean-schemas.ts';
import { outputSchemaChange, structuredContentChange } from './output-schema.ts';

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

  encodeResult(method, body, _serverInfo, tool) {
    const structure = structuredContentChange(body, tool);
    if (body.era === 'legacy' && Object.keys(structure).length === 0) return body.bytes;
    const hints = CACHEABLE_METHODS.has(method) ? { ttlMs: undefined, cacheScope: undefined } : {};
    const modernMembers = body.era === 'modern' ? { resultType: undefined, ...hints } : {};
    return spliceMembers(Buffer.from(body.bytes), { ...modernMembers, ...structure });
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
 * A definition without what legacy clients refuse, and with it the whole list: in this era the schema of a property is an
 * object, and so is what an output schema describes.
 */
const encodeDefinition = ({ bytes, value }: EncodableDefinition): Buffer => {
  const changes = { ...inputSchemaChange(bytes, value), ...outputSchemaChange(bytes, value) };
  return Object.keys(changes).length === 0 ? bytes : spliceMembers(bytes, changes);
};

const inputSchemaChange = (bytes: Buffer, { inputSchema }: JsonObject): MemberChanges => {
  const properties = isJsonObject(inputSchema) ? inputSchema['properties'] : undefined;
  const changes = isJsonObject(properties) ? objectsForBooleans(properties) : {};
  if (Object.keys(changes).length === 0) return {};
  const schemaBytes = memberBytes(bytes, 'inputSchema');
  const propertiesBytes = spliceMembers(memberBytes(schemaBytes, 'properties'), changes);
  return { inputSchema: spliceMembers(schemaBytes, { properties: propertiesBytes }) };
};

/** https://modelcontextprotocol.io/specification/2026-07-28/schema#missingrequiredclientcapabilityerror */
const MISSING_CAPABILITY = -32021;

/** Outside the range of the specification. */
const CLIENT_CANNOT = -31033;

const missingIn = ({ bytes }: ErrorBody): string[] => {
  const { data } = JSON.parse(Buffer.from(bytes).toString()) as JsonObject;
  const required = isJsonObject(data) ? data['requiredCapabilities'] : undefined;
  return isJsonObject(required) ? Object.keys(required) : [];
};
