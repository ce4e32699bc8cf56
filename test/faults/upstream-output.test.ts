import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../e2e/support/processes.ts';
import type { WireMessage } from '../e2e/support/received.ts';
import { evilServer, saying } from './support/evil-server.ts';
import { closeSoundly, expectSound } from './support/invariants.ts';
import { openStand, type Stand } from './support/stand.ts';
import { expectWithin } from './support/within.ts';

const CALL_MS = 700;
const MIB = 1024 * 1024;
const RESULT_LIMIT = MIB;

const hubCode = ({ error }: WireMessage): unknown => (error?.data as { hubCode?: string } | undefined)?.hubCode;

/** An answer of the server `evil` in its era, with the result or error that is given as JSON. */
const answer = (era: string, body: string, rest = ''): string => {
  const dressed = era === 'modern' ? body.replace('"result":{', '"result":{"resultType":"complete",') : body;
  return `{"jsonrpc":"2.0","id":$ID,${dressed}${rest}}\n`;
};
const OK = '"result":{"content":[{"type":"text","text":"fine"}]}';

/** What a server writes instead of one plain line, and still is understood. */
const UNDERSTOOD: readonly (readonly [what: string, write: (era: string) => string | Buffer])[] = [
  ['lines of a log before it', (era) => `Listening...\n\n[info] {"x":1\n${answer(era, OK)}`],
  ['a byte order mark before it', (era) => `\ufeff${answer(era, OK)}`],
  ['a carriage return behind it', (era) => answer(era, OK).replace('\n', '\r\n')],
  ['white space around and in it', (era) => `  ${answer(era, OK).replaceAll('":', '" :\t')}`],
  ['its id at the end', (era) => `${answer(era, OK).replace('"id":$ID,', '').slice(0, -2)},"id":$ID}\n`],
  ['an answer to nobody before it', (era) => `{"jsonrpc":"2.0","id":987654,"result":{}}\n${answer(era, OK)}`],
  ['an answer to the id as a text before it', (era) => `{"jsonrpc":"2.0","id":"$ID","result":{}}\n${answer(era, OK)}`],
  ['an answer to null before it', (era) => `{"jsonrpc":"2.0","id":null,"result":{}}\n${answer(era, OK)}`],
  ['the same answer again', (era) => answer(era, OK).repeat(3)],
  ['another answer behind it', (era) => answer(era, OK) + answer(era, '"error":{"code":1,"message":"no"}')],
  ['members that nobody knows', (era) => answer(era, OK, ',"x":[1,{"y":null}]')],
  ['a member __proto__', (era) => answer(era, OK, ',"__proto__":{"polluted":true}')],
  ['an unknown notification before it', (era) => `{"jsonrpc":"2.0","method":"notifications/what"}\n${answer(era, OK)}`],
  [
    'progress to nobody before it',
    (era) =>
      `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":{},"progress":"x"}}\n${answer(era, OK)}`,
  ],
  [
    'a thousand notifications of change before it',
    (era) => `${'{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}\n'.repeat(1_000)}${answer(era, OK)}`,
  ],
  ['a separator of paragraphs in it', (era) => answer(era, OK.replace('fine', 'fine\u2028'))],
  ['no end of line, but its own end', (era) => `${answer(era, OK)}{"half":`],
];

/** What a server writes that is no answer; and what the caller learns of it. */
const NOT_UNDERSTOOD: readonly (readonly [what: string, write: (era: string) => string | Buffer, code: string])[] = [
  ['both a result and an error', (era) => answer(era, `${OK},"error":{"code":1,"message":"x"}`), 'UPSTREAM_INVALID'],
  ['neither a result nor an error', () => '{"jsonrpc":"2.0","id":$ID}\n', 'TIMEOUT'],
  ['a result of null', (era) => answer(era, '"result":null'), 'UPSTREAM_INVALID'],
  ['a result that is a text', (era) => answer(era, '"result":"fine"'), 'UPSTREAM_INVALID'],
  ['a result that is a list', (era) => answer(era, '"result":[]'), 'UPSTREAM_INVALID'],
  ['an error without a code', (era) => answer(era, '"error":{"message":"x"}'), 'UPSTREAM_INVALID'],
  ['an error with a code of text', (era) => answer(era, '"error":{"code":"1","message":"x"}'), 'UPSTREAM_INVALID'],
  ['an error that is a text', (era) => answer(era, '"error":"no"'), 'UPSTREAM_INVALID'],
  ['another version', (era) => answer(era, OK).replace('2.0', '1.0'), 'UPSTREAM_INVALID'],
  ['NaN, as Python does', (era) => answer(era, '"result":{"n":NaN}'), 'UPSTREAM_INVALID'],
  [
    'bytes that are no UTF-8',
    (era) => Buffer.from(answer(era, OK.replace('fine', '\xff\xfe')), 'latin1'),
    'UPSTREAM_INVALID',
  ],
  ['a line that was cut', (era) => `${answer(era, OK).slice(0, -20)}\n`, 'UPSTREAM_INVALID'],
  ['an answer over many lines', (era) => answer(era, OK).replaceAll(',', ',\n'), 'TIMEOUT'],
  ['the id as a text', (era) => answer(era, OK).replace('$ID', '"$ID"'), 'TIMEOUT'],
  ['a batch', (era) => `[${answer(era, OK).trim()}]\n`, 'TIMEOUT'],
  ['nothing', () => '', 'TIMEOUT'],
  ['half a line, and no more', () => '{"jsonrpc":"2.0","id":', 'TIMEOUT'],
];

describe.each(['legacy', 'modern'] as const)('what a %s server writes to its standard output', (era) => {
  let stand: Stand;
  beforeAll(async () => {
    stand = await openStand({
      era,
      // One server for each case, so that what one case leaves in its pipe does not reach the next.
      servers: (log) => ({
        evil: evilServer('evil', log, { era }),
        lost: evilServer('lost', log, { era }),
        huge: evilServer('huge', log, { era }),
      }),
      hub: {
        limits: { resultBytes: RESULT_LIMIT },
        servers: Object.fromEntries(
          ['evil', 'lost', 'huge'].map((name) => [name, { timeouts: { callMs: CALL_MS }, breaker: false }]),
        ),
      },
    });
  }, 60_000);
  afterEach(() => expectSound(stand));
  afterAll(async () => {
    await closeSoundly(stand);
  }, 60_000);

  test.each(UNDERSTOOD)('F18 %s: the call is answered, once', async (what, write) => {
    const before = stand.hub.messages.length;
    const { result } = await stand.stdio.call('evil__say', saying(write(era)), { id: `F18 ${what}` });
    expect(result).toMatchObject({ content: [{ text: expect.stringContaining('fine') }] });
    // The half line is ended.
    if (what.startsWith('no end')) await stand.stdio.call('evil__say', saying(`\n${answer(era, OK)}`));
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    const answers = stand.hub.messages.slice(before).filter(({ message }) => message.id === `F18 ${what}`);
    expect(answers).toHaveLength(1);
  });

  test.each(NOT_UNDERSTOOD)('F19 %s: the call fails, and says why', async (what, write, code) => {
    const at = performance.now();
    const message = await stand.stdio.call('lost__say', saying(write(era)), { id: `F19 ${what}` });
    expect(hubCode(message)).toBe(code);
    expect(message.error?.message).toMatch(/^lost(?:__say)? /);
    if (code !== 'TIMEOUT') expectWithin(at, CALL_MS - 100);
    if (what.startsWith('half')) await stand.stdio.call('lost__say', saying('\n'));
  });

  test('F26 a result as long as may be comes, a longer one is an error that names the limit', async () => {
    const longest = await stand.stdio.call('huge__big', { bytes: RESULT_LIMIT - 200 });
    expect(longest.result).toBeDefined();
    const longer = await stand.stdio.call('huge__big', { bytes: RESULT_LIMIT + 1 });
    expect(hubCode(longer)).toBe('UPSTREAM_INVALID');
    expect(longer.error?.message).toContain('1 MiB (hub.limits.resultBytes)');
  });

  test('F26 32 MiB on one line that never answers cost no memory, and the next call is answered', async () => {
    expect(hubCode(await stand.stdio.call('huge__flood', { bytes: 32 * MIB }))).toBe('TIMEOUT');
    // Its answer stands behind the flood, which a busy machine may still be reading at the deadline of the next call.
    await eventually('an answer', async () => {
      const { result } = await stand.stdio.call('huge__say', saying(`\n${answer(era, OK)}`));
      return result !== undefined;
    });
  }, 60_000);

  test.each([300, 5_000, 50_000])('F18 a result that nests %d levels comes as it is', async (levels) => {
    const deep = `${'['.repeat(levels)}${']'.repeat(levels)}`;
    const { result } = await stand.stdio.call('evil__say', saying(answer(era, `${OK.slice(0, -1)},"deep":${deep}}`)));
    expect(result?.['content']).toEqual([{ type: 'text', text: 'fine' }]);
  });
});
