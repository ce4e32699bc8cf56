import { randomUUID } from 'node:crypto';
import type { Codec, EncodableDefinition } from '../codec.ts';
import { encodeListBody } from '../encode-list.ts';
import { isJsonObject } from '../json.ts';
import { spliceMembers } from '../json-bytes.ts';
import { META } from '../meta.ts';
import { CACHEABLE_METHODS } from '../methods.ts';
import { metaOf, withMeta, withoutMeta } from '../params-meta.ts';

const ENVELOPE_KEYS = [
  META.protocolVersion,
  META.clientInfo,
  META.clientCapabilities,
  META.logLevel,
  META.progressToken,
];

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
    const hints = CACHEABLE_METHODS.has(method) ? { ttlMs: undefined, cacheScope: undefined } : {};
    return spliceMembers(Buffer.from(body.bytes), { resultType: undefined, ...hints });
  },

  encodeList: (entry, definitions) => encodeListBody(entry.member, definitions.map(encodeDefinition)),

  encodeError: (_method, error) => error,

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
 * A definition without an output schema that legacy clients refuse, and with it the whole list: in this era it describes
 * an object. https://modelcontextprotocol.io/specification/2025-11-25/server/tools#output-schema
 */
const encodeDefinition = ({ bytes, value }: EncodableDefinition): Buffer => {
  const schema = value['outputSchema'];
  const isReadable = schema === undefined || (isJsonObject(schema) && schema['type'] === 'object');
  return isReadable ? bytes : spliceMembers(bytes, { outputSchema: undefined });
};
