import { CallToolResultSchema } from '@modelcontextprotocol/sdk/types.js';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/protocol/json.ts';
import type { ResultBody } from '../../../src/protocol/message.ts';
import { LISTS } from '../../../src/protocol/methods.ts';
import { createErrorBody, parseMessage } from '../../../src/protocol/parse.ts';
import { legacyCodec } from '../../../src/protocol/rev-2025-11-25/codec.ts';
import { verifies } from '../../e2e/requirements/verifies.ts';
import { joined } from '../../support/joined.ts';

const HUB = { name: 'hub', version: '1' };

const body = (era: 'legacy' | 'modern', text: string): ResultBody => ({
  era,
  bytes: Buffer.from(text),
  value: JSON.parse(text) as JsonObject,
});

const encode = (method: string, result: ResultBody): string =>
  joined(legacyCodec.encodeResult(method, result, HUB)).toString();

describe('a result for a legacy client', () => {
  test('of a legacy upstream is the very same bytes', () => {
    const result = body('legacy', '{ "content" : [ ] , "resultType":"odd","n":1.0}');
    expect(legacyCodec.encodeResult('tools/call', result, HUB)).toBe(result.bytes);
  });

  test('of a modern upstream loses its type and nothing else', () => {
    const result = body('modern', '{"resultType":"complete","content":[{ "x": 1.0 }],"ttlMs":5,"_meta":{"k":1}}');
    expect(encode('tools/call', result)).toBe('{"content":[{ "x": 1.0 }],"ttlMs":5,"_meta":{"k":1}}');
  });

  test('that is cacheable loses its cache hints too', () => {
    const result = body('modern', '{"ttlMs":1000,"contents":[],"resultType":"complete","cacheScope":"private"}');
    expect(encode('resources/read', result)).toBe('{"contents":[]}');
  });
});

describe('structured content for a legacy client', () => {
  test.each(['[1, 2.0]', '"text"', 'null', '0'])('that is %s is put into an object', (structure) => {
    verifies('tools:content:structured:legacy');
    const result = body('modern', `{"content":[],"structuredContent":${structure},"resultType":"complete"}`);
    const encoded = encode('tools/call', result);
    expect(encoded).toBe(`{"content":[],"structuredContent":{"result":${structure}}}`);
    expect(CallToolResultSchema.safeParse(JSON.parse(encoded)).success).toBe(true);
  });

  test('that is an object stays as it is', () => {
    const result = body('modern', '{"content":[],"structuredContent":{"n": 1.0},"resultType":"complete"}');
    expect(encode('tools/call', result)).toBe('{"content":[],"structuredContent":{"n": 1.0}}');
  });
});

describe('a list for a legacy client', () => {
  const encodeTools = (...texts: string[]): string =>
    Buffer.from(
      legacyCodec.encodeList(
        LISTS.tools,
        texts.map((text) => ({ bytes: Buffer.from(text), value: JSON.parse(text) as JsonObject })),
        HUB,
      ),
    ).toString();

  test('has the definitions as they are', () => {
    const tool = '{ "name":"a", "outputSchema":{"type":"object"}, "x":1.0 }';
    expect(encodeTools(tool, '{"name":"b"}')).toBe(`{"tools":[${tool},{"name":"b"}]}`);
  });
});

describe('the params of a legacy client', () => {
  const decode = (text: string) => {
    const decoded = legacyCodec.decodeParams(JSON.parse(text) as JsonObject);
    if (!decoded.ok) throw new Error('refused');
    return { params: JSON.stringify(decoded.params), token: decoded.progressToken, envelope: decoded.envelope };
  };

  test('are taken without the envelope of the other era and without the token', () => {
    const envelope = '"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/logLevel":"info"';
    expect(decode(`{"name":"a","_meta":{"progressToken":"t","traceparent":"00",${envelope}}}`)).toEqual({
      params: '{"name":"a","_meta":{"traceparent":"00"}}',
      token: 't',
      envelope: undefined,
    });
  });

  test.each([
    ['{"_meta":{"progressToken":0}}', 0],
    ['{"_meta":{"progressToken":""}}', ''],
    ['{}', undefined],
    ['{"_meta":7}', undefined],
  ])('%s have the token %j', (text, token) => expect(decode(text).token).toBe(token));

  test('may be absent', () => {
    expect(legacyCodec.decodeParams(undefined)).toMatchObject({ ok: true, params: {} });
  });
});

describe('a request to a legacy upstream', () => {
  const envelope = { clientInfo: HUB, clientCapabilities: { sampling: {} }, logLevel: 'debug' };

  test('has no envelope', () => {
    expect(JSON.stringify(legacyCodec.encodeParams({ name: 'a', _meta: { k: 1 } }, envelope))).toBe(
      '{"name":"a","_meta":{"k":1}}',
    );
  });

  test('has the token of the hub where progress is wanted', () => {
    expect(legacyCodec.encodeParams({ _meta: { k: 1 } }, { ...envelope, progressToken: 7 })).toEqual({
      _meta: { k: 1, progressToken: 7 },
    });
  });
});

test('a result of a legacy upstream is complete, whatever it says of its type', () => {
  const parsed = parseMessage(Buffer.from('{"jsonrpc":"2.0","id":1,"result":{"resultType":"input_required","n":1.0}}'));
  if (!parsed.ok || parsed.message.kind !== 'result') throw new Error('no result');
  const decoded = legacyCodec.decodeResult('tools/call', parsed.message, {});
  expect(decoded).toMatchObject({ ok: true, kind: 'complete', body: { era: 'legacy' } });
  expect(decoded.ok && Buffer.from(decoded.body.bytes).toString()).toBe('{"resultType":"input_required","n":1.0}');
});

test('an error passes as it is', () => {
  const error = createErrorBody(-32602, 'x', { a: 1 });
  expect(legacyCodec.encodeError('tools/call', error, 'modern')).toBe(error);
});

describe('a resource that there is not', () => {
  const missing = createErrorBody(-32602, 'Resource not found', { uri: 'x:1', n: 1 });

  test('has the code of this era for a legacy client, and the rest as it was', () => {
    verifies('resources:not-found:legacy');
    const { code, bytes } = legacyCodec.encodeError('resources/read', missing, 'modern');
    expect(code).toBe(-32002);
    expect(Buffer.from(bytes).toString()).toBe(
      '{"code":-32002,"message":"Resource not found","data":{"uri":"x:1","n":1}}',
    );
  });

  test('is told apart from other invalid params, and from what a legacy upstream says', () => {
    const invalid = createErrorBody(-32602, 'uri must be a string');
    expect(legacyCodec.encodeError('resources/read', invalid, 'modern')).toBe(invalid);
    expect(legacyCodec.encodeError('prompts/get', missing, 'modern')).toBe(missing);
    expect(legacyCodec.encodeError('resources/read', missing, 'legacy')).toBe(missing);
  });
});
