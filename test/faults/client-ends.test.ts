import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { modernMeta } from '../e2e/support/conversation.ts';
import { readEvilLog } from '../e2e/support/evil-log.ts';
import { HUB_BIN } from '../e2e/support/paths.ts';
import { eventually } from '../e2e/support/processes.ts';
import { createTempHome } from '../e2e/support/temp-home.ts';
import { evilServer } from './support/evil-server.ts';
import { callRows, closeSoundly, expectSound, expectSoundEnd } from './support/invariants.ts';
import { answerTo, openStand, type Stand } from './support/stand.ts';
import { expectWithin } from './support/within.ts';

const GRACE_MS = 1_500;
/** The grace, and what processes that do not want to end may take. */
const END_LIMIT_MS = GRACE_MS + 5_000;

/** A hub that ends soon. */
const openBrief = (era: 'legacy' | 'modern' = 'legacy'): Promise<Stand> =>
  openStand({ era, hub: { timeouts: { graceMs: GRACE_MS } } });

/** The same, with servers that cannot be ended nicely. */
const openStubborn = (): Promise<Stand> =>
  openStand({
    servers: (log) => ({
      deaf: evilServer('deaf', log, { evil: 'ignore-eof,ignore-term' }),
      parent: evilServer('parent', log, { evil: 'grandchild' }),
    }),
    hub: { timeouts: { graceMs: GRACE_MS } },
  });

/** A call that takes so long, under way at the server `good`. */
const beginSlow = async (stand: Stand, id: string, ms: number): Promise<void> => {
  const modern = stand.stdio.way.startsWith('modern') && { _meta: modernMeta() };
  const params = { name: 'good__slow', arguments: { ms }, ...modern };
  stand.sendRaw(`${JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params })}\n`, 1);
  await eventually('the call', () => readEvilLog(stand.evilLog).some(({ raw }) => raw?.includes(`"ms":${ms}`)));
};

const ERAS = ['legacy', 'modern'] as const;

describe.concurrent('the client ends its side', () => {
  test.each(ERAS)(
    'F12 while a %s call is under way: it is answered, and the exit code is 0',
    async (era) => {
      const stand = await openBrief(era);
      await beginSlow(stand, 'slow', 800);
      const at = performance.now();
      stand.hub.endInput();
      expect((await answerTo(stand, 'slow')).result).toMatchObject({ content: [{ text: 'waited 800' }] });
      expect((await stand.ended()).code).toBe(0);
      expectWithin(at, END_LIMIT_MS);
      await expectSoundEnd(stand);
    },
    30_000,
  );

  test.each(ERAS)(
    'F12 while a %s call is under way that takes too long: it gets an error, and the exit code is 0',
    async (era) => {
      const stand = await openBrief(era);
      await beginSlow(stand, 'slow', 60_000);
      const at = performance.now();
      stand.hub.endInput();
      const { error } = await answerTo(stand, 'slow');
      expect(error).toMatchObject({
        message: expect.stringContaining('the hub is ending'),
        data: { outcome: 'unknown' },
      });
      expect((await stand.ended()).code).toBe(0);
      expectWithin(at, END_LIMIT_MS);
      await expectSoundEnd(stand);
    },
    30_000,
  );

  test('F12 with nothing under way: it ends within two seconds', async () => {
    const stand = await openStand();
    await expectSound(stand);
    const at = performance.now();
    expect((await closeSoundly(stand)).code).toBe(0);
    expectWithin(at, 2_000);
  }, 60_000);

  test.each([
    ['/dev/null', () => '/dev/null', 0],
    ['an empty file', (file: string) => file, 0],
  ])('F12 standard input is %s: it ends with 0 within two seconds', async (_what, pathOf, code) => {
    const home = createTempHome();
    writeFileSync(home.file('empty'), '');
    writeFileSync(home.file('config.json'), '{"mcpServers":{}}');
    const input = openSync(pathOf(home.file('empty')), 'r');
    const at = performance.now();
    const child = spawn(process.execPath, [HUB_BIN, 'serve', '--config', home.file('config.json')], {
      env: home.env,
      stdio: [input, 'ignore', 'ignore'],
    });
    expect((await once(child, 'exit'))[0]).toBe(code);
    expectWithin(at, 2_000);
    closeSync(input);
    home.remove();
  });

  test('F05 in the middle of a line: what is a whole message is answered, what is none is refused, exit code 0', async () => {
    for (const [line, id, code] of [
      ['{"jsonrpc":"2.0","id":"whole","method":"ping"}', 'whole', undefined],
      ['{"jsonrpc":"2.0","id":"half","meth', null, -32700],
    ] as const) {
      const stand = await openStand();
      stand.sendRaw(line);
      stand.hub.endInput();
      const { message } = await stand.hub.nextMessage((one) => one.id === id && one.method === undefined, 3_000);
      expect(message.error?.code).toBe(code);
      expect((await stand.ended()).code).toBe(0);
      await expectSoundEnd(stand);
    }
  }, 60_000);

  test('F12 with 50 calls under way, half of which finish in time: each is answered once', async () => {
    const stand = await openBrief();
    for (let index = 0; index < 50; index += 1)
      await beginSlow(stand, `many ${index}`, index < 25 ? 900 + index : 60_000 + index);
    stand.hub.endInput();
    for (let index = 0; index < 50; index += 1) {
      const { result, error } = await answerTo(stand, `many ${index}`, 8_000);
      expect(index < 25 ? result : error, `call ${index}`).toBeDefined();
    }
    expect((await stand.ended()).code).toBe(0);
    await expectSoundEnd(stand);
  }, 60_000);
});

describe.concurrent('a signal comes while a call is under way', () => {
  const CODES = { SIGTERM: 143, SIGINT: 130, SIGHUP: 129 } as const;

  test.each(Object.entries(CODES) as [keyof typeof CODES, number][])(
    'F15 %s: the call is answered, nothing is left, and the exit code is %d',
    async (signal, code) => {
      const stand = await (signal === 'SIGTERM' ? openStubborn() : openBrief());
      await beginSlow(stand, 'slow', 700);
      const at = performance.now();
      stand.hub.kill(signal);
      expect((await answerTo(stand, 'slow')).result).toMatchObject({ content: [{ text: 'waited 700' }] });
      expect(await stand.ended()).toEqual({ code, signal: null });
      expectWithin(at, END_LIMIT_MS);
      await expectSoundEnd(stand);
    },
    30_000,
  );

  test.each(ERAS)(
    'F15 SIGTERM, and a %s call takes too long: it gets an error',
    async (era) => {
      const stand = await openBrief(era);
      await beginSlow(stand, 'slow', 60_000);
      stand.hub.kill('SIGTERM');
      expect((await answerTo(stand, 'slow')).error).toMatchObject({ data: { outcome: 'unknown' } });
      expect((await stand.ended()).code).toBe(143);
      await expectSoundEnd(stand);
    },
    30_000,
  );

  test.each([
    ['SIGINT', 'SIGINT', 130],
    ['SIGTERM', 'SIGINT', 130],
    ['SIGHUP', 'SIGTERM', 143],
  ] as const)(
    'F15 %s and then %s: it ends within a second',
    async (first, second, code) => {
      const stand = await openStubborn();
      await beginSlow(stand, 'slow', 60_000);
      stand.hub.kill(first);
      const at = performance.now();
      // The first is known to have come when nothing is read any more.
      const again = setInterval(() => stand.hub.kill(second), 100);
      const exit = await stand.ended();
      clearInterval(again);
      expectWithin(at, 1_000);
      expect(exit).toEqual({ code, signal: null });
      await expectSoundEnd(stand, { wasKilled: true });
    },
    30_000,
  );
});

describe.concurrent('the client is gone without a word', () => {
  test('F13 and reads no more: the hub ends, and nothing is left', async () => {
    const stand = await openStubborn();
    await beginSlow(stand, 'slow', 60_000);
    stand.hub.closeOutput();
    // What is said next finds nobody.
    stand.sendRaw('{"jsonrpc":"2.0","id":"unheard","method":"ping"}\n');
    stand.unanswered.add('unheard');
    await stand.ended();
    await expectSoundEnd(stand, { wasKilled: true });
  }, 60_000);
});

describe.runIf(process.platform !== 'win32')('a mistake in the hub itself', () => {
  const FAULTY = fileURLToPath(new URL('./support/faulty-hub.mjs', import.meta.url));
  const openFaulty = (): Promise<Stand> => openStand({ env: { NODE_OPTIONS: `--import=${FAULTY}` } });

  test('is told in one line, with its cause, and the hub goes on', async () => {
    const stand = await openFaulty();
    await beginSlow(stand, 'slow', 600);
    for (const cause of ['TypeError: a mistake in a timer', 'RangeError: a promise that nobody handles']) {
      stand.hub.kill('SIGUSR2');
      await eventually('the line', () =>
        stand.hub.stderr().includes(`a fault of the hub itself, which goes on: ${cause}\n`),
      );
      expect((await stand.stdio.call('good__echo', { m: 'on' })).result).toBeDefined();
    }
    expect((await answerTo(stand, 'slow')).result).toBeDefined();
    expect(stand.hub.stderr()).not.toMatch(/^\s+at /m);
    stand.hub.endInput();
    expect((await stand.ended()).code).toBe(0);
    stand.home.remove();
  }, 60_000);

  test('that comes again and again ends it in good order: calls are answered, and the exit code is 1', async () => {
    const stand = await openFaulty();
    await beginSlow(stand, 'slow', 600);
    const told = (): number => stand.hub.stderr().split('a fault of the hub itself').length - 1;
    for (let count = 1; count <= 20; count += 1) {
      stand.hub.kill('SIGUSR2');
      await eventually('the line', () => told() === count);
    }
    expect((await answerTo(stand, 'slow')).result).toBeDefined();
    expect(await stand.ended()).toEqual({ code: 1, signal: null });
    expect(callRows(stand).every(({ outcome }) => outcome !== null)).toBe(true);
    stand.home.remove();
  }, 60_000);
});
