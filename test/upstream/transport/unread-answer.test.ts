import { describe, expect, it } from 'vitest';
import { unreadAnswerId } from '../../../src/upstream/transport/unread-answer.ts';

const HEAD_BYTES = 100;
const TAIL_BYTES = 60;

const idOf = (line: string): string | undefined => {
  const bytes = Buffer.from(line);
  return unreadAnswerId(bytes.subarray(0, HEAD_BYTES), bytes.subarray(-TAIL_BYTES));
};

const BIG = 'x'.repeat(500);

describe('the id of an answer that is too long', () => {
  it.each([
    [`{"jsonrpc":"2.0","id":5,"result":{"t":"${BIG}"}}`, '5'],
    [`{ "id" : "a\\"b" , "jsonrpc" : "2.0" , "error" : {"message":"${BIG}"} }`, '"a\\"b"'],
    [`{"result":{"t":"${BIG}"},"jsonrpc":"2.0","id":5}`, '5'],
    [`{"result":{"t":"${BIG}"},"id":5,"jsonrpc":"2.0"}\r\n`, '5'],
    [`{"jsonrpc":"2.0","result":{"id":1,"t":"${BIG}"},"id":9007199254740993}`, '9007199254740993'],
  ])('is found in %.40s', (line, id) => {
    expect(idOf(line)).toBe(id);
  });

  it.each([
    [`{"jsonrpc":"2.0","id":5,"method":"ask","params":{"t":"${BIG}"}}`],
    [`{"jsonrpc":"2.0","method":"notifications/x","params":{"t":"${BIG}","id":5}}`],
    [`{"params":{"t":"${BIG}"},"method":"ask","jsonrpc":"2.0","id":5}`],
    [`{"jsonrpc":"2.0","id":{},"result":{"t":"${BIG}"}}`],
    [`{"jsonrpc":"2.0","result":{"t":"${BIG}","id":5}}`],
    [`{"jsonrpc":"2.0","id":1.5,"result":{"t":"${BIG}"}}`],
    [`[{"jsonrpc":"2.0","id":5,"result":{"t":"${BIG}"}}]`],
    [BIG],
    ['{'.repeat(500)],
    ['"'.repeat(500)],
  ])('is not guessed from %.40s', (line) => {
    expect(idOf(line)).toBeUndefined();
  });
});
