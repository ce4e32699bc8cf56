import { expect, test } from 'vitest';
import type { Reply, ResultReply } from '../../src/dispatch/reply.ts';
import type { Codec } from '../../src/protocol/codec.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import type { Message, ResultMessage } from '../../src/protocol/message.ts';
import { legacyCodec } from '../../src/protocol/rev-2025-11-25/codec.ts';
import { modernCodec } from '../../src/protocol/rev-2026-07-28/codec.ts';
import { renameUris } from '../../src/relay/rename-uris.ts';
import { pinState } from '../../src/relay/replicas.ts';
import { passState } from '../../src/relay/request-states.ts';
import { createInbox } from '../../src/upstream/transport/inbox.ts';
import { createStdoutReader } from '../../src/upstream/transport/stdout-reader.ts';

const INFO = { name: 'hub', version: '1' };

/** A result as it comes from the standard output of a server: a large one is not parsed as a whole. */
const read = (result: JsonObject): ResultMessage => {
  const messages: Message[] = [];
  const inbox = createInbox('up', {
    onMessage: (message) => messages.push(message),
    onProblem: () => {},
    onStderr: () => {},
    onClose: () => {},
  });
  const reader = createStdoutReader({ maxLineBytes: 10 << 20, inbox, onOverlong: () => {} });
  reader.push(Buffer.from(`${JSON.stringify({ jsonrpc: '2.0', id: 1, result })}\n`));
  return messages[0] as ResultMessage;
};

const replyOf = (codec: Codec, method: string, result: JsonObject): ResultReply => {
  const decoded = codec.decodeResult(method, read(result), { elicitation: {} });
  if (!decoded.ok) throw new Error(decoded.reason);
  const kind = decoded.kind === 'complete' ? 'result' : 'input_required';
  return { kind, body: decoded.body, time: { startMs: 0, workMs: 0 } };
};

/** What goes out to a client. */
const written = (codec: Codec, method: string, reply: Reply): JsonObject => {
  if (reply.kind === 'error') throw new Error(reply.error.message);
  const bytes = codec.encodeResult(method, reply.body, INFO);
  const pieces = bytes instanceof Uint8Array ? [bytes] : bytes;
  return JSON.parse(Buffer.concat(pieces).toString()) as JsonObject;
};

test.each([
  ['small', 100],
  ['large', 40_000],
])('what the hub changes in a %s result is what its client gets', (_size, length) => {
  const text = { type: 'text', text: 'x'.repeat(length) };
  const linked = replyOf(legacyCodec, 'tools/call', {
    content: [{ type: 'resource_link', uri: 'a:1', name: 'a' }, text],
  });
  const renamed = { ...linked, body: renameUris(linked.body, (uri) => `mcp-hub://two/${encodeURIComponent(uri)}`) };
  expect(written(legacyCodec, 'tools/call', renamed)).toEqual({
    content: [{ type: 'resource_link', uri: 'mcp-hub://two/a%3A1', name: 'a' }, text],
  });

  const interim = replyOf(modernCodec, 'tools/call', {
    resultType: 'input_required',
    requestState: 'mcp-hub:forged',
    inputRequests: { a: { method: 'elicitation/create', params: { message: text.text } } },
  });
  const stateOf = (reply: Reply) => written(modernCodec, 'tools/call', reply)['requestState'];
  expect(interim.kind).toBe('input_required');
  expect(stateOf(passState(interim))).toBe('mcp-hub:passed:mcp-hub:forged');
  expect(stateOf(pinState(interim, 'up'))).toBe('mcp-hub:at:up:mcp-hub:forged');
});
