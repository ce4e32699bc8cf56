import type { ClientEnvelope, Codec, DecodedParams, Implementation } from '../codec.ts';
import { encodeListBody } from '../encode-list.ts';
import { MODERN_VERSIONS } from '../era.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts';
import { memberBytes, spliceMembers } from '../json-bytes.ts';
import { bytesOfResult, outlineOfResult, resultBody } from '../large-result.ts';
import { isLogLevel } from '../log-level.ts';
import { ENVELOPE_KEYS, META } from '../meta.ts';
import { CACHEABLE_METHODS, INPUT_METHODS, TASKS_EXTENSION } from '../methods.ts';
import { metaOf, withMeta, withoutMeta } from '../params-meta.ts';
import { createErrorBody, INVALID_PARAMS } from '../parse.ts';

/** https://modelcontextprotocol.io/specification/2026-07-28/basic/versioning */
export const UNSUPPORTED_PROTOCOL_VERSION = -32022;

/** https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#server-validation */
export const HEADER_MISMATCH = -32020;

/** https://modelcontextprotocol.io/specification/2026-07-28/schema#missingrequiredclientcapabilityerror */
export const MISSING_CAPABILITY = -32021;

/** A call needs a URL visited first, and it was not. Outside the range of the specification. */
const URL_NOT_VISITED = -31034;

/**
 * Codes of the legacy era that a modern server must not say, and what is said instead: a resource is not found, and a URL
 * has to be visited first.
 * https://modelcontextprotocol.io/specification/2026-07-28/basic#error-codes
 */
const RETIRED_CODES: ReadonlyMap<number, number> = new Map([
  [-32002, INVALID_PARAMS],
  [-32042, URL_NOT_VISITED],
]);

/**
 * The modern era, 2026-07-28: every request carries its envelope in `_meta`, every result its type.
 * https://modelcontextprotocol.io/specification/2026-07-28/basic
 */
export const modernCodec: Codec = {
  era: 'modern',

  decodeParams(params = {}) {
    const envelope = readEnvelope(metaOf(params));
    if ('ok' in envelope) return envelope;
    return {
      ok: true,
      params: withoutMeta(params, ENVELOPE_KEYS),
      progressToken: metaOf(params)[META.progressToken],
      envelope,
    };
  },

  encodeResult(method, body, serverInfo) {
    if (body.era === 'modern') return bytesOfResult(body);
    const bytes = Buffer.from(body.bytes);
    const hints = CACHEABLE_METHODS.has(method) ? { ttlMs: '0', cacheScope: '"private"' } : {};
    return spliceMembers(bytes, {
      resultType: '"complete"',
      ...hints,
      _meta: stampMeta(bytes, body.value, serverInfo),
    });
  },

  encodeList(entry, definitions, serverInfo, { ttlMs, cacheScope } = { ttlMs: 0, cacheScope: 'private' }) {
    const members = {
      resultType: 'complete',
      ttlMs,
      cacheScope,
      _meta: { [META.serverInfo]: { ...serverInfo } },
    };
    return encodeListBody(
      entry.member,
      definitions.map(({ bytes }) => bytes),
      members,
    );
  },

  encodeError(_method, error, from) {
    const code = from === 'legacy' ? RETIRED_CODES.get(error.code) : undefined;
    if (code === undefined) return error;
    return { ...error, code, bytes: spliceMembers(Buffer.from(error.bytes), { code: String(code) }) };
  },

  refuseParams: () => undefined,

  encodeParams: (params, envelope) =>
    withMeta(params, {
      [META.protocolVersion]: MODERN_VERSIONS[0],
      [META.clientInfo]: { ...envelope.clientInfo },
      [META.clientCapabilities]: envelope.clientCapabilities,
      [META.logLevel]: envelope.logLevel,
      [META.progressToken]: envelope.progressToken,
    }),

  encodeQuestion(params) {
    const { elicitationId, ...plain } = withoutMeta(params, [META.progressToken]);
    return plain;
  },

  decodeResult(method, result, { extensions }) {
    const { resultType: type = 'complete' } = outlineOfResult(result);
    const body = resultBody('modern', result);
    const knowsTasks = isJsonObject(extensions) && Object.hasOwn(extensions, TASKS_EXTENSION);
    const isTask = type === 'task' && method === 'tools/call' && knowsTasks;
    if (type === 'complete' || isTask) return { ok: true, kind: 'complete', body };
    if (type === 'input_required' && INPUT_METHODS.has(method)) return { ok: true, kind: 'input_required', body };
    return { ok: false, reason: `a result of type ${JSON.stringify(type)} is not known for ${method}` };
  },
};

/** Whether a request claims the modern era, validly or not. */
export const hasModernClaim = (params: JsonObject | undefined): boolean =>
  Object.hasOwn(metaOf(params), META.protocolVersion);

/** The refusal of a revision that the hub does not speak. */
export const unsupportedVersion = (requested: JsonValue | undefined) =>
  createErrorBody(UNSUPPORTED_PROTOCOL_VERSION, 'Unsupported protocol version', {
    supported: [...MODERN_VERSIONS],
    requested: typeof requested === 'string' ? requested : 'unknown',
  });

const refuse = (key: string, problem: string): DecodedParams => ({
  ok: false,
  error: createErrorBody(INVALID_PARAMS, `Invalid _meta envelope: ${key}: ${problem}`),
});

const readEnvelope = (meta: JsonObject): ClientEnvelope | DecodedParams => {
  const version = meta[META.protocolVersion];
  const capabilities = meta[META.clientCapabilities];
  const logLevel = meta[META.logLevel];
  if (version === undefined)
    return refuse(META.protocolVersion, 'every request of protocol revision 2026-07-28 must have it');
  if (typeof version !== 'string') return refuse(META.protocolVersion, 'must be a string');
  if (!(MODERN_VERSIONS as readonly string[]).includes(version))
    return { ok: false, error: unsupportedVersion(version) };
  if (!isJsonObject(capabilities)) return refuse(META.clientCapabilities, 'must be an object');
  if (logLevel !== undefined && !isLogLevel(logLevel)) return refuse(META.logLevel, 'must be a log level');
  const clientInfo = meta[META.clientInfo];
  if (clientInfo !== undefined && readImplementation(clientInfo) === undefined) {
    return refuse(META.clientInfo, 'must be an object with a name and a version');
  }
  return {
    protocolVersion: version,
    clientInfo: readImplementation(clientInfo),
    clientCapabilities: capabilities,
    logLevel,
  };
};

/** Name and version of a peer, where the value has both. */
export const readImplementation = (value: JsonValue | undefined): Implementation | undefined => {
  if (!isJsonObject(value)) return undefined;
  const { name, version } = value;
  return typeof name === 'string' && typeof version === 'string' ? { name, version } : undefined;
};

/** The `_meta` of a result with the hub's own identity in it; what an upstream put there stays. */
const stampMeta = (bytes: Buffer, value: JsonObject, serverInfo: Implementation): Uint8Array | string => {
  const stamp = JSON.stringify({ name: serverInfo.name, version: serverInfo.version });
  if (!isJsonObject(value['_meta'])) return `{${JSON.stringify(META.serverInfo)}:${stamp}}`;
  return spliceMembers(memberBytes(bytes, '_meta'), { [META.serverInfo]: stamp });
};
