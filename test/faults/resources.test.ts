import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { type HubProcess, startHub } from '../e2e/support/hub-process.ts';
import { eventually, idle, isAlive, residentBytes } from '../e2e/support/processes.ts';
import { createTempHome, type TempHome } from '../e2e/support/temp-home.ts';
import { query } from '../store/support/log-bench.ts';
import { modernHttpClient, stdioClient } from './support/clients.ts';
import { evilServer } from './support/evil-server.ts';
import { heapEnv, heldBytes } from './support/heap.ts';
import { callRows, closeSoundly, expectSound, expectSoundEnd } from './support/invariants.ts';
import { openStand, type Stand } from './support/stand.ts';
import { expectWithin } from './support/within.ts';

const DURABILITIES = ['batched', 'audit'] as const;

describe('F39 many hubs write one log', () => {
  test.each(DURABILITIES)(
    'F39 eight hubs, four of which are killed, %s: every answered call of the others is in it',
    async (durability) => {
      const HUBS = 8;
      const CALLS = 60;
      const home = createTempHome();
      const log = home.file('evil.ndjson');
      const config = {
        mcpServers: { good: evilServer('good', log) },
        hub: { log: { durability, ...(durability === 'audit' && { onFailure: 'block' }) } },
      };
      const answered: Set<string>[] = [];
      const problems: string[] = [];
      const runOne = async (index: number): Promise<HubProcess> => {
        const hub = await startHub({ home, config });
        const mine = new Set<string>();
        answered[index] = mine;
        const client = await stdioClient(hub, index % 2 === 0 ? 'legacy' : 'modern', { sent: 0 });
        const isVictim = index >= HUBS / 2;
        for (let call = 0; call < CALLS; call += 1) {
          const m = `h${index}c${call}`;
          if (isVictim && call === CALLS / 2) {
            hub.kill('SIGKILL');
            await hub.exited;
            return hub;
          }
          const { result, error } = await client.call('good__echo', { m });
          if (result === undefined) problems.push(`${m}: ${JSON.stringify(error)}`);
          mine.add(m);
        }
        return hub;
      };
      const hubs = await Promise.all(Array.from({ length: HUBS }, (_, index) => runOne(index)));
      for (const hub of hubs.slice(0, HUBS / 2)) {
        hub.endInput();
        expect((await hub.exited).code).toBe(0);
        expect(hub.stderr()).not.toMatch(/SQLITE|database is locked/);
      }
      expect(problems).toEqual([]);
      // A hub that starts finds what those that were killed have left open.
      const last = await startHub({ home, config });
      const client = await stdioClient(last, 'legacy', { sent: 0 });
      await client.call('good__echo', { m: 'last' });
      await last.stop();
      const rows = query<{ m: string; outcome: string | null }>(
        home.stateDir,
        "SELECT json_extract(request, '$.arguments.m') AS m, outcome FROM calls WHERE method = 'tools/call'",
      );
      const ended = new Set(rows.flatMap(({ m, outcome }) => (outcome === 'ok' ? [m] : [])));
      // In batched mode a hub that is killed may lose its last moments; the others lose nothing.
      const sure = durability === 'audit' ? answered : answered.slice(0, HUBS / 2);
      expect(sure.flatMap((mine) => [...mine].filter((m) => !ended.has(m)))).toEqual([]);
      expect(rows.filter(({ outcome }) => outcome === null)).toEqual([]);
      expect(query(home.stateDir, 'PRAGMA quick_check')).toEqual([{ quick_check: 'ok' }]);
      home.remove();
    },
    90_000,
  );
});

describe('F40 a log that cannot be written as it should', () => {
  const ways: readonly (readonly [what: string, spoil: (home: TempHome) => void])[] = [
    [
      'a text where the database should be',
      ({ stateDir }) => writeFileSync(`${stateDir}/calls.db`, 'no database '.repeat(500)),
    ],
    ['an empty file', ({ stateDir }) => writeFileSync(`${stateDir}/calls.db`, '')],
    ['a folder of its name', ({ stateDir }) => mkdirSync(`${stateDir}/calls.db`)],
    [
      'a database that is cut off',
      ({ stateDir }) =>
        writeFileSync(
          `${stateDir}/calls.db`,
          Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(3_000, 7)]),
        ),
    ],
  ];

  test.each(ways)(
    'F40 %s: calls are answered, it is told, and nothing is lost that could be kept',
    async (what, spoil) => {
      const home = createTempHome();
      mkdirSync(home.stateDir, { mode: 0o700 });
      spoil(home);
      const stand = await openStand({ home });
      for (let index = 0; index < 5; index += 1)
        expect((await stand.stdio.call('good__echo', { m: 'x' })).result).toBeDefined();
      if (what.startsWith('a folder')) {
        await eventually('the warning', () => stand.hub.stderr().includes('calls.db'));
        expect(statSync(`${home.stateDir}/calls.db`).isDirectory()).toBe(true);
        rmSync(`${home.stateDir}/calls.db`, { recursive: true });
      } else {
        await eventually('the rows', () => callRows(stand).length >= 5);
        const aside = readdirSync(home.stateDir).filter((name) => name.startsWith('calls.db.corrupt-'));
        expect(aside).toHaveLength(what.startsWith('an empty') ? 0 : 1);
        if (aside.length > 0) expect(stand.hub.stderr()).toMatch(/was damaged; it is kept as/);
        await expectSound(stand);
      }
      await closeSoundly(stand).catch((error: unknown) => {
        if (!what.startsWith('a folder')) throw error;
      });
    },
    60_000,
  );

  test('F40 the folder is deleted while it runs: calls are answered, and later ones are written again', async () => {
    const stand = await openStand();
    await stand.stdio.call('good__echo', { m: 'before' });
    await eventually('the row', () => callRows(stand).length === 1);
    rmSync(stand.home.stateDir, { recursive: true });
    for (let index = 0; index < 10; index += 1)
      expect((await stand.stdio.call('good__echo', { m: 'x' })).result).toBeDefined();
    stand.hub.endInput();
    expect((await stand.ended()).code).toBe(0);
    expect(stand.hub.stderr()).not.toMatch(/^\s+at /m);
    stand.home.remove();
  }, 60_000);

  test.runIf(process.platform !== 'win32' && process.getuid?.() !== 0)(
    'F40 a file that may not be written',
    async () => {
      const home = createTempHome();
      mkdirSync(home.stateDir, { mode: 0o700 });
      writeFileSync(`${home.stateDir}/calls.db`, '', { mode: 0o444 });
      const stand = await openStand({ home });
      expect((await stand.stdio.call('good__echo', { m: 'x' })).result).toBeDefined();
      await eventually('the warning', () => stand.hub.stderr().includes('calls.db'));
      stand.hub.endInput();
      await stand.ended();
      home.remove();
    },
    30_000,
  );

  const canMount = (): boolean => {
    const home = createTempHome();
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', home.file('work')]).status === 0;
    if (mounted) execFileSync('umount', [home.file('work')]);
    home.remove();
    return mounted;
  };

  describe.runIf(process.platform === 'linux' && canMount())('on a disk of one MiB', () => {
    let home: TempHome;
    afterEach(() => {
      execFileSync('umount', ['-l', home.stateDir]);
      home.remove();
    });

    test.each(['serve', 'block'] as const)(
      'F40 that is full, %s: nothing is lost in silence, and it goes on when there is room',
      async (onFailure) => {
        home = createTempHome();
        mkdirSync(home.stateDir);
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=0700', 'tmpfs', home.stateDir]);
        const durability = onFailure === 'block' ? 'audit' : 'batched';
        const stand = await openStand({ home, hub: { log: { durability, onFailure }, cache: { refresh: 'off' } } });
        await stand.stdio.call('good__echo', { m: 'first' });
        writeFileSync(`${home.stateDir}/ballast`, '');
        spawnSync('dd', ['if=/dev/zero', `of=${home.stateDir}/ballast`, 'bs=1k']);
        let refused = 0;
        for (let index = 0; index < 30 && refused === 0; index += 1) {
          const { result, error } = await stand.stdio.call('good__echo', { m: 'y'.repeat(2_000) });
          if (result === undefined) {
            refused += 1;
            expect(error?.message).toMatch(/log/);
          }
        }
        expect(refused).toBe(onFailure === 'block' ? 1 : 0);
        await eventually('the warning', () => /full/i.test(stand.hub.stderr()));
        rmSync(`${home.stateDir}/ballast`);
        await eventually(
          'a call that is served',
          async () => (await stand.stdio.call('good__echo', { m: 'later' })).result !== undefined,
          20_000,
        );
        stand.hub.endInput();
        expect((await stand.ended()).code).toBe(0);
        const names = query<{ m: string }>(
          home.stateDir,
          "SELECT json_extract(request, '$.arguments.m') AS m FROM calls WHERE outcome = 'ok'",
        ).map(({ m }) => m);
        expect(names).toContain('first');
        expect(names).toContain('later');
      },
      60_000,
    );
  });
});

describe('F40 G when there is little of everything', () => {
  let stand: Stand;
  afterEach(() => closeSoundly(stand), 30_000);

  test.each(['legacy', 'modern'] as const)(
    'F40 1,000 calls at once of a %s client are all answered',
    async (era) => {
      stand = await openStand({ era });
      const answers = await Promise.all(
        Array.from({ length: 1_000 }, (_, index) =>
          stand.stdio.call('good__echo', { m: `${index}` }, { timeoutMs: 30_000 }),
        ),
      );
      for (const [index, { result }] of answers.entries())
        expect(result).toMatchObject({ content: [{ text: `${index}` }] });
      await expectSound(stand);
    },
    60_000,
  );

  test.runIf(process.platform === 'linux')(
    'F40 with 64 file descriptors and 100 clients it takes those that it can, and all others when they are gone',
    async () => {
      stand = await openStand({ http: true });
      execFileSync('prlimit', ['--pid', String(stand.hub.pid), '--nofile=64:64']);
      const { connect } = await import('node:net');
      const sockets = Array.from({ length: 100 }, () =>
        connect({ host: '127.0.0.1', port: Number(new URL(stand.url).port) }),
      );
      for (const socket of sockets) socket.on('error', () => {});
      // Those that were taken wait for a request; the one on standard input is answered all the while.
      for (let index = 0; index < 20; index += 1)
        expect((await stand.stdio.call('good__echo', { m: 'x' })).result).toBeDefined();
      for (const socket of sockets) socket.destroy();
      const client = modernHttpClient(stand.raw, stand, stand.count);
      await eventually('a client on HTTP', async () => {
        const sent = stand.count.sent;
        const answer = await client.call('good__echo', { m: 'in' }).catch(() => undefined);
        if (answer === undefined) stand.count.sent = sent;
        return answer?.result !== undefined;
      });
      expect(isAlive(stand.hub.pid)).toBe(true);
      // The log is opened again after its pause, at the latest at the end: that is what closing it checks.
    },
    40_000,
  );

  test.runIf(process.platform === 'linux')(
    'F40 with 128 MiB of memory a client that does not read costs no more than it may',
    async () => {
      stand = await openStand({ env: { NODE_OPTIONS: '--max-old-space-size=128' } });
      stand.hub.stopReading();
      const calls = Array.from({ length: 100 }, () =>
        stand.stdio.call('good__big', { bytes: 2 * 1024 * 1024 }, { timeoutMs: 60_000 }),
      );
      // Nothing more is taken when the queue of the client is full.
      await eventually(
        'the hub to be busy',
        () => residentBytes(stand.hub.pid) > stand.restingBytes + 10 * 1024 * 1024,
      );
      await idle(stand.hub.pid);
      expect(isAlive(stand.hub.pid)).toBe(true);
      stand.hub.readOn();
      for (const { result } of await Promise.all(calls)) expect(result).toBeDefined();
      expect((await stand.stdio.call('good__echo', { m: 'on' })).result).toBeDefined();
    },
    90_000,
  );
});

describe.runIf(process.platform !== 'win32')('I7 what a load took', () => {
  const RETURN_BYTES = 20 * 1024 * 1024;

  test.each(['legacy', 'modern'] as const)(
    'I7 of a %s client is given back when it is over',
    async (era) => {
      const home = createTempHome();
      const heapFile = home.file('heap');
      const stand = await openStand({ era, home, http: true, env: heapEnv(heapFile) });
      const web = await stand.client(`${era} on HTTP`);
      const before = await heldBytes(stand.hub.pid, heapFile);
      for (const client of [stand.stdio, web]) {
        const large = Array.from({ length: 16 }, () => client.call('good__big', { bytes: 2 * 1024 * 1024 }));
        const small = Array.from({ length: 300 }, (_, index) => client.call('good__echo', { m: `${index}` }));
        for (const { result } of await Promise.all([...large, ...small])) expect(result).toBeDefined();
      }
      // A session keeps what a stream that broke may be asked for, at most 4 MiB of it.
      await eventually('the log of all', () => callRows(stand).length === stand.count.sent);
      expect((await heldBytes(stand.hub.pid, heapFile)) - before).toBeLessThan(RETURN_BYTES);
      await closeSoundly(stand);
    },
    60_000,
  );
});

describe.runIf(process.platform !== 'win32')('F15 F25 a hub that is killed', () => {
  test('F15 SIGKILL: its servers are gone within ten seconds, also those that ignore everything', async () => {
    const stand = await openStand({
      servers: (log) => ({
        deaf: evilServer('deaf', log, { evil: 'ignore-eof,ignore-term' }),
        parent: evilServer('parent', log, { evil: 'grandchild,ignore-eof,ignore-term' }),
        young: evilServer('young', log, { evil: 'ignore-eof,ignore-term', era: 'modern' }),
      }),
    });
    void stand.stdio.call('good__slow', { ms: 60_000 }).catch(() => {});
    await eventually('the call', () => existsSync(stand.evilLog));
    const at = performance.now();
    stand.hub.kill('SIGKILL');
    await expectSoundEnd(stand, { wasKilled: true });
    expectWithin(at, 10_000);
  }, 60_000);

  test('F25 an orderly end: every server and grandchild is gone within six seconds', async () => {
    const stand = await openStand({
      servers: (log) => ({
        deaf: evilServer('deaf', log, { evil: 'ignore-eof,ignore-term' }),
        parent: evilServer('parent', log, { evil: 'grandchild,ignore-eof,ignore-term' }),
      }),
    });
    const at = performance.now();
    expect((await closeSoundly(stand)).code).toBe(0);
    expectWithin(at, 6_000);
  }, 60_000);
});
