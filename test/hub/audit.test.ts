import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { LogConfig } from '../../src/config/hub-config.ts';
import { failureReply } from '../../src/dispatch/failure.ts';
import { compose, type Interceptor } from '../../src/dispatch/interceptor.ts';
import { HubError } from '../../src/errors/hub-error.ts';
import type { EventBus } from '../../src/events/bus.ts';
import { createAudit } from '../../src/hub/audit.ts';
import { createHub } from '../../src/hub/hub.ts';
import { createRetry } from '../../src/resilience/retry.ts';
import { callFinished, callStarted, hubStarted, LOG_CONFIG } from '../store/support/events.ts';
import { openLogBench, query, temporaryDirectory } from '../store/support/log-bench.ts';
import { createCall, resultReply } from '../support/calls.ts';
import { hubConfig, rawUpstream } from '../support/hub-config.ts';

const AUDIT: LogConfig = { ...LOG_CONFIG, durability: 'audit' };
const REPLY = resultReply({ content: [] });

const rowsIn = (stateDir: string): unknown => query(stateDir, 'SELECT call_id, outcome FROM calls ORDER BY id');

const attemptsIn = (stateDir: string): unknown =>
  query(stateDir, 'SELECT attempt, outcome, error_message FROM attempts ORDER BY attempt');

/** Sends a call once more that was sent and not answered. */
const createSafeRetry = (bus: EventBus, mayGoOn: (() => boolean | Promise<boolean>) | undefined): Interceptor =>
  createRetry({
    bus,
    policyOf: () => ({ retry: 'safe', trusted: false }),
    wait: async () => {},
    ...(mayGoOn && { mayGoOn }),
  });

/** A place where no log can be, until `clear` is called. */
const blockedPlace = (): { stateDir: string; clear: () => void } => {
  const parent = join(temporaryDirectory(), 'not-a-directory');
  writeFileSync(parent, '');
  return { stateDir: join(parent, 'state'), clear: () => rmSync(parent) };
};

describe('in audit mode', () => {
  test.each(['serve', 'block'] as const)(
    'the beginning of a call is committed before it is forwarded, and its end before it is answered (%s)',
    async (onFailure) => {
      const { bus, log, stateDir } = openLogBench({ ...AUDIT, onFailure });
      const { interceptors, confirm } = createAudit(log, { ...AUDIT, onFailure });
      bus.emit(hubStarted());
      bus.emit(callStarted('a'));
      const send = compose(interceptors, async () => {
        expect(rowsIn(stateDir)).toEqual([{ call_id: 'a', outcome: null }]);
        return REPLY;
      });
      const reply = await send(createCall());
      bus.emit(callFinished('a'));
      expect(await confirm?.(reply)).toBe(REPLY);
      expect(rowsIn(stateDir)).toEqual([{ call_id: 'a', outcome: 'ok' }]);
      expect(query(stateDir, 'PRAGMA quick_check')).toEqual([{ quick_check: 'ok' }]);
    },
  );

  test.each(['serve', 'block'] as const)(
    'each repetition is committed before it is sent, with what became of the attempt before (%s)',
    async (onFailure) => {
      const config = { ...AUDIT, onFailure };
      const { bus, log, stateDir } = openLogBench(config);
      const { interceptors, mayRepeat } = createAudit(log, config);
      const retry = createSafeRetry(bus, mayRepeat);
      bus.emit(hubStarted());
      bus.emit(callStarted('a'));
      const attempts: unknown[] = [];
      const lost = new HubError('UPSTREAM_CLOSED', 'it ended', { upstream: 'math', sent: true });
      const send = compose([...interceptors, retry], async () => {
        attempts.push(attemptsIn(stateDir));
        return attempts.length === 1 ? failureReply(lost) : REPLY;
      });
      expect(await send(createCall({ callId: 'a' }))).toBe(REPLY);
      expect(attempts).toEqual([
        [],
        [
          { attempt: 1, outcome: 'unknown', error_message: 'it ended' },
          { attempt: 2, outcome: null, error_message: null },
        ],
      ]);
    },
  );

  test.each([
    ['block', 1],
    ['serve', 2],
  ] as const)(
    'a repetition that cannot be committed is sent only where calls go on without a log (%s)',
    async (onFailure, times) => {
      const config = { ...AUDIT, onFailure };
      const { bus, log, stateDir } = openLogBench(config);
      const { interceptors, mayRepeat } = createAudit(log, config);
      const retry = createSafeRetry(bus, mayRepeat);
      bus.emit(callStarted('a'));
      let sent = 0;
      const lost = failureReply(new HubError('UPSTREAM_CLOSED', 'it ended', { upstream: 'math', sent: true }));
      const send = compose([...interceptors, retry], async () => {
        sent += 1;
        if (sent > 1) return REPLY;
        // From now on nothing can be written there.
        rmSync(stateDir, { recursive: true });
        writeFileSync(stateDir, '');
        return lost;
      });
      expect((await send(createCall({ callId: 'a' }))).kind).toBe(times === 1 ? 'error' : 'result');
      expect(sent).toBe(times);
    },
  );

  test('calls at the same time share commits, and each waits for its own', async () => {
    const { bus, log, stateDir } = openLogBench(AUDIT);
    const answered = Array.from({ length: 300 }, async (_, index) => {
      bus.emit(callStarted(`c${index}`));
      expect(await log.commit()).toBeUndefined();
      bus.emit(callFinished(`c${index}`));
      expect(await log.commit()).toBeUndefined();
      return query(stateDir, 'SELECT outcome FROM calls WHERE call_id = ?', `c${index}`);
    });
    expect(await Promise.all(answered)).toEqual(Array(300).fill([{ outcome: 'ok' }]));
  });
});

describe('while the log cannot be written', () => {
  test.each(['audit', 'batched'] as const)('"block" refuses calls in %s mode, until it can', async (durability) => {
    const { stateDir, clear } = blockedPlace();
    const config = { ...LOG_CONFIG, durability, onFailure: 'block' } as const;
    const { bus, log } = openLogBench(config, { stateDir });
    let forwarded = 0;
    const send = compose(createAudit(log, config).interceptors, async () => {
      forwarded += 1;
      return REPLY;
    });
    bus.emit(callStarted('first'));
    await log.flush();
    expect(await send(createCall())).toMatchObject({
      kind: 'error',
      error: { code: -31020, message: expect.stringMatching(/^the call was not sent, .*ENOTDIR/) },
      failure: { sent: false },
    });
    expect(forwarded).toBe(0);
    clear();
    bus.emit(callStarted('second'));
    expect(await send(createCall())).toBe(REPLY);
    expect(forwarded).toBe(1);
  });

  test('"block" withholds an answer in audit mode whose end cannot be kept, and says that it was sent', async () => {
    const { stateDir } = blockedPlace();
    const config = { ...AUDIT, onFailure: 'block' } as const;
    const { bus, log } = openLogBench(config, { stateDir });
    bus.emit(callStarted('a'));
    bus.emit(callFinished('a'));
    expect(await createAudit(log, config).confirm?.(REPLY)).toMatchObject({
      kind: 'error',
      failure: { code: 'STORE_UNAVAILABLE', sent: true },
    });
  });

  test('"serve" goes on in audit mode, and says so once', async () => {
    const { stateDir } = blockedPlace();
    const { bus, log, problems } = openLogBench(AUDIT, { stateDir });
    const { interceptors, confirm } = createAudit(log, AUDIT);
    const send = compose(interceptors, async () => REPLY);
    for (const id of ['a', 'b', 'c']) {
      bus.emit(callStarted(id));
      expect(await confirm?.(await send(createCall()))).toBe(REPLY);
    }
    expect(problems).toEqual([expect.stringMatching(/^Calls are not logged: .*ENOTDIR/)]);
  });
});

describe('in batched mode', () => {
  test('nothing stands in the way of a call', () => {
    const { log } = openLogBench();
    expect(createAudit(log, LOG_CONFIG)).toEqual({ interceptors: [], confirm: undefined });
  });

  test('"block" lets a call be repeated while the log can be written, and not while it cannot', async () => {
    const { stateDir, clear } = blockedPlace();
    const config = { ...LOG_CONFIG, onFailure: 'block' } as const;
    const { bus, log } = openLogBench(config, { stateDir });
    const { mayRepeat } = createAudit(log, config);
    expect(mayRepeat?.()).toBe(true);
    bus.emit(callStarted('a'));
    await log.flush();
    expect(await mayRepeat?.()).toBe(false);
    clear();
    expect(await mayRepeat?.()).toBe(true);
  });

  test('"block" hands calls on as they are while the log can be written', () => {
    const { log } = openLogBench();
    const [block] = createAudit(log, { ...LOG_CONFIG, onFailure: 'block' }).interceptors;
    const answer = Promise.resolve(REPLY);
    expect(block?.(() => answer)(createCall())).toBe(answer);
  });
});

test('a log that is switched off blocks nothing', () => {
  const { log } = openLogBench({ enabled: false });
  const config = { ...AUDIT, enabled: false, onFailure: 'block' } as const;
  expect(createAudit(log, config)).toEqual({ interceptors: [], confirm: undefined });
});

test('a hub in audit mode answers a call when its row is complete', async () => {
  const stateDir = join(temporaryDirectory(), 'state');
  const hub = createHub({
    config: hubConfig([rawUpstream('old', 'legacy.mjs')], { log: { ...AUDIT, onFailure: 'block' } }),
    stateDir,
    env: process.env,
    log: true,
    stderr: () => {},
  });
  onTestFinished(() => hub.close());
  const client = hub.connectLocalClient({ name: 'local', version: '1' });
  for (let count = 1; count <= 5; count += 1) {
    expect(await client.request('tools/call', { name: 'old__echo', arguments: { m: 'a' } })).toMatchObject({
      ok: true,
    });
    expect(query(stateDir, "SELECT count(*) AS calls FROM calls WHERE outcome = 'ok'")).toEqual([{ calls: count }]);
  }
});
