import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { linesTo, readEvilLog } from '../e2e/support/evil-log.ts';
import { fixture } from '../e2e/support/paths.ts';
import { eventually } from '../e2e/support/processes.ts';
import type { WireMessage } from '../e2e/support/received.ts';
import { createTempHome } from '../e2e/support/temp-home.ts';
import type { UpstreamEntry } from '../e2e/support/upstreams.ts';
import { evilServer } from './support/evil-server.ts';
import { callRows, closeSoundly, expectSound } from './support/invariants.ts';
import { openStand, type Stand, toolNames } from './support/stand.ts';
import { expectWithin } from './support/within.ts';

const ERAS = ['legacy', 'modern'] as const;

const failureOf = ({ error }: WireMessage) =>
  (error?.data ?? {}) as { hubCode?: string; upstream?: string; outcome?: string; retryAfterMs?: number };

const eventsOf = (stand: Stand, name: string, event: string) =>
  readEvilLog(stand.evilLog).filter((entry) => entry.name === name && entry.event === event);

const effectsOf = (stand: Stand, tool: string, k: string): number =>
  readEvilLog(stand.evilLog).filter((entry) => entry.event === 'effect' && entry.tool === tool && entry.k === k).length;

describe('a server that does not start', () => {
  const FIRST_LIST_MS = 1_500;
  const home = createTempHome();
  const place = (name: string, text: string, mode: number): string => {
    writeFileSync(home.file(name), text, { mode });
    return home.file(name);
  };
  mkdirSync(home.file('folder'));
  const program = (command: string, args: readonly string[] = []): UpstreamEntry => ({ command, args });

  /** Its entry, and what a person is told of it. */
  const BROKEN: Readonly<Record<string, readonly [entry: (log: string) => UpstreamEntry, told: RegExp]>> = {
    missing: [() => program('/no/such'), /missing could not be started: command not found: \/no\/such/],
    unknown: [() => program('no-such-program-at-all'), /command not found: no-such-program-at-all \(is it on PATH\?\)/],
    plain: [() => program(place('plain', 'x', 0o644)), /plain could not be started: not allowed to run .*plain/],
    folder: [() => program(home.file('folder')), /folder could not be started: not allowed to run .*folder/],
    interpreter: [() => program(place('script', '#!/no/such/interpreter\n', 0o755)), /interpreter/],
    nowhere: [() => ({ ...program(process.execPath), cwd: '/no/such/folder' }), /\/no\/such\/folder/],
    early: [(log) => evilServer('early', log, { evil: 'exit-start:3' }), /early.*code 3.*wrong phase/],
    young: [(log) => evilServer('young', log, { evil: 'exit-start:3', era: 'modern' }), /young.*code 3.*wrong phase/],
    late: [(log) => evilServer('late', log, { evil: 'exit-init:3' }), /late.*code 3.*no licence/],
    silent: [() => program(process.execPath, ['-e', 'process.exit(0)']), /silent.*code 0/],
    killed: [() => program(process.execPath, ['-e', 'process.kill(process.pid, "SIGKILL")']), /killed.*SIGKILL/],
    web: [() => program(process.execPath, ['-e', 'console.log("<html>");process.exit(4)']), /web.*code 4/],
  };
  const names = Object.keys(BROKEN);

  let stand: Stand;
  const listMs: number[] = [];
  beforeAll(async () => {
    stand = await openStand({
      servers: (log) => Object.fromEntries(Object.entries(BROKEN).map(([name, [entry]]) => [name, entry(log)])),
      waitFor: [],
      hub: { timeouts: { startMs: 3_000, firstListMs: FIRST_LIST_MS } },
    });
    await eventually('the good one', async () => {
      const at = performance.now();
      const names = await toolNames(stand.stdio);
      listMs.push(performance.now() - at);
      return names.includes('good__echo');
    });
  }, 60_000);
  afterEach(() => expectSound(stand));
  afterAll(async () => {
    await closeSoundly(stand);
    home.remove();
  }, 60_000);

  test('F16 the others are offered in time', () => {
    for (const ms of listMs) expect(ms).toBeLessThan(10_000);
  });

  test.each(names)('F16 %s: no tool of it is offered, a call fails at once, and one line says why', async (name) => {
    const told = BROKEN[name]?.[1] as RegExp;
    expect((await toolNames(stand.stdio)).filter((tool) => tool.startsWith(`${name}__`))).toEqual([]);
    await eventually('the line', () => told.test(stand.hub.stderr())).catch(() => {
      expect(stand.hub.stderr()).toMatch(told);
    });
    const at = performance.now();
    const message = await stand.stdio.call(`${name}__echo`, { m: 'x' });
    expectWithin(at, 1_000);
    expect(message.error?.message).toMatch(told);
    expect(failureOf(message)).toMatchObject({ upstream: name, hint: expect.any(String) });
  });

  test('F16 calls that come again and again start nothing again and again', async () => {
    for (let index = 0; index < 50; index += 1) await stand.stdio.call('early__echo', { m: 'x' });
    expect(eventsOf(stand, 'early', 'start').length).toBeLessThanOrEqual(5);
  });
});

describe.concurrent.each(ERAS)('a %s server that is slow to start', (era) => {
  const FIRST_LIST_MS = 1_500;
  const isChange = ({ method }: WireMessage): boolean => method === 'notifications/tools/list_changed';

  test('F17 the list does not wait for it, and says once that it has come', async () => {
    const stand = await openStand({
      servers: (log) => ({
        mute: evilServer('mute', log, { evil: 'hang-init', era }),
        slow: evilServer('slow', log, { evil: 'slow-init:4000', era }),
      }),
      waitFor: ['good__echo'],
      hub: { timeouts: { firstListMs: FIRST_LIST_MS }, servers: { mute: { timeouts: { startMs: 2_500 } } } },
    });
    const at = performance.now();
    const names = await toolNames(stand.stdio);
    expectWithin(at, FIRST_LIST_MS + 500);
    expect(names.some((name) => name.startsWith('slow__') || name.startsWith('mute__'))).toBe(false);
    const changes = (): number => stand.hub.messages.filter(({ message }) => isChange(message)).length;
    const before = changes();
    // What it offers is not known, so the call waits as long as a first list does, and no longer.
    const call = await stand.stdio.call('mute__echo', { m: 'x' });
    expect(failureOf(call)).toMatchObject({ upstream: 'mute' });
    expect(call.error?.message).toMatch(/still being started|no answer to the handshake/);
    await eventually('the end of its start', () => stand.hub.stderr().includes('handshake within 2500 ms'));
    await eventually('the news', () => changes() > before);
    expect(await toolNames(stand.stdio)).toContain('slow__echo');
    await expectSound(stand);
    expect(changes()).toBe(before + 1);
    await closeSoundly(stand);
  }, 60_000);
});

describe.each(ERAS)('a %s server that ends in the middle of a call', (era) => {
  let stand: Stand;
  const HOWS = ['1', '0', 'SIGKILL', 'SIGSEGV', 'half'];
  const nameOf = (how: string): string => `c${how.toLowerCase()}`;
  beforeAll(async () => {
    stand = await openStand({
      era,
      servers: (log) =>
        Object.fromEntries([
          ...HOWS.map((how) => [nameOf(how), evilServer(nameOf(how), log, { era })]),
          ['many', evilServer('many', log, { era })],
        ]),
    });
  }, 60_000);
  afterEach(() => expectSound(stand));
  afterAll(async () => {
    await closeSoundly(stand);
  }, 60_000);

  test.each(HOWS)(
    'F20 %s: the call fails at once, was sent once, and the next one is answered by a new process',
    async (how) => {
      const name = nameOf(how);
      const at = performance.now();
      const message = await stand.stdio.call(`${name}__crash`, { how });
      expectWithin(at, 1_000);
      expect(failureOf(message)).toMatchObject({ hubCode: 'UPSTREAM_CLOSED', upstream: name, outcome: 'unknown' });
      expect(message.error?.message).toMatch(how.startsWith('SIG') ? new RegExp(how) : /code [01]/);
      expect(eventsOf(stand, name, 'crash')).toHaveLength(1);
      const { result } = await stand.stdio.call(`${name}__whoami`);
      const [content] = (result?.['content'] ?? []) as { text: string }[];
      const { pid } = JSON.parse(content?.text ?? '{}') as { pid: number };
      const starts = eventsOf(stand, name, 'start').map((entry) => entry.pid);
      expect(starts).toContain(pid);
      expect(eventsOf(stand, name, 'crash')[0]?.pid).not.toBe(pid);
    },
  );

  test('F20 a hundred calls are with it: each fails once, and none is sent again', async () => {
    const waiting = Array.from({ length: 63 }, () => stand.stdio.call('many__hang'));
    await eventually(
      'the calls',
      () => eventsOf(stand, 'many', 'in').filter(({ raw }) => raw?.includes('"hang"')).length >= 63,
    );
    await stand.stdio.call('many__crash', { how: 'SIGKILL' });
    for (const message of await Promise.all(waiting)) expect(failureOf(message).outcome).toBe('unknown');
    expect(eventsOf(stand, 'many', 'in').filter(({ raw }) => raw?.includes('"hang"'))).toHaveLength(63);
  });
});

describe.each(ERAS)('a %s server that does its work and ends before it answers', (era) => {
  const TRUSTED = { trusted: true };
  // One server for each: after its second end in a row it would not be started again at once.
  const CASES = [
    { name: 'plain1', settings: {}, tool: 'write', times: 1 },
    { name: 'plain2', settings: {}, tool: 'put', times: 1 },
    { name: 'plain3', settings: {}, tool: 'get', times: 1 },
    { name: 'trusted1', settings: TRUSTED, tool: 'write', times: 1 },
    { name: 'trusted2', settings: TRUSTED, tool: 'put', times: 2 },
    { name: 'trusted3', settings: TRUSTED, tool: 'get', times: 2 },
    { name: 'off', settings: { ...TRUSTED, retry: 'off' }, tool: 'put', times: 1 },
    { name: 'safe', settings: { retry: 'safe' }, tool: 'get', times: 2 },
  ] as const;
  let stand: Stand;
  beforeAll(async () => {
    stand = await openStand({
      era,
      servers: (log) =>
        Object.fromEntries(CASES.map(({ name }) => [name, evilServer(name, log, { era, evil: 'crash-after-effect' })])),
      hub: { servers: Object.fromEntries(CASES.map(({ name, settings }) => [name, settings])) },
    });
  }, 60_000);
  afterEach(() => expectSound(stand));
  afterAll(async () => {
    await closeSoundly(stand);
  }, 60_000);

  test.each(CASES)('F21 $name: $tool is done $times times, and the caller knows that nobody knows', async (one) => {
    const { name, tool, times } = one;
    const message = await stand.stdio.call(`${name}__${tool}`, { k: name });
    expect(failureOf(message)).toMatchObject({ upstream: name, outcome: 'unknown' });
    expect(effectsOf(stand, tool, name)).toBe(times);
    await eventually('its row', () =>
      callRows(stand).some((row) => row.name === `${name}__${tool}` && row.outcome === 'unknown'),
    );
  });
});

describe('a server that keeps failing', () => {
  let stand: Stand;
  beforeAll(async () => {
    stand = await openStand({
      servers: (log) => ({
        frail: evilServer('frail', log, { evil: 'exit-after:0' }),
        young: evilServer('young', log, { evil: 'exit-after:0', era: 'modern' }),
        moody: evilServer('moody', log, { evil: 'fail-first:30' }),
        mute: evilServer('mute', log),
        still: evilServer('still', log),
      }),
      hub: { servers: { mute: { timeouts: { callMs: 150 } }, still: { timeouts: { callMs: 150 } } } },
    });
  }, 60_000);
  afterEach(() => expectSound(stand));
  afterAll(async () => {
    await closeSoundly(stand);
  }, 60_000);

  const isRefusal = (message: WireMessage): boolean => message.error?.message.includes('is not asked') === true;

  test.each(['frail', 'young'])(
    'F22 %s, which ends at each call: after five failures it is not asked, and that is said at once',
    async (name) => {
      const refusals: number[] = [];
      for (let index = 0; index < 20; index += 1) {
        const at = performance.now();
        const message = await stand.stdio.call(`${name}__work`, { k: `${name} ${index}` });
        expect(message.error).toBeDefined();
        if (isRefusal(message)) {
          refusals.push(performance.now() - at);
          expect(failureOf(message).retryAfterMs).toBeGreaterThan(0);
          expect(failureOf(message).outcome).toBeUndefined();
        }
      }
      expect(refusals.length).toBeGreaterThanOrEqual(14);
      expect(refusals.sort((one, other) => one - other)[Math.floor(refusals.length / 2)]).toBeLessThan(50);
      const effects = eventsOf(stand, name, 'effect').length;
      expect(effects).toBeLessThanOrEqual(5);
    },
  );

  test('F22 moody, whose answers are errors: it is asked every time', async () => {
    for (let index = 0; index < 31; index += 1) {
      const message = await stand.stdio.call('moody__work', { k: `moody ${index}` });
      expect(message.error?.code).toBe(index < 30 ? -32603 : undefined);
    }
    expect(eventsOf(stand, 'moody', 'effect')).toHaveLength(31);
  });

  test('F22 tools that say that they failed are no failure of the server', async () => {
    for (let index = 0; index < 20; index += 1)
      expect((await stand.stdio.call('moody__fail')).result).toMatchObject({ isError: true });
  });

  test('F23 mute, which never answers: calls end by their deadline, and after five it is not asked', async () => {
    const outcomes: unknown[] = [];
    for (let index = 0; index < 8; index += 1) outcomes.push(failureOf(await stand.stdio.call('mute__hang')).hubCode);
    expect(outcomes).toEqual([...Array(5).fill('TIMEOUT'), ...Array(3).fill('UPSTREAM_UNAVAILABLE')]);
    await eventually('the fifth cancellation', async () => eventsOf(stand, 'mute', 'cancel').length >= 5);
    const cancelled = eventsOf(stand, 'mute', 'cancel');
    expect(cancelled.map(({ known }) => known)).toEqual(Array(5).fill(true));
  });

  test('F22 one call tries whether it is back, and only its answer lets the others in', async () => {
    for (let index = 0; index < 5; index += 1) await stand.stdio.call('still__hang');
    const waits = ['mute', 'still'].map(
      async (name) => failureOf(await stand.stdio.call(`${name}__echo`, { m: 'x' })).retryAfterMs ?? 0,
    );
    const waitMs = Math.max(...(await Promise.all(waits)));
    await new Promise((resolve) => setTimeout(resolve, waitMs + 50));

    // One that fails keeps the others out for twice as long, and no other is tried in that time.
    const failing = await Promise.all(Array.from({ length: 5 }, () => stand.stdio.call('still__hang')));
    expect(failing.map((message) => failureOf(message).hubCode).sort()).toEqual([
      'TIMEOUT',
      ...Array(4).fill('UPSTREAM_UNAVAILABLE'),
    ]);
    for (let index = 0; index < 20; index += 1) {
      const message = await stand.stdio.call('still__echo', { m: 'x' });
      expect(isRefusal(message)).toBe(true);
      expect(failureOf(message).retryAfterMs).toBeLessThan(12_100);
    }
    const requests = eventsOf(stand, 'still', 'in').filter(({ raw }) => raw?.includes('"tools/call"'));
    expect(requests).toHaveLength(6);

    const before = eventsOf(stand, 'mute', 'in').length;
    const calls = await Promise.all(Array.from({ length: 5 }, () => stand.stdio.call('mute__slow', { ms: 60 })));
    expect(calls.filter(({ result }) => result !== undefined)).toHaveLength(1);
    expect(calls.filter(isRefusal)).toHaveLength(4);
    expect(eventsOf(stand, 'mute', 'in').length).toBe(before + 1);
    expect((await stand.stdio.call('mute__echo', { m: 'back' })).result).toBeDefined();
  }, 20_000);
});

describe('a server that says much on its standard error', () => {
  const MIB = 1024 * 1024;
  let stand: Stand;
  const openLoud = async (mebibytes: number, args: readonly string[] = []): Promise<void> => {
    stand = await openStand({
      args,
      servers: (log) => ({ evil: evilServer('evil', log, { evil: `stderr-flood:${mebibytes * MIB}` }) }),
    });
  };
  afterEach(async () => {
    await closeSoundly(stand);
  }, 60_000);

  test('F24 100 MiB of it: calls are answered meanwhile, all of it is read, and none of it is kept', async () => {
    await openLoud(100);
    const at = performance.now();
    expect((await stand.stdio.call('evil__echo', { m: 'x' })).result).toBeDefined();
    expectWithin(at, 1_000);
    await eventually('the end of the flood', () => eventsOf(stand, 'evil', 'stderr').length > 0, 20_000);
    expect(stand.hub.stderr().length).toBeLessThan(64 * 1024);
    await expectSound(stand);
  }, 60_000);

  test('F24 with --log-level debug the lines are told, and not all of 20 MiB', async () => {
    await openLoud(20, ['--log-level', 'debug']);
    await eventually('the end of the flood', () => eventsOf(stand, 'evil', 'stderr').length > 0, 20_000);
    expect(stand.hub.stderr()).toContain('evil says: flood');
    expect(stand.hub.stderr().length).toBeLessThan(4 * MIB);
    await expectSound(stand);
  }, 60_000);
});

describe.concurrent.each(ERAS)('a %s client that cannot be asked', (era) => {
  test('F28 T27 is not asked, and the server learns so at once', async () => {
    const stand = await openStand({
      era,
      servers: (log) => ({
        evil: evilServer('evil', log, { evil: 'no-ping' }),
        young: { command: process.execPath, args: [fixture('asking.mjs'), 'young', 'modern'], env: { EVIL_LOG: log } },
      }),
      waitFor: ['evil__echo', 'young__ask'],
    });
    for (const kinds of [['sampling'], ['form'], ['url'], ['roots'], ['form', 'sampling']]) {
      const asked = performance.now();
      const { result, error } = await stand.stdio.call('young__ask', { kinds }, { timeoutMs: 3_000 });
      // A session gets it as the tool's own failure, which its model reads.
      expect(era === 'legacy' ? result : error, kinds.join()).toMatchObject(
        era === 'legacy' ? { isError: true } : { code: -32021 },
      );
      expectWithin(asked, 1_000);
    }
    const at = performance.now();
    await stand.stdio.call('evil__ask', {}, { timeoutMs: 3_000 });
    const isRefusal = (line: string): boolean => line.startsWith('{"jsonrpc":"2.0","id":"srv-1","error":{"code":-');
    await eventually('the refusal', () => linesTo(stand.evilLog, 'evil').some(isRefusal));
    expectWithin(at, 1_000);
    const questions = stand.hub.messages.filter(
      ({ message: { id, method } }) => method !== undefined && id !== undefined,
    );
    expect(questions).toEqual([]);
    for (let index = 0; index < 3; index += 1)
      expect((await stand.stdio.call('evil__echo', { m: 'x' })).result).toBeDefined();
    await expectSound(stand);
    await closeSoundly(stand);
  }, 60_000);
});
