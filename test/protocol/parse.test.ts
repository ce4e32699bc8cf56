import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Message } from '../../src/protocol/message.ts';
import { createErrorBody, type ParseOutcome, parseMessage, toRequestId } from '../../src/protocol/parse.ts';
import { verifies } from '../e2e/requirements/verifies.ts';
import { objectText } from '../support/arbitrary-json.ts';

const parse = (text: string): ParseOutcome => parseMessage(Buffer.from(text));

const message = (text: string): Message => {
  const outcome = parse(text);
  if (!outcome.ok) throw new Error(outcome.reason);
  return outcome.message;
};

const idOf = (text: string): string | undefined => {
  const parsed = message(`{"jsonrpc":"2.0","id":${text},"method":"ping"}`);
  return parsed.kind === 'request' ? parsed.id : undefined;
};

describe('an id', () => {
  test.each(['1', '"1"', '9007199254740993', '-0', '0', '""', '"\\ud800"', '123456789012345678901234567890'])(
    '%s comes back digit for digit',
    (text) => expect(idOf(text)).toBe(text),
  );

  test('is told from an id of another type, and from its neighbour beyond 2^53', () => {
    expect(new Set(['1', '"1"', '9007199254740993', '9007199254740992'].map(idOf)).size).toBe(4);
  });

  test('of an answer keeps its digits too', () => {
    expect(message('{"jsonrpc":"2.0","id":9007199254740993,"result":{}}')).toMatchObject({ id: '9007199254740993' });
    expect(message('{"jsonrpc":"2.0","id":"1","result":{}}')).toMatchObject({ id: '"1"' });
  });

  test.each(['null', '1.5', '{}', '[]', 'true', '1e400', '1e2', `"${'x'.repeat(100_000)}"`, '9'.repeat(65)])(
    '%s is refused',
    (text) =>
      expect(parse(`{"jsonrpc":"2.0","id":${text},"method":"ping"}`)).toMatchObject({ ok: false, code: -32600 }),
  );

  test('of any string of a fair length is written as JSON.stringify writes it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (text) => {
        expect(toRequestId(text)).toBe(JSON.stringify(text));
      }),
    );
  });
});

describe('a line that is no message', () => {
  test.each(['{"jsonrpc":"2.0","id":1,"method":', 'hello', '', '{"a":1}}', "{'a':1}", 'undefined'])(
    '%j is no JSON: -32700',
    (text) => expect(parse(text)).toMatchObject({ ok: false, code: -32700, id: undefined }),
  );

  test('that is not valid UTF-8 is refused: -32700', () => {
    const line = Buffer.concat([
      Buffer.from('{"jsonrpc":"2.0","id":1,"method":"x","params":{"m":"a'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('b"}}'),
    ]);
    expect(parseMessage(line)).toMatchObject({ ok: false, code: -32700 });
  });

  test.each([
    ['[]', undefined],
    ['42', undefined],
    ['null', undefined],
    ['"x"', undefined],
    ['[{"jsonrpc":"2.0","id":1,"method":"ping"}]', undefined],
    ['{"id":4,"method":"ping"}', '4'],
    ['{"jsonrpc":"1.0","id":3,"method":"ping"}', '3'],
    ['{"jsonrpc":2.0,"id":3,"method":"ping"}', '3'],
    ['{"jsonrpc":"2.0","id":null,"method":"ping"}', undefined],
    ['{"jsonrpc":"2.0","id":1.5,"method":"ping"}', undefined],
    ['{"jsonrpc":"2.0","id":{},"method":"ping"}', undefined],
    ['{"jsonrpc":"2.0","id":5}', '5'],
    ['{"jsonrpc":"2.0","id":"6","method":7}', '"6"'],
    ['{"jsonrpc":"2.0","id":"6","method":""}', '"6"'],
    ['{}', undefined],
  ])('%s is no request: -32600, with the id where it has one', (text, id) => {
    expect(parse(text)).toMatchObject({ ok: false, code: -32600, id, isResponse: false });
  });

  test.each(['[1]', '"x"', '1', 'null'])('has params %s: -32602, with the id', (params) => {
    expect(parse(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`)).toMatchObject({
      ok: false,
      code: -32602,
      id: '1',
    });
  });

  test.each([
    '{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":"x"}}',
    '{"jsonrpc":"2.0","id":1,"result":[]}',
    '{"jsonrpc":"2.0","result":{}}',
    '{"jsonrpc":"2.0","id":1,"error":null}',
    '{"jsonrpc":"2.0","id":1,"error":{"code":1.5,"message":"x"}}',
    '{"jsonrpc":"2.0","id":1,"error":{"code":1}}',
    '{"id":1,"result":{}}',
  ])('%s is an answer that nobody answers', (text) => {
    verifies('base:response:result-or-error', 'base:error:shape');
    expect(parse(text)).toMatchObject({ ok: false, code: -32600, isResponse: true });
  });

  test('is refused, not obeyed, when it nests 20,000 levels', () => {
    const nested = `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`;
    expect(parse(`{"jsonrpc":"2.0","id":7,"method":"tools/call","params":${nested}}`)).toMatchObject({
      method: 'tools/call',
      ok: false,
      code: -32600,
      id: '7',
    });
  });

  test('counts the brackets of its structure, not those in its strings', () => {
    const text = '[{'.repeat(500);
    expect(message(`{"jsonrpc":"2.0","id":1,"method":"m","params":{"t":"\\"${text}"}}`)).toMatchObject({
      params: { t: `"${text}` },
    });
  });

  test('never makes it throw', () => {
    const anyBytes = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
    fc.assert(fc.property(anyBytes, (line) => typeof parseMessage(line).ok === 'boolean'));
    fc.assert(fc.property(objectText, (text) => typeof parse(text).ok === 'boolean'));
  });
});

describe('a message', () => {
  test('may begin with a byte order mark and with spaces', () => {
    expect(message('\ufeff{"jsonrpc":"2.0","id":1,"method":"ping"}')).toMatchObject({ kind: 'request', id: '1' });
    expect(message('   {"jsonrpc":"2.0","id":3,"method":"ping"}')).toMatchObject({ kind: 'request', id: '3' });
  });

  test('without an id is a notification', () => {
    expect(message('{"jsonrpc":"2.0","method":"notifications/x"}')).toEqual({
      kind: 'notification',
      method: 'notifications/x',
      params: undefined,
    });
  });

  test('has the params that its sender wrote, number for number', () => {
    fc.assert(
      fc.property(objectText, (params) => {
        const parsed = message(`{"jsonrpc":"2.0","id":1,"method":"m","params":${params}}`);
        expect(parsed.kind === 'request' && JSON.parse(JSON.stringify(parsed.params))).toEqual(JSON.parse(params));
      }),
    );
  });

  test('with a member __proto__ keeps it, and pollutes nothing', () => {
    const params = '{"__proto__":{"polluted":true},"constructor":1}';
    const parsed = message(`{"jsonrpc":"2.0","id":1,"method":"m","params":${params}}`);
    expect(parsed.kind === 'request' && JSON.stringify(parsed.params)).toBe(params);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('takes the last of equal members, and what is forwarded is what was judged', () => {
    const parsed = message('{"jsonrpc":"2.0","id":1,"method":"a","method":"b","params":{"name":"x","name":"y"}}');
    expect(parsed).toEqual({ kind: 'request', id: '1', method: 'b', params: { name: 'y' } });
  });
});

describe('an answer', () => {
  test('has its result byte for byte', () => {
    verifies('stdio:framing:no-newline-inside');
    fc.assert(
      fc.property(objectText, (result) => {
        const parsed = message(`{"jsonrpc":"2.0", "result" : ${result} ,"id":1}`);
        if (parsed.kind !== 'result') throw new Error('not a result');
        expect(Buffer.from(parsed.bytes).toString()).toBe(result.replaceAll(/[\r\n]/g, ' '));
        expect(parsed.value).toEqual(JSON.parse(result));
      }),
    );
  });

  test('has the last of equal members, in its bytes as in its value', () => {
    const parsed = message('{"jsonrpc":"2.0","id":1,"result":{"a":1},"result":{"a":2}}');
    expect(parsed.kind === 'result' && Buffer.from(parsed.bytes).toString()).toBe('{"a":2}');
    expect(parsed).toMatchObject({ value: { a: 2 } });
  });

  test('that is an error has its code, its message and its bytes', () => {
    verifies('base:error:shape');
    const parsed = message('{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no","data":{"n":1.0}}}');
    if (parsed.kind !== 'error') throw new Error('not an error');
    expect(parsed.error).toMatchObject({ code: -32601, message: 'no' });
    expect(Buffer.from(parsed.error.bytes).toString()).toBe('{"code":-32601,"message":"no","data":{"n":1.0}}');
  });

  test('that is an error may lack an id', () => {
    expect(message('{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"x"}}')).toMatchObject({
      kind: 'error',
      id: undefined,
    });
  });

  test('may nest deeper than a request: it passes as bytes', () => {
    const nested = `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`;
    const parsed = message(`{"jsonrpc":"2.0","id":1,"result":${nested}}`);
    expect(parsed.kind === 'result' && parsed.bytes.length).toBe(nested.length);
  });
});

test('an error body is one line of JSON with the data that it is given', () => {
  expect(Buffer.from(createErrorBody(-1, 'a\nb').bytes).toString()).toBe('{"code":-1,"message":"a\\nb"}');
  expect(Buffer.from(createErrorBody(-1, 'x', { d: 1 }).bytes).toString()).toBe(
    '{"code":-1,"message":"x","data":{"d":1}}',
  );
});
