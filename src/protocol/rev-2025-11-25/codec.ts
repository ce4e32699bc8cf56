import type { Codec } from '../codec.ts';
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

  encodeError: (_method, error) => error,

  encodeParams: (params, { progressToken }) => withMeta(params, { [META.progressToken]: progressToken }),

  decodeResult: (_method, { bytes, value }) => ({ ok: true, kind: 'complete', body: { era: 'legacy', bytes, value } }),
};
