import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type EvilEntry, readEvilLog } from '../e2e/support/evil-log.ts';
import { eventually } from '../e2e/support/processes.ts';
import type { WireMessage } from '../e2e/support/received.ts';
import { evilServer, saying } from './support/evil-server.ts';
import { closeSoundly, expectSound } from './support/invariants.ts';
import { openStand, type Stand, toolNames } from './support/stand.ts';
import { expectWithin } from './support/within.ts';

const ERAS = ['legacy', 'modern'] as const;
const CALL_MS = 1_000;

const failureOf = ({ error }: WireMessage) =>
  (error?.data ?? {}) as { hubCode?: string; outcome?: string; upstream?: string };
const textIn = ({ result }: WireMessage): string =>
  (result?.['content'] as { text: string }[] | undefined)?.[0]?.text ?? '';
const answer = (era: string, text: string, id = '$ID'): string => {
  const type = era === 'modern' ? '"resultType":"complete",' : '';
  return `{"jsonrpc":"2.0","id":${id},"result":{${type}"content":[{"type":"text","text":"${text}"}]}}\n`;
};

/** Beside a server that does what a case names, each for one case only. */
const NAMES = ['shut', 'deaf', 'gone', 'half', 'frozen', 'late', 'mixed', 'fickle', 'wordy', 'asker', 'deep'] as const;

describe.each(ERAS)('a %s server whose pipes go wrong', (era) => {
  let stand: Stand;
  beforeAll(async () => {
    stand = await openStand({
      era,
      servers: (log) => Object.fromEntries(NAMES.map((name) => [name, evilServer(name, log, { era })])),
      hub: { servers: Object.fromEntries(NAMES.map((name) => [name, { timeouts: { callMs: CALL_MS } }])) },
    });
  }, 60_000);
  afterEach(() => expectSound(stand));
  afterAll(async () => {
    await closeSoundly(stand);
  }, 60_000);

  const eventsOf = (name: string, event: string): EvilEntry[] =>
    readEvilLog(stand.evilLog).filter((entry) => entry.name === name && entry.event === event);

  test.each([
    ['shut', 'output'],
    ['gone', 'both'],
  ])(
    'N01 %s closes its standard %s and stays alive: its calls end, and the next one is answered by another',
    async (name, what) => {
      const waiting = [stand.stdio.call(`${name}__hang`), stand.stdio.call(`${name}__slow`, { ms: 60_000 })];
      const at = performance.now();
      const closing = await stand.stdio.call(`${name}__close`, { what });
      for (const message of [closing, ...(await Promise.all(waiting))])
        expect(failureOf(message)).toMatchObject({ upstream: name, outcome: 'unknown' });
      expectWithin(at, CALL_MS + 500);
      await eventually(
        'an answer of another process',
        async () => textIn(await stand.stdio.call(`${name}__echo`, { m: 'back' })) === 'back',
        20_000,
      );
      expect(eventsOf(name, 'start')).toHaveLength(2);
    },
    30_000,
  );

  test('N02 deaf closes its standard input: the call ends, later ones do, and the hub does not break on its pipe', async () => {
    const message = await stand.stdio.call('deaf__close', { what: 'input' });
    expect(failureOf(message)).toMatchObject({ upstream: 'deaf' });
    const next = await stand.stdio.call('deaf__echo', { m: 'x'.repeat(200_000) });
    expect(next.result ?? failureOf(next).upstream).toBeDefined();
    await eventually(
      'an answer of another process',
      async () => textIn(await stand.stdio.call('deaf__echo', { m: 'y' })) === 'y',
      20_000,
    );
  }, 30_000);

  test('N03 half writes a part of its answer and ends: the part is no answer, nor the beginning of the next', async () => {
    const half = stand.stdio.call('half__say', saying(answer(era, 'never').slice(0, -30)));
    await eventually('the half', () => eventsOf('half', 'in').some(({ raw }) => raw?.includes('"say"')));
    const crash = await stand.stdio.call('half__crash', { how: '7' });
    expect(crash.error?.message).toContain('exit code 7');
    expect(failureOf(await half).outcome).toBe('unknown');
    expect(textIn(await stand.stdio.call('half__echo', { m: 'whole' }))).toBe('whole');
  });

  test('N04 frozen is stopped by a signal: calls end by their deadline, and the end of the hub is not held up', async () => {
    const at = performance.now();
    expect(failureOf(await stand.stdio.call('frozen__stop')).hubCode).toBe('TIMEOUT');
    expectWithin(at, CALL_MS + 500);
  });

  test('N05 late answers after its call was given up: nobody gets it, not even the next call', async () => {
    const timeout = await stand.stdio.call('late__say_later', { ...saying(answer(era, 'late')), ms: CALL_MS + 300 });
    expect(failureOf(timeout).hubCode).toBe('TIMEOUT');
    const next = stand.stdio.call('late__slow', { ms: 600 });
    await eventually('the late answer', () => eventsOf('late', 'said').length > 0);
    expect(textIn(await next)).toBe('waited 600');
  });

  test('N06 mixed answers two calls with the ids of each other swapped, and each id twice: each caller gets one', async () => {
    const first = stand.stdio.call('mixed__hang', {}, { id: `m1 ${era}` });
    const idOf = (tool: string): string | undefined => {
      const line = eventsOf('mixed', 'in').find(({ raw }) => raw?.includes(`"${tool}"`))?.raw;
      return line === undefined ? undefined : JSON.stringify((JSON.parse(line) as { id: unknown }).id);
    };
    const held = await eventually('the first', () => idOf('hang'));
    const both = answer(era, 'for the first', held) + answer(era, 'for the second');
    const second = await stand.stdio.call('mixed__say', saying(both + both), { id: `m2 ${era}` });
    expect(textIn(second)).toBe('for the second');
    expect(textIn(await first)).toBe('for the first');
  });

  test('N07 fickle takes a tool away during a call of it: what was sent is answered, and then it is unknown', async () => {
    const echoes = Array.from({ length: 20 }, (_, index) => stand.stdio.call('fickle__echo', { m: String(index) }));
    const swapped = stand.stdio.call('fickle__swap');
    const more = Array.from({ length: 20 }, (_, index) => stand.stdio.call('fickle__echo', { m: String(index) }));
    expect(textIn(await swapped)).toBe('swapped');
    for (const message of await Promise.all(echoes)) expect(message.result).toBeDefined();
    for (const message of await Promise.all(more)) expect(message.error ?? message.result).toBeDefined();
    await eventually('the list without it', async () => !(await toolNames(stand.stdio)).includes('fickle__echo'));
    expect((await stand.stdio.call('fickle__echo', { m: 'x' })).error?.code).toBe(-32602);
  });

  test('N08 wordy answers with an error of 4 MiB, and one with data that nests deep: both come as they are', async () => {
    const long = `{"code":-32050,"message":"${'no '.repeat(1_400_000)}"}`;
    const { error } = await stand.stdio.call('wordy__refuse', { json: long });
    expect(error).toMatchObject({ code: -32050 });
    expect(error?.message).toHaveLength(4_200_000);
    for (const code of [-32050, -32042, -32021, -32020, -32022]) {
      const deep = `{"code":${code},"message":"deep","data":{"requiredCapabilities":{"a":1.0},"elicitations":[{"mode":"url"}],"x":${'['.repeat(30_000)}1.0${']'.repeat(30_000)}}}`;
      const refused = await stand.stdio.call('wordy__refuse', { json: deep });
      expect(refused.error ?? refused.result, String(code)).toBeDefined();
      expect(stand.hub.stderr()).not.toContain('a fault of the hub');
    }
  });

  test('N09 asker sends questions that nobody can answer, of every shape: each is refused, and its call goes on', async () => {
    const sampling = [
      '{"jsonrpc":"2.0","id":"q1","method":"sampling/createMessage"}',
      '{"jsonrpc":"2.0","id":"q1","method":"sampling/createMessage","params":{}}',
    ];
    const questions = [
      // What a modern client would have to be asked by an interim result ends its call with the lack.
      ...(era === 'legacy' ? sampling : []),
      '{"jsonrpc":"2.0","id":2,"method":"no/such"}',
      `{"jsonrpc":"2.0","id":"${'q'.repeat(5_000)}","method":"ping"}`,
      '{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"good__echo"}}',
      '{"jsonrpc":"2.0","id":4,"method":"roots/list","params":[1]}',
      '{"jsonrpc":"2.0","id":null,"method":"roots/list"}',
    ];
    const said = `${questions.join('\n')}\n${answer(era, 'asked')}`;
    expect(textIn(await stand.stdio.call('asker__say', saying(said)))).toBe('asked');
    const before = eventsOf('good', 'in').length;
    await eventually('the refusals', () =>
      eventsOf('asker', 'in').some(({ raw }) => raw?.startsWith('{"jsonrpc":"2.0","id":3,')),
    );
    expect(eventsOf('good', 'in').length).toBe(before);
  });

  test('N10 deep gives an interim result that nests deep, and results whose text is no text', async () => {
    const nested = `${'{"a":'.repeat(30_000)}1.0${'}'.repeat(30_000)}`;
    const interim = `{"resultType":"input_required","inputRequests":{"k":{"method":"elicitation/create","params":${nested}}}}`;
    const first = await stand.stdio.call('deep__bytes', { json: interim });
    expect(first.error ?? first.result).toBeDefined();
    for (const json of ['{"content":5}', '{"content":[null,5,{"type":7}]}', '{"isError":"yes","content":[]}', '{}']) {
      const odd = await stand.stdio.call('deep__bytes', { json });
      expect(odd.error ?? odd.result, json).toBeDefined();
    }
    expect(stand.hub.stderr()).not.toContain('a fault of the hub');
  });
});

describe.each(ERAS)('a %s server that does odd things at its start', (era) => {
  test('N11 floods, half lines, questions and second answers before it is there harm nobody', async () => {
    const deep = `${'{"properties":{"a":'.repeat(2_000)}{}${'}}'.repeat(2_000)}`;
    const listed = `[{"name":"fine","inputSchema":{"type":"object"}},{"name":"deep","inputSchema":${deep}}]`;
    const stand = await openStand({
      era,
      servers: (log) => ({
        flood: evilServer('flood', log, { era, evil: 'init-flood:20000' }),
        twice: evilServer('twice', log, { era, evil: 'init-twice' }),
        early: evilServer('early', log, { era, evil: 'init-ask' }),
        nested: evilServer('nested', log, {
          era,
          evil: `definitions:${Buffer.from(listed).toString('base64')}`,
        }),
      }),
      waitFor: ['good__echo', 'flood__echo', 'twice__echo', 'nested__fine'],
    });
    for (const name of ['flood', 'twice', 'nested'])
      expect(textIn(await stand.stdio.call(`${name}__echo`, { m: name }))).toBe(name);
    const early = await stand.stdio.call('early__echo', { m: 'x' });
    expect(early.result ?? failureOf(early).upstream).toBeDefined();
    await expectSound(stand);
    await closeSoundly(stand);
  }, 60_000);

  test('N12 half a line before its first answer fails its start in words, or is taken for noise', async () => {
    const stand = await openStand({
      era,
      servers: (log) => ({ half: evilServer('half', log, { era, evil: 'half-start' }) }),
      waitFor: ['good__echo'],
      hub: { servers: { half: { timeouts: { startMs: 2_000 } } }, timeouts: { firstListMs: 1_000 } },
    });
    const message = await stand.stdio.call('half__echo', { m: 'x' });
    expect(message.result ?? failureOf(message).upstream).toBeDefined();
    await expectSound(stand);
    await closeSoundly(stand);
  }, 60_000);
});
