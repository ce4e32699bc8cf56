import { expect, test } from 'vitest';
import type { CallRepeated } from '../../src/events/events.ts';
import { openLogReader } from '../../src/store/log-reader.ts';
import { callFinished, callStarted } from './support/events.ts';
import { openLogBench, query } from './support/log-bench.ts';

const START = Date.now() - 10_000;

const repeated = (callId: string, attempt: number, over: Partial<CallRepeated> = {}): CallRepeated => ({
  type: 'call.repeated',
  callId,
  upstream: 'math',
  qualifiedName: 'math__add',
  attempt,
  reason: `attempt ${attempt - 1} broke`,
  failed: { upstream: 'math', outcome: 'error', errorCode: -31011, durationMs: 5 },
  at: START + attempt * 100,
  ...over,
});

const attemptsOf = (stateDir: string) => {
  const reader = openLogReader(stateDir);
  try {
    return reader?.calls({ limit: 1 })[0]?.attempts;
  } finally {
    reader?.close();
  }
};

test.each([
  ['together', false],
  ['in batches of their own', true],
])('each attempt of a call is a row, where they are written %s', async (_, isApart) => {
  const { bus, log, stateDir } = openLogBench();
  const events = [
    callStarted('c', { startedAt: START }),
    repeated('c', 2),
    repeated('c', 3, { upstream: 'spare' }),
    callFinished('c', { durationMs: 450 }),
  ];
  for (const event of events) {
    bus.emit(event);
    if (isApart) await log.flush();
  }
  await log.flush();
  const failed = { outcome: 'error', errorCode: -31011, durationMs: 5, upstream: 'math' };
  expect(attemptsOf(stateDir)).toEqual([
    { attempt: 1, startedAt: START, errorMessage: 'attempt 1 broke', ...failed },
    { attempt: 2, startedAt: START + 200, errorMessage: 'attempt 2 broke', ...failed },
    { attempt: 3, startedAt: START + 300, upstream: 'spare', outcome: 'ok', durationMs: 150 },
  ]);
});

test('a call that was sent once has none: its own row says it all', async () => {
  const { bus, log, stateDir } = openLogBench();
  bus.emit(callStarted('c'));
  bus.emit(callFinished('c'));
  await log.flush();
  expect(attemptsOf(stateDir)).toBeUndefined();
  expect(query(stateDir, 'SELECT * FROM attempts')).toEqual([]);
});

test('secrets in what an attempt failed of are not stored', async () => {
  const { bus, log, stateDir } = openLogBench();
  bus.emit(callStarted('c'));
  bus.emit(repeated('c', 2, { reason: `refused ghp_${'a'.repeat(36)}` }));
  await log.flush();
  expect(attemptsOf(stateDir)?.map(({ outcome, errorMessage }) => [outcome, errorMessage])).toEqual([
    ['error', 'refused ***'],
    ['running', undefined],
  ]);
});
