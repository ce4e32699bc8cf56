import { describe, expect, test } from 'vitest';
import { readLeadingId } from '../../src/protocol/leading-id.ts';

describe('the id of a message of which only the beginning is known', () => {
  test.each([
    ['{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"a":"xxx', '7'],
    ['{"jsonrpc":"2.0","method":"tools/call","id":"a\\"b","params":{', '"a\\"b"'],
    [' { "id" : 9007199254740993 , "params": [', '9007199254740993'],
  ])('%s is read', (head, id) => {
    expect(readLeadingId(Buffer.from(head))).toBe(id);
  });

  test.each([
    '{"jsonrpc":"2.0","method":"m","params":{"id":7,"a":"xxx',
    '{"jsonrpc":"2.0","id":1.5,"params":{',
    '{"jsonrpc":"2.0","id":{"id":7},"params":{',
    '{"jsonrpc":"2.0","id":12345678',
    'xxxxxxxx',
    '["id":7,',
    '',
  ])('%s has none', (head) => {
    expect(readLeadingId(Buffer.from(head))).toBeUndefined();
  });
});
