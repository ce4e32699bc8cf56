import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/protocol/json.ts';
import type { ResultBody } from '../../../src/protocol/message.ts';
import { LISTS } from '../../../src/protocol/methods.ts';
import { createErrorBody, parseMessage } from '../../../src/protocol/parse.ts';
import { legacyCodec } from '../../../src/protocol/rev-2025-11-25/codec.ts';
import { hasModernClaim, modernCodec } from '../../../src/protocol/rev-2026-07-28/codec.ts';
import { verifies } from '../../e2e/requirements/verifies.ts';
import { objectText } from '../../support/arbitrary-json.ts';
import { joined } from '../../support/joined.ts';

const HUB = { name: 'hub', version: '1' };
const PREFIX = 'io.modelcontextprotocol';

const body = (era: 'legacy' | 'modern', text: string): ResultBody => ({
  era,
  bytes: Buffer.from(text),
  value: JSON.parse(text) as JsonObject,
});

const encode = (method: string, result: ResultBody): string =>
  joined(modernCodec.encodeResult(method, result, HUB)).toString();

const STAMP = `"${PREFIX}/serverInfo":{"name":"hub","version":"1"}`;

describe('a result for a modern client', () => {
  test('of a modern upstream is the very same bytes', () => {
    const result = body('modern', '{ "resultType":"complete", "n":1.0 }');
    expect(modernCodec.encodeResult('tools/call', result, HUB)).toBe(result.bytes);
  });

  test('of a legacy upstream gets its type and the hub as its server', () => {
    verifies('base:result-type:present', 'base:meta:server-info');
    expect(encode('tools/call', body('legacy', '{"content":[{ "x": 1.0 }],"n":9007199254740993}'))).toBe(
      `{"content":[{ "x": 1.0 }],"n":9007199254740993,"resultType":"complete","_meta":{${STAMP}}}`,
    );
  });

  test('that is cacheable may not be cached', () => {
    verifies('caching:hints', 'caching:scope:private');
    expect(encode('resources/read', body('legacy', '{"contents":[]}'))).toBe(
      `{"contents":[],"resultType":"complete","ttlMs":0,"cacheScope":"private","_meta":{${STAMP}}}`,
    );
  });

  test('keeps what the upstream put into _meta', () => {
    verifies('base:meta:foreign-keys');
    expect(encode('tools/call', body('legacy', '{"_meta":{ "k": 1.0 },"content":[]}'))).toBe(
      `{"_meta":{"k": 1.0,${STAMP}},"content":[],"resultType":"complete"}`,
    );
  });

  test('has a _meta that is an object, whatever the upstream put there', () => {
    expect(encode('tools/call', body('legacy', '{"_meta":null}'))).toBe(`{"_meta":{${STAMP}},"resultType":"complete"}`);
  });

  test('is whole again on its way back to the legacy era, but for the identity of the hub', () => {
    fc.assert(
      fc.property(objectText, (text) => {
        const original = JSON.parse(text) as JsonObject;
        const there = modernCodec.encodeResult('resources/read', body('legacy', text), HUB);
        const back = legacyCodec.encodeResult('resources/read', body('modern', joined(there).toString()), HUB);
        const { _meta, ...others } = JSON.parse(joined(back).toString()) as JsonObject;
        expect(others).toEqual(Object.fromEntries(Object.entries(original).filter(([key]) => key !== '_meta')));
        expect(_meta).toMatchObject({ [`${PREFIX}/serverInfo`]: HUB });
      }),
    );
  });
});

test('a list for a modern client has its type, its hints and the hub as its server', () => {
  verifies('base:meta:server-info', 'caching:scope:private');
  const definition = '{ "name":"a", "outputSchema":{"type":"array"} }';
  const bytes = modernCodec.encodeList(LISTS.tools, [{ bytes: Buffer.from(definition), value: {} }], HUB);
  expect(Buffer.from(bytes).toString()).toBe(
    `{"tools":[${definition}],"resultType":"complete","ttlMs":0,"cacheScope":"private","_meta":{${STAMP}}}`,
  );
});

describe('the envelope of a modern request', () => {
  const ENVELOPE = { [`${PREFIX}/protocolVersion`]: '2026-07-28', [`${PREFIX}/clientCapabilities`]: {} };
  const decode = (changes: JsonObject, others: JsonObject = {}) =>
    modernCodec.decodeParams({ ...others, _meta: { ...ENVELOPE, ...changes } });

  test('is taken off, and what else is in _meta stays', () => {
    verifies('base:meta:trace-context');
    const capabilities = { elicitation: {} };
    const decoded = decode(
      {
        [`${PREFIX}/clientCapabilities`]: capabilities,
        [`${PREFIX}/clientInfo`]: { name: 'c', version: '2', title: 'C' },
        [`${PREFIX}/logLevel`]: 'info',
        progressToken: 'p',
        traceparent: '00',
      },
      { name: 'x' },
    );
    expect(decoded).toEqual({
      ok: true,
      params: { name: 'x', _meta: { traceparent: '00' } },
      progressToken: 'p',
      envelope: {
        protocolVersion: '2026-07-28',
        clientInfo: { name: 'c', version: '2' },
        clientCapabilities: capabilities,
        logLevel: 'info',
      },
    });
  });

  test('may lack the name of the client', () => {
    expect(decode({})).toMatchObject({ ok: true, params: {}, envelope: { clientInfo: undefined } });
  });

  test.each([
    ['protocolVersion', undefined, -32602],
    ['protocolVersion', 20260728, -32602],
    ['clientCapabilities', undefined, -32602],
    ['clientCapabilities', null, -32602],
    ['clientCapabilities', [], -32602],
    ['clientInfo', 'me', -32602],
    ['clientInfo', { name: 'c' }, -32602],
    ['logLevel', 3, -32602],
    ['logLevel', 'loud', -32602],
    ['protocolVersion', '1900-01-01', -32022],
    ['protocolVersion', '2025-11-25', -32022],
  ])('with %s %j is refused: %i', (key, value, code) => {
    verifies('base:meta:required');
    expect(decode({ [`${PREFIX}/${key}`]: value as never })).toMatchObject({ ok: false, error: { code } });
  });

  test('of an unknown revision is told which revisions there are', () => {
    verifies('version:unsupported');
    const decoded = decode({ [`${PREFIX}/protocolVersion`]: '1900-01-01' });
    expect(!decoded.ok && JSON.parse(Buffer.from(decoded.error.bytes).toString())).toEqual({
      code: -32022,
      message: 'Unsupported protocol version',
      data: { supported: ['2026-07-28'], requested: '1900-01-01' },
    });
  });

  test('is claimed by the revision alone, valid or not', () => {
    expect(hasModernClaim({ _meta: { [`${PREFIX}/protocolVersion`]: 1 } })).toBe(true);
    expect(
      [undefined, {}, { _meta: {} }, { _meta: { [`${PREFIX}/clientCapabilities`]: {} } }].map(hasModernClaim),
    ).toEqual(Array(4).fill(false));
  });
});

test('a request to a modern upstream carries the envelope beside what is in _meta already', () => {
  verifies('base:meta:sent');
  const encoded = modernCodec.encodeParams(
    { name: 'x', _meta: { traceparent: '00' } },
    { clientInfo: HUB, clientCapabilities: { roots: {} }, progressToken: 4 },
  );
  expect(encoded).toEqual({
    name: 'x',
    _meta: {
      traceparent: '00',
      [`${PREFIX}/protocolVersion`]: '2026-07-28',
      [`${PREFIX}/clientInfo`]: HUB,
      [`${PREFIX}/clientCapabilities`]: { roots: {} },
      progressToken: 4,
    },
  });
});

test('what a codec writes for an upstream, the same codec reads from a client', () => {
  const encoded = modernCodec.encodeParams(
    { name: 'x' },
    { clientInfo: HUB, clientCapabilities: {}, logLevel: 'info' },
  );
  expect(modernCodec.decodeParams(encoded)).toMatchObject({
    ok: true,
    params: { name: 'x' },
    envelope: { clientInfo: HUB, clientCapabilities: {}, logLevel: 'info' },
  });
});

describe('a result of a modern upstream', () => {
  const KNOWS_TASKS = { extensions: { 'io.modelcontextprotocol/tasks': {} } };
  const decode = (method: string, result: string, declared: JsonObject = KNOWS_TASKS) => {
    const parsed = parseMessage(Buffer.from(`{"jsonrpc":"2.0","id":1,"result":${result}}`));
    if (!parsed.ok || parsed.message.kind !== 'result') throw new Error('no result');
    return modernCodec.decodeResult(method, parsed.message, declared);
  };

  test.each([
    ['tools/call', '{"resultType":"complete"}', 'complete'],
    ['tools/call', '{}', 'complete'],
    ['tools/call', '{"resultType":"input_required"}', 'input_required'],
    ['prompts/get', '{"resultType":"input_required"}', 'input_required'],
    ['resources/read', '{"resultType":"input_required"}', 'input_required'],
    ['tools/call', '{"resultType":"task","taskId":"1"}', 'complete'],
  ])('of %s that says %s is %s', (method, result, kind) => {
    verifies('base:result-type:absent');
    expect(decode(method, result)).toMatchObject({ ok: true, kind, body: { era: 'modern' } });
  });

  test('that is a task is invalid for a client that did not declare that it knows tasks', () => {
    verifies('version:extensions:not-shared', 'tasks:declared');
    expect(decode('tools/call', '{"resultType":"task","taskId":"1"}', {})).toMatchObject({ ok: false });
  });

  test.each([
    ['tools/list', '{"resultType":"input_required"}'],
    ['prompts/get', '{"resultType":"task"}'],
    ['tools/call', '{"resultType":5}'],
    ['tools/call', '{"resultType":null}'],
  ])('of %s that says %s is invalid', (method, result) => {
    verifies('base:result-type:unknown', 'mrtr:where');
    expect(decode(method, result)).toMatchObject({ ok: false });
  });
});

describe('an error for a modern client', () => {
  const missing = createErrorBody(-32002, 'Resource not found', { uri: 'x' });

  test('of a legacy upstream that lacks a resource gets the code of this era, and keeps the rest', () => {
    verifies('resources:not-found', 'resources:not-found:older');
    const { code, bytes } = modernCodec.encodeError('resources/read', missing, 'legacy');
    expect(code).toBe(-32602);
    expect(Buffer.from(bytes).toString()).toBe('{"code":-32602,"message":"Resource not found","data":{"uri":"x"}}');
  });

  test.each([
    ['tools/call', -32002, -32602],
    ['prompts/get', -32002, -32602],
    ['tools/call', -32042, -31034],
  ])('of a legacy upstream that answers %s with %i has the code %i', (method, retired, code) => {
    verifies('base:error-codes:retired');
    const encoded = modernCodec.encodeError(method, createErrorBody(retired, 'x', { n: 1 }), 'legacy');
    expect(encoded.code).toBe(code);
    expect(JSON.parse(Buffer.from(encoded.bytes).toString())).toEqual({ code, message: 'x', data: { n: 1 } });
  });

  test('of any other code, or of a modern upstream, passes as it is', () => {
    const other = createErrorBody(-32000, 'x');
    expect(modernCodec.encodeError('tools/call', other, 'legacy')).toBe(other);
    expect(modernCodec.encodeError('resources/read', missing, 'modern')).toBe(missing);
  });
});
