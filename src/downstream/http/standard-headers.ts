import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { JsonObject, JsonValue } from '../../protocol/json.ts';
import type { ErrorBody, RequestMessage } from '../../protocol/message.ts';
import { META } from '../../protocol/meta.ts';
import { type ParamHeader, paramHeadersFor } from '../../protocol/param-headers.ts';
import { metaOf } from '../../protocol/params-meta.ts';
import { createErrorBody } from '../../protocol/parse.ts';
import { HEADER_MISMATCH } from '../../protocol/rev-2026-07-28/codec.ts';

/** The member of the params that `Mcp-Name` has to repeat, per method. */
const NAME_MEMBER: Readonly<Record<string, 'name' | 'uri' | 'taskId'>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
  'tasks/get': 'taskId',
  'tasks/update': 'taskId',
  'tasks/cancel': 'taskId',
};

/** Whether header and body name two versions; judged before the version itself. */
export const findVersionFault = ({ headers }: IncomingMessage, message: RequestMessage): ErrorBody | undefined => {
  const version = metaOf(message.params)[META.protocolVersion];
  const isTwofold = typeof version === 'string' && headers['mcp-protocol-version'] !== version;
  return isTwofold ? mismatch('MCP-Protocol-Version', 'the protocol version in _meta') : undefined;
};

/**
 * What is wrong with the standard headers of a modern request; undefined where they repeat the body.
 * https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#server-validation
 */
export const findHeaderFault = ({ headers }: IncomingMessage, message: RequestMessage): ErrorBody | undefined => {
  if (headers['mcp-method'] !== message.method) return mismatch('Mcp-Method', 'the method');
  const member = NAME_MEMBER[message.method];
  const name = member && (message.params as JsonObject | undefined)?.[member];
  if (typeof name !== 'string') return undefined;
  return decodeHeaderValue(headers['mcp-name']) === name ? undefined : mismatch('Mcp-Name', `params.${member}`);
};

/**
 * What is wrong with the headers `Mcp-Param-NAME` of a call, where its tool has arguments that are to be repeated in them.
 * https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#server-behavior-for-custom-headers
 */
export const findParamFault = (
  { headers }: IncomingMessage,
  wanted: readonly ParamHeader[],
  args: JsonValue | undefined,
): ErrorBody | undefined => {
  const values = paramHeadersFor(wanted, args);
  for (const { header, path } of wanted) {
    const name = `Mcp-Param-${header}`;
    const given = headers[name.toLowerCase()];
    const isRight =
      values[name] === undefined
        ? given === undefined
        : isSame(decodeHeaderValue(given), decodeHeaderValue(values[name]));
    if (!isRight) return mismatch(name, `params.arguments.${path.join('.')}`);
  }
  return undefined;
};

/**
 * The text in a header, which comes as `=?base64?...?=` where plain ASCII cannot carry it; undefined for a header that is
 * missing, is there twice, or has characters that a client has to encode.
 */
export const decodeHeaderValue = (value: string | string[] | undefined): string | undefined => {
  if (typeof value !== 'string' || !/^[\t\x20-\x7e]*$/.test(value)) return undefined;
  const encoded = /^=\?base64\?(.*)\?=$/.exec(value)?.[1];
  if (encoded === undefined) return value;
  const bytes = Buffer.from(encoded, 'base64');
  return bytes.toString('base64') === encoded && isUtf8(bytes) ? bytes.toString('utf8') : undefined;
};

const INTEGER = /^-?\d+(\.0+)?$/;

/** Integers are compared as numbers. */
const isSame = (given: string | undefined, wanted: string | undefined): boolean =>
  given === wanted ||
  (given !== undefined &&
    wanted !== undefined &&
    INTEGER.test(given) &&
    INTEGER.test(wanted) &&
    Number(given) === Number(wanted));

const mismatch = (header: string, member: string): ErrorBody =>
  createErrorBody(HEADER_MISMATCH, `Header mismatch: the header ${header} is missing or is not ${member}`);
