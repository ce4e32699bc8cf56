import type { IncomingMessage } from 'node:http';
import type { JsonObject } from '../../protocol/json.ts';
import type { ErrorBody, RequestMessage } from '../../protocol/message.ts';
import { META } from '../../protocol/meta.ts';
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

/** What is wrong with the standard headers of a modern request; undefined where they repeat the body. */
export const findHeaderFault = ({ headers }: IncomingMessage, message: RequestMessage): ErrorBody | undefined => {
  if (headers['mcp-method'] !== message.method) return mismatch('Mcp-Method', 'the method');
  const member = NAME_MEMBER[message.method];
  if (member === undefined) return undefined;
  const name = (message.params as JsonObject | undefined)?.[member];
  const header = headers['mcp-name'];
  if (typeof name !== 'string') return undefined;
  return typeof header === 'string' && decodeHeaderValue(header) === name
    ? undefined
    : mismatch('Mcp-Name', `params.${member}`);
};

const mismatch = (header: string, member: string): ErrorBody =>
  createErrorBody(HEADER_MISMATCH, `Header mismatch: the header ${header} is missing or is not ${member}`);

/** A value that plain ASCII cannot carry comes as `=?base64?...?=`. */
export const decodeHeaderValue = (value: string): string | undefined => {
  const encoded = /^=\?base64\?([A-Za-z0-9+/]*={0,2})\?=$/.exec(value)?.[1];
  return encoded === undefined ? value : Buffer.from(encoded, 'base64').toString('utf8');
};
