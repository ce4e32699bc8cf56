import { randomUUID } from 'node:crypto';
import type { Codec, EncodableDefinition } from '../codec.ts';
import { encodeListBody } from '../encode-list.ts';
import { isJsonObject, type JsonObject } from '../json.ts';
import { type MemberChanges, memberBytes, spliceMembers } from '../json-bytes.ts';
import { bytesOfResult, resultBody } from '../large-result.ts';
import type { ErrorBody } from '../message.ts';
import { ENVELOPE_KEYS, META } from '../meta.ts';
import { CACHEABLE_METHODS } from '../methods.ts';
import { metaOf, withMeta, withoutMeta } from '../params-meta.ts';
import { createErrorBody, INVALID_PARAMS } from '../parse.ts';
import { objectsForBooleans } from './boolean-schemas.ts';
import { outputSchemaChange, structuredContentChange } from './output-schema.ts';

/** https://modelcontextprotocol.io/specification/2025-11-25/server/resources#error-handling */
export const RESOURCE_NOT_FOUND = -32002;

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
    if (body.era === 'legacy' && Object.keys(structure).length === 0) return bytesOfResult(body);
    const hints = CACHEABLE_METHODS.has(method) ? { ttlMs: undefined, cacheScope: undefined } : {};
    const modernMembers = body.era === 'modern' ? { resultType: undefined, ...hints } : {};
    return spliceMembers(Buffer.from(body.bytes), { ...modernMembers, ...structure });
  },

  encodeList: (entry, definitions) => encodeListBody(entry.member, definitions.map(encodeDefinition)),

  encodeError(method, error, from) {
    if (from === 'legacy' || method !== 'resources/read' || !isResourceNotFound(error)) return error;
    return {
      ...error,
      code: RESOURCE_NOT_FOUND,
      bytes: spliceMembers(Buffer.from(error.bytes), { code: String(RESOURCE_NOT_FOUND) }),
    };
  },

  /** No server of this era has given a state: one that comes with a request is made up. */
  refuseParams: ({ requestState }) =>
    requestState === undefined
      ? undefined
      : createErrorBody(INVALID_PARAMS, 'Invalid requestState: the server of this request gives none'),

  encodeParams(params, { progressToken }) {
    const own = params['inputResponses'] === undefined ? params : withoutResponses(params);
    return progressToken === undefined ? own : withMeta(own, { [META.progressToken]: progressToken });
  },

  encodeQuestion(params) {
    const plain = withoutMeta(params, [META.progressToken]);
    // A URL elicitation has an id in this era, with which its end could be told.
    return plain['mode'] === 'url' && plain['elicitationId'] === undefined
      ? { ...plain, elicitationId: randomUUID() }
      : plain;
  },

  decodeResult: (_method, result) => ({ ok: true, kind: 'complete', body: resultBody('legacy', result) }),
};

const withoutResponses = ({ inputResponses: _ofTheModernEra, ...params }: JsonObject): JsonObject => params;

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

/**
 * The modern era says that there is no such resource by -32602 with its URI in `data`; any other use of the code stays.
 * https://modelcontextprotocol.io/specification/2026-07-28/server/resources#error-handling
 */
const isResourceNotFound = ({ code, bytes }: ErrorBody): boolean => {
  if (code !== INVALID_PARAMS) return false;
  const { data } = JSON.parse(Buffer.from(bytes).toString()) as JsonObject;
  return isJsonObject(data) && typeof data['uri'] === 'string';
};
