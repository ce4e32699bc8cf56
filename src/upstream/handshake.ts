import type { UpstreamIdentity } from '../dispatch/call.ts';
import { HubError } from '../errors/hub-error.ts';
import type { Codec, Implementation, UpstreamEnvelope } from '../protocol/codec.ts';
import { type Era, LEGACY_VERSIONS, MODERN_VERSIONS } from '../protocol/era.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../protocol/json.ts';
import type { ErrorBody, ErrorMessage, ResultMessage } from '../protocol/message.ts';
import { META } from '../protocol/meta.ts';
import { metaOf } from '../protocol/params-meta.ts';
import { legacyCodec } from '../protocol/rev-2025-11-25/codec.ts';
import { modernCodec, readImplementation, UNSUPPORTED_PROTOCOL_VERSION } from '../protocol/rev-2026-07-28/codec.ts';
import type { Link } from './link.ts';
import { HttpStatusError } from './transport/http-status-error.ts';

/** An upstream that has said who it is, ready for calls. */
export interface Connection {
  readonly link: Link;
  readonly codec: Codec;
  readonly identity: UpstreamIdentity;
}

export interface HandshakeOptions {
  readonly name: string;
  /** Opens a new connection, or a new process; `sse` asks for the transport of 2024-11-05 in place of the configured one. */
  readonly open: (transport?: 'sse') => Promise<Link>;
  /** What is known: `auto` finds out by asking. */
  readonly protocol: 'auto' | Era;
  readonly isHttp: boolean;
  readonly envelope: UpstreamEnvelope;
  /** Ends the waiting; its reason is a HubError. */
  readonly signal: AbortSignal;
  /**
   * What the only process of this attempt hears first; default: `server/discover`, and where the process ends on it, another
   * one gets `initialize`.
   */
  readonly firstWord?: 'server/discover' | 'initialize' | undefined;
  /** How long an upstream may be silent on `server/discover` before it counts as legacy; default 5 000 ms. */
  readonly silenceMs?: number;
}

const DEFAULT_SILENCE_MS = 5_000;

/**
 * Connects and finds out the era of an upstream: `server/discover` first; a process that ends on it is started again and
 * one that refuses it or stays silent gets `initialize`.
 * https://modelcontextprotocol.io/specification/2026-07-28/basic/versioning
 * @throws HubError when the upstream cannot be started or does not speak MCP.
 */
export const connectByEra = async (options: HandshakeOptions): Promise<Connection> => {
  if (options.protocol === 'legacy') return initialize(await options.open(), options);
  const link = await options.open();
  if (options.firstWord === 'initialize' && options.protocol === 'auto')
    return initialize(link, options).catch((error) => discoverLate(link, options, error));
  const asked = await askToDiscover(link, options);
  if (asked.kind === 'modern') return acceptModern(link, asked.result, options);
  if (options.protocol === 'modern') throw refusedModern(options.name, asked);
  if (asked.kind !== 'gone') return initialize(link, options).catch((error) => discoverLate(link, options, error));
  if (options.firstWord !== undefined) throw asked.cause;
  await link.close();
  return initialize(await options.open(), options);
};

/**
 * A modern server that was still starting when it was asked refuses `initialize`, and answers when it is asked again;
 * now that it is known to be modern, however long that takes.
 */
const discoverLate = async (link: Link, options: HandshakeOptions, refusal: unknown): Promise<Connection> => {
  const { cause } = HubError.from(refusal);
  const code = typeof cause === 'object' ? (cause as Partial<ErrorBody> | null)?.code : undefined;
  // One that was not asked before may not know `initialize` at all.
  const mayBeModern =
    code === UNSUPPORTED_PROTOCOL_VERSION || (options.firstWord === 'initialize' && isErrorCode(code));
  const asked = mayBeModern ? await askToDiscover(link, { ...options, protocol: 'modern' }) : undefined;
  if (asked?.kind !== 'modern') throw refusal;
  return acceptModern(link, asked.result, options);
};

const isErrorCode = (code: unknown): boolean => typeof code === 'number';

type Asked =
  | { readonly kind: 'modern'; readonly result: ResultMessage }
  | { readonly kind: 'refused'; readonly error: ErrorMessage }
  | { readonly kind: 'silent' }
  /** The connection broke, or HTTP refused: with the cause. */
  | { readonly kind: 'gone'; readonly cause: HubError };

const askToDiscover = async (link: Link, options: HandshakeOptions, isRepeat = false): Promise<Asked> => {
  const silence = AbortSignal.timeout(
    options.protocol === 'modern' ? 2 ** 31 - 1 : (options.silenceMs ?? DEFAULT_SILENCE_MS),
  );
  try {
    const answer = await link.request({
      method: 'server/discover',
      params: () => modernCodec.encodeParams({}, options.envelope),
      signal: AbortSignal.any([options.signal, silence]),
      // Nothing is said of a request that is given up: a legacy server may end on any message before `initialize`.
      cancelWay: 'stream',
    });
    if (answer.kind === 'result') return isDiscovery(answer) ? { kind: 'modern', result: answer } : { kind: 'silent' };
    if (answer.error.code === UNSUPPORTED_PROTOCOL_VERSION) {
      // Some servers refuse the first request of a version that they speak; a second one is for those alone.
      if (isRepeat || !listsOurVersion(answer)) throw unsupported(options.name, answer);
      return await askToDiscover(link, options, true);
    }
    return { kind: 'refused', error: answer };
  } catch (thrown) {
    if (options.signal.aborted) throw HubError.from(options.signal.reason);
    if (silence.aborted) return { kind: 'silent' };
    const cause = HubError.from(thrown);
    if (cause.code === 'UPSTREAM_INVALID' || (options.isHttp && !mayBeLegacy(cause))) throw cause;
    return { kind: 'gone', cause };
  }
};

const listsOurVersion = ({ error }: ErrorMessage): boolean => {
  const { data } = JSON.parse(Buffer.from(error.bytes).toString()) as JsonObject;
  const supported = isJsonObject(data) ? data['supported'] : undefined;
  return Array.isArray(supported) && MODERN_VERSIONS.some((version) => supported.includes(version));
};

/** An HTTP server that refuses an unknown request may be an older one; one that is unreachable, or wants a login, is not. */
const mayBeLegacy = (error: HubError): boolean => {
  const status = statusOf(error);
  return (
    status !== undefined &&
    status >= 400 &&
    status < 500 &&
    status !== 401 &&
    status !== 403 &&
    status !== 407 &&
    status !== 429
  );
};

const statusOf = (error: HubError): number | undefined =>
  error.cause instanceof HttpStatusError ? error.cause.status : undefined;

const isDiscovery = ({ value }: ResultMessage): boolean =>
  Array.isArray(value['supportedVersions']) && isJsonObject(value['capabilities']);

const acceptModern = (link: Link, { value }: ResultMessage, options: HandshakeOptions): Connection => {
  const versions = value['supportedVersions'] as JsonValue[];
  const version = MODERN_VERSIONS.find((candidate) => versions.includes(candidate));
  if (version === undefined) {
    throw new HubError(
      'UPSTREAM_INVALID',
      `${options.name} speaks none of the hub's revisions: it offers ${versions.filter((v) => typeof v === 'string').join(', ')}`,
      { upstream: options.name },
    );
  }
  if (options.isHttp) link.cancelWay = 'stream';
  const serverInfo = metaOf(value)[META.serverInfo];
  return { link, codec: modernCodec, identity: createIdentity(options, 'modern', version, value, serverInfo) };
};

const initialize = async (link: Link, options: HandshakeOptions): Promise<Connection> => {
  const answer = await requestInitialize(link, options).then(undefined, async (thrown: unknown) => {
    const error = HubError.from(thrown);
    const status = statusOf(error);
    if (!options.isHttp || (status !== 400 && status !== 404 && status !== 405)) throw error;
    await link.close();
    const older = await options.open('sse');
    return { older, message: await requestInitialize(older, options) };
  });
  const [usedLink, message] = 'older' in answer ? [answer.older, answer.message] : [link, answer];
  if (message.kind === 'error') {
    throw new HubError('UPSTREAM_INVALID', `${options.name} refused initialize: ${message.error.message}`, {
      upstream: options.name,
      cause: message.error,
    });
  }
  const version = message.value['protocolVersion'];
  if (typeof version !== 'string' || !isJsonObject(message.value['capabilities'])) {
    throw new HubError('UPSTREAM_INVALID', `${options.name} answered initialize with something else`, {
      upstream: options.name,
    });
  }
  usedLink.setProtocolVersion(version);
  usedLink.notify('notifications/initialized');
  return {
    link: usedLink,
    codec: legacyCodec,
    identity: createIdentity(options, 'legacy', version, message.value, message.value['serverInfo']),
  };
};

const requestInitialize = (
  link: Link,
  { envelope, signal }: HandshakeOptions,
): PromiseLike<ResultMessage | ErrorMessage> =>
  link.request({
    method: 'initialize',
    params: () => ({
      protocolVersion: LEGACY_VERSIONS[0],
      capabilities: envelope.clientCapabilities,
      clientInfo: { ...envelope.clientInfo },
    }),
    signal,
  });

const createIdentity = (
  { name, isHttp }: HandshakeOptions,
  era: Era,
  protocolVersion: string,
  result: JsonObject,
  serverInfo: JsonValue | undefined,
): UpstreamIdentity => {
  const { instructions } = result;
  const info: Implementation = readImplementation(serverInfo) ?? { name, version: 'unknown' };
  return {
    era,
    protocolVersion,
    capabilities: result['capabilities'] as JsonObject,
    serverInfo: info,
    instructions: typeof instructions === 'string' ? instructions : undefined,
    mirrorsArguments: isHttp && era === 'modern',
  };
};

const unsupported = (name: string, { error }: ErrorMessage): HubError =>
  new HubError('UPSTREAM_INVALID', `${name} speaks none of the hub's revisions: ${error.message}`, { upstream: name });

const refusedModern = (name: string, asked: Exclude<Asked, { kind: 'modern' }>): HubError => {
  const why =
    asked.kind === 'refused'
      ? asked.error.error.message
      : asked.kind === 'gone'
        ? asked.cause.message
        : 'no valid answer';
  return new HubError('UPSTREAM_START_FAILED', `${name} does not speak 2026-07-28: ${why}`, {
    upstream: name,
    hint: `set hub.servers.${name}.protocol to "auto"`,
  });
};
