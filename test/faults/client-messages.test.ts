import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { modernMeta } from '../e2e/support/conversation.ts';
import { linesTo } from '../e2e/support/evil-log.ts';
import type { WireMessage } from '../e2e/support/received.ts';
import { evilServer } from './support/evil-server.ts';
import { closeSoundly, expectSound } from './support/invariants.ts';
import { answerTo, openStand, type Stand } from './support/stand.ts';

/** What is said of a line that has no id that could be read. */
const anonymous = async ({ hub }: Stand): Promise<number | undefined> => {
  const isAnonymous = ({ id, error }: WireMessage): boolean => (id === null || id === undefined) && error !== undefined;
  return (await hub.nextMessage(isAnonymous, 10_000)).message.error?.code;
};

const NOT_JSON: readonly (readonly [what: string, line: string | Buffer])[] = [
  ['half a request', '{"jsonrpc":"2.0","id":1,"method":'],
  ['a word', 'hello'],
  ['an HTTP request', 'GET / HTTP/1.1'],
  ['a header of another framing', 'Content-Length: 52'],
  ['a comma too many', '{"jsonrpc":"2.0","id":1,"method":"ping",}'],
  ['single quotes', "{'jsonrpc':'2.0','id':1,'method':'ping'}"],
  ['a comment', '{"jsonrpc":"2.0","id":1,"method":"ping"} // now'],
  ['two messages on one line', '{"jsonrpc":"2.0","id":1,"method":"ping"}{"jsonrpc":"2.0","id":2,"method":"ping"}'],
  ['NaN', '{"jsonrpc":"2.0","id":NaN,"method":"ping"}'],
  ['a byte of zero', Buffer.from('{"jsonrpc":"2.0","id":1,\0"method":"ping"}')],
  ['UTF-16', Buffer.from('{"jsonrpc":"2.0","id":1,"method":"ping"}', 'utf16le')],
  ['an escape that is none', '{"jsonrpc":"2.0","id":1,"method":"\\x70ing"}'],
];

const NOT_A_MESSAGE: readonly (readonly [what: string, line: string, id?: string | number])[] = [
  ['an empty batch', '[]'],
  ['a batch', '[{"jsonrpc":"2.0","id":1,"method":"ping"}]'],
  ['a batch of numbers', '[1,2,3]'],
  ['a number', '42'],
  ['null', 'null'],
  ['true', 'true'],
  ['a text', '"x"'],
  ['no version', '{"id":"r4","method":"ping"}', 'r4'],
  ['another version', '{"jsonrpc":"1.0","id":"r3","method":"ping"}', 'r3'],
  ['a version that is a number', '{"jsonrpc":2.0,"id":"r8","method":"ping"}', 'r8'],
  ['an id of null', '{"jsonrpc":"2.0","id":null,"method":"ping"}'],
  ['an id with a fraction', '{"jsonrpc":"2.0","id":1.5,"method":"ping"}'],
  ['an id that is an object', '{"jsonrpc":"2.0","id":{},"method":"ping"}'],
  ['an id that is a list', '{"jsonrpc":"2.0","id":[1],"method":"ping"}'],
  ['an id that is true', '{"jsonrpc":"2.0","id":true,"method":"ping"}'],
  ['neither method nor answer', '{"jsonrpc":"2.0","id":"r5"}', 'r5'],
  ['a method that is a number', '{"jsonrpc":"2.0","id":"r6","method":5}', 'r6'],
  ['a method that is empty', '{"jsonrpc":"2.0","id":"r7","method":""}', 'r7'],
  ['a method that is null', '{"jsonrpc":"2.0","id":"r9","method":null}', 'r9'],
  ['a name of a member in capitals', '{"jsonrpc":"2.0","id":"r10","Method":"ping"}', 'r10'],
];

/** Params of `tools/call` in a text of JSON; `undefined` leaves them out. */
const NO_CALL: readonly (readonly [what: string, params: string | undefined])[] = [
  ['a list', '[1]'],
  ['nothing', undefined],
  ['null', 'null'],
  ['a text', '"evil__echo"'],
  ['a name that is a number', '{"name":5}'],
  ['a name that is null', '{"name":null}'],
  ['no name', '{"arguments":{}}'],
  ['arguments that are a text', '{"name":"evil__echo","arguments":"s"}'],
  ['arguments that are a list', '{"name":"evil__echo","arguments":[]}'],
  ['arguments that are null', '{"name":"evil__echo","arguments":null}'],
  ['the name __proto__', '{"name":"__proto__"}'],
  ['the name constructor', '{"name":"constructor"}'],
  ['the name evil____proto__', '{"name":"evil____proto__"}'],
  ['the name toString', '{"name":"toString"}'],
  ['an empty name', '{"name":""}'],
  ['a prefix alone', '{"name":"evil__"}'],
  ['another case', '{"name":"EVIL__echo"}'],
  ['a name with a byte of zero behind', '{"name":"evil__echo\\u0000"}'],
  ['a name with a line feed', '{"name":"evil__echo\\n"}'],
  ['a name of a megabyte', JSON.stringify({ name: 'x'.repeat(1_048_576) })],
];

describe.each(['legacy', 'modern'] as const)('a %s client on stdio', (era) => {
  let stand: Stand;
  beforeAll(async () => {
    stand = await openStand({ era, servers: (log) => ({ evil: evilServer('evil', log) }) });
  }, 60_000);
  afterEach(() => expectSound(stand));
  afterAll(async () => {
    expect((await closeSoundly(stand)).code).toBe(0);
  }, 60_000);

  /** The text of a request in the dress of the era. */
  const line = (id: string | number, method: string, params: object = {}): string =>
    JSON.stringify({
      jsonrpc: '2.0',
      id,
      method,
      params: { ...params, ...(era === 'modern' && { _meta: modernMeta() }) },
    });
  /** A request that the hub answers by itself. */
  const probe = (id: string): string =>
    era === 'legacy' ? `{"jsonrpc":"2.0","id":"${id}","method":"ping"}` : line(id, 'server/discover');
  const ownTool = (id: string, args: string): string =>
    `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"method":"tools/call","params":{"name":"evil__echo","arguments":${args}${
      era === 'modern' ? `,"_meta":${JSON.stringify(modernMeta())}` : ''
    }}}`;

  describe('F01 what is not JSON is answered with -32700, and the next request as ever', () => {
    test.each(NOT_JSON)('F01 %s', async (what, bytes) => {
      stand.sendRaw(bytes);
      stand.sendRaw(`\n${probe(`F01 ${what}`)}\n`);
      expect(await anonymous(stand)).toBe(-32700);
      expect((await answerTo(stand, `F01 ${what}`)).result).toBeDefined();
    });
  });

  describe('F02 what is no message is answered with -32600, under its id where it has one', () => {
    test.each(NOT_A_MESSAGE)('F02 %s', async (_what, text, id) => {
      stand.sendRaw(`${text}\n`);
      const code = id === undefined ? await anonymous(stand) : (await answerTo(stand, id, 10_000)).error?.code;
      expect(code).toBe(-32600);
    });
  });

  describe('F03 a call that names no tool, or has no arguments, is answered with -32602 and reaches nobody', () => {
    test.each(NO_CALL)('F03 %s', async (what, params) => {
      const id = `F03 ${what}`;
      const before = linesTo(stand.evilLog, 'evil').length;
      const dressed =
        era === 'modern' && params?.startsWith('{')
          ? `${params.slice(0, -1)},"_meta":${JSON.stringify(modernMeta())}}`
          : params;
      const rest = dressed === undefined ? '' : `,"params":${dressed}`;
      // What is no object at all makes it a request that nobody has read to its end: params must be an object.
      stand.sendRaw(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"method":"tools/call"${rest}}\n`, 1);
      const { error } = await answerTo(stand, id, 10_000);
      expect(error?.code).toBe(-32602);
      expect(error?.message).not.toMatch(/disabled/i);
      expect(error?.message.length).toBeLessThan(1_000);
      expect(linesTo(stand.evilLog, 'evil')).toHaveLength(before);
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    });
  });

  describe('F05 how lines may end and begin', () => {
    test.each([
      ['a byte order mark', (text: string) => `\ufeff${text}\n`],
      ['a carriage return', (text: string) => `${text}\r\n`],
      ['blank lines before it', (text: string) => `\n\r\n \n\t\n${text}\n`],
      ['spaces around it', (text: string) => `   ${text}  \t\n`],
      ['white space within it', (text: string) => `${text.replaceAll(':', ' :\t').replaceAll(',', ' , ')}\n`],
    ])('F05 a request with %s is answered', async (what, dress) => {
      stand.sendRaw(dress(probe(`F05 ${what}`)));
      expect((await answerTo(stand, `F05 ${what}`)).result).toBeDefined();
    });
  });

  test('F06 500 requests in one write are answered, each once', async () => {
    const ids = Array.from({ length: 500 }, (_, index) => `F06 ${index}`);
    stand.sendRaw(ids.map((id) => `${probe(id)}\n`).join(''));
    for (const id of ids) expect((await answerTo(stand, id)).result).toBeDefined();
  });

  test('F06 500 calls in one write are answered, each with its own text', async () => {
    const ids = Array.from({ length: 500 }, (_, index) => `F06 call ${index}`);
    stand.sendRaw(ids.map((id) => `${ownTool(id, JSON.stringify({ m: id }))}\n`).join(''), 500);
    for (const id of ids) expect((await answerTo(stand, id)).result).toMatchObject({ content: [{ text: id }] });
  });

  test.each([1, 2, 3, 7])('F06 a call that comes in pieces of %d bytes is whole again', async (size) => {
    const id = `F06 pieces of ${size}`;
    const bytes = Buffer.from(`${ownTool(id, '{"m":"😀é漢"}')}\n`);
    stand.count.sent += 1;
    for (let start = 0; start < bytes.length; start += size) {
      stand.sendRaw(bytes.subarray(start, start + size));
      // The pipe hands on each piece by itself.
      await new Promise(setImmediate);
    }
    expect((await answerTo(stand, id)).result).toMatchObject({ content: [{ text: '😀é漢' }] });
  });

  describe('F07 texts that are none', () => {
    test.each([
      ['bytes that begin nothing', 'a\xff\xfeb'],
      ['half a character', 'a\xc3'],
      ['a character written too long', 'a\xc0\xaf'],
      ['a surrogate as bytes', 'a\xed\xa0\x80'],
    ])('F07 %s are refused as no UTF-8', async (what, text) => {
      stand.sendRaw(Buffer.from(`${ownTool(`F07 ${what}`, `{"m":"${text}"}`)}\n`, 'latin1'));
      expect(await anonymous(stand)).toBe(-32700);
    });

    test.each(['\\ud800', '\\udc00\\ud800', 'a\\ud83dz', '\\u0000', '\\u2028'])(
      'F07 the escape %s comes back as it went, in valid UTF-8',
      async (written) => {
        stand.sendRaw(`${ownTool(`F07 ${written}`, `{"m":"${written}"}`)}\n`, 1);
        const { result } = await answerTo(stand, `F07 ${written}`);
        expect(result).toMatchObject({ content: [{ text: JSON.parse(`"${written}"`) as string }] });
      },
    );
  });

  describe('F09 what is deep, long, or beyond a double', () => {
    const nested = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;

    test.each([300, 2_000, 20_000, 200_000])(
      'F09 arguments that nest %d levels are refused at once',
      async (levels) => {
        stand.sendRaw(`${ownTool(`F09 ${levels}`, nested(levels))}\n`, 1);
        expect((await answerTo(stand, `F09 ${levels}`, 10_000)).error?.code).toBe(-32600);
      },
    );

    test('F09 arguments that nest 100 levels arrive', async () => {
      stand.sendRaw(`${ownTool('F09 100', `{"m":"deep","rest":${nested(100)}}`)}\n`, 1);
      expect((await answerTo(stand, 'F09 100', 10_000)).result).toMatchObject({ content: [{ text: 'deep' }] });
    });

    test('F09 lists may not nest deeper either', async () => {
      const lists = `{"m":"x","rest":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
      stand.sendRaw(`${ownTool('F09 lists', lists)}\n`, 1);
      expect((await answerTo(stand, 'F09 lists', 10_000)).error?.code).toBe(-32600);
    });

    test('F09 an id that a double cannot hold comes back to the digit', async () => {
      stand.sendRaw(`${probe('LONG').replace('"LONG"', '9007199254740993')}\n`);
      const answer = await stand.hub.nextMessage(({ id }) => id === Number('9007199254740993'), 10_000);
      expect(answer.line.toString()).toContain('"id":9007199254740993');
    });

    test('F09 an id of 100 KiB is refused, one of 1 KiB is not', async () => {
      stand.sendRaw(`${probe('x'.repeat(102_400))}\n`);
      expect(await anonymous(stand)).toBe(-32600);
      const id = 'x'.repeat(1_024);
      stand.sendRaw(`${probe(id)}\n`);
      expect((await answerTo(stand, id, 10_000)).result).toBeDefined();
    });

    test.each(['1e400', '-1e400', '1e-400', '123456789012345678901234567890'])(
      'F09 the number %s reaches the server as it was written',
      async (number) => {
        stand.sendRaw(`${ownTool(`F09 ${number}`, `{"m":"n","n":${number}}`)}\n`, 1);
        expect((await answerTo(stand, `F09 ${number}`, 10_000)).result).toBeDefined();
        expect(linesTo(stand.evilLog, 'evil').at(-1)).toContain(`"n":${number}`);
      },
    );
  });
});
