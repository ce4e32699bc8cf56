import { rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { pidsIn, readEvilLog } from '../e2e/support/evil-log.ts';
import { startHub } from '../e2e/support/hub-process.ts';
import { eventually, isAlive } from '../e2e/support/processes.ts';
import { createTempHome } from '../e2e/support/temp-home.ts';
import { evilServer } from './support/evil-server.ts';
import { callRows, closeSoundly, expectSound } from './support/invariants.ts';
import { openStand } from './support/stand.ts';
import { expectWithin } from './support/within.ts';

const GRACE_MS = 500;
const OPENING = [
  {
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } },
  },
  { method: 'notifications/initialized' },
  { id: 2, method: 'tools/list' },
  { id: 3, method: 'tools/call', params: { name: 'one__echo', arguments: { m: 'x' } } },
];

describe.runIf(process.platform !== 'win32')('a signal comes while servers are being started', () => {
  test.concurrent.each([
    [['SIGTERM'], 'hang-init', 143],
    [['SIGHUP'], 'slow-init:60000', 129],
    [['SIGINT'], 'hang-init,ignore-eof,grandchild', 130],
    [['SIGTERM', 'SIGTERM'], 'hang-init,ignore-term,ignore-eof', 143],
    [['SIGINT', 'SIGTERM'], 'hang-init,grandchild', 143],
  ] as const)(
    'N50 %j, servers %s: exit code %d, and nothing is left',
    async (signals, evil, code) => {
      const home = createTempHome();
      const log = home.file('evil.ndjson');
      const hub = await startHub({
        home,
        config: {
          mcpServers: { one: evilServer('one', log, { evil }), two: evilServer('two', log, { evil, era: 'modern' }) },
          hub: { timeouts: { graceMs: GRACE_MS } },
        },
      });
      for (const message of OPENING) hub.sendRaw(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
      await eventually('their starts', () => readEvilLog(log).filter(({ event }) => event === 'start').length >= 2);
      const at = performance.now();
      let left: readonly NodeJS.Signals[] = signals.slice(1);
      hub.kill(signals[0]);
      // The second is sent until it has come after the first.
      const again = setInterval(() => {
        for (const signal of left) hub.kill(signal);
      }, 50);
      const exit = await hub.exited;
      left = [];
      clearInterval(again);
      expect(exit).toEqual({ code, signal: null });
      expectWithin(at, signals.length > 1 ? 1_000 : GRACE_MS + 6_000);
      if (signals.length === 1)
        for (const id of [2, 3]) expect(hub.messages.filter(({ message }) => message.id === id)).toHaveLength(1);
      expect(hub.problems()).toEqual([]);
      await eventually('the end of the servers', () => pidsIn(log).every((pid) => !isAlive(pid)), 8_000);
      home.remove();
    },
    30_000,
  );
});

describe('there is no state directory to be had', () => {
  test.each([
    ['serve', undefined],
    ['block', -31020],
  ] as const)(
    'N51 a file stands in its place, and the log is to "%s": it is told, and calls go on or are refused',
    async (onFailure, code) => {
      const home = createTempHome();
      rmSync(home.stateDir, { recursive: true, force: true });
      writeFileSync(home.stateDir, 'not a folder');
      const log = home.file('evil.ndjson');
      const hub = await startHub({
        home,
        config: { mcpServers: { one: evilServer('one', log) }, hub: { log: { durability: 'audit', onFailure } } },
      });
      for (const message of OPENING) hub.sendRaw(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
      const { result, error } = (await hub.answerTo(3)).message;
      expect(error?.code).toBe(code);
      if (code === undefined) expect(result).toBeDefined();
      await eventually('the sentence', () => hub.stderr().includes('Calls are not logged: '));
      hub.endInput();
      expect((await hub.exited).code).toBe(0);
      expect(hub.stderr()).toMatch(/\d+ entries of the log were not written/);
      expect(hub.stderr()).not.toMatch(/^\s+at /m);
      home.remove();
    },
    30_000,
  );
});

describe.runIf(process.platform !== 'win32')('the clock of the machine jumps', () => {
  test('N52 ahead, back and to the truth, in the middle of calls: deadlines, pauses and the log do not mind', async () => {
    const clock = fileURLToPath(new URL('programs/clock.mjs', import.meta.url));
    const stand = await openStand({
      env: { NODE_OPTIONS: `--import=${clock}` },
      servers: (log) => ({ evil: evilServer('evil', log) }),
      hub: { servers: { evil: { timeouts: { callMs: 700 }, idleStopMs: 60_000 } } },
    });
    for (let jump = 1; jump <= 3; jump += 1) {
      const slow = stand.stdio.call('evil__slow', { ms: 300 });
      await eventually(
        'the call',
        () => readEvilLog(stand.evilLog).filter(({ raw }) => raw?.includes('"ms":300')).length === jump,
      );
      stand.hub.kill('SIGUSR2');
      expect((await slow).result).toBeDefined();
      const at = performance.now();
      expect((await stand.stdio.call('evil__hang')).error?.data).toMatchObject({ hubCode: 'TIMEOUT' });
      expectWithin(at, 1_200);
      expect((await stand.stdio.call('evil__echo', { m: 'on' })).result).toBeDefined();
    }
    await expectSound(stand);
    expect(callRows(stand).every(({ outcome }) => outcome !== null)).toBe(true);
    await closeSoundly(stand);
  }, 60_000);
});
