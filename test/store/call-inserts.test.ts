import { describe, expect, test } from 'vitest';
import { callFinished, callStarted, clientConnected, hubStarted } from './support/events.ts';
import { type LogBench, openLogBench, query } from './support/log-bench.ts';

const TOOLS = ['add', 'mul', 'div'];

const CALLS = 100;

const idOf = (index: number): string => `c${index}`;

/** So many calls that they are written by large and small statements; each third of another tool, some in flight. */
const makeCalls = ({ bus }: LogBench, toolOf: (index: number) => string): void => {
  for (let index = 0; index < CALLS; index += 1) {
    const tool = toolOf(index);
    bus.emit(callStarted(idOf(index), { qualifiedName: `math__${tool}`, ownName: tool, bytesIn: index }));
    if (index % 10 !== 9) bus.emit(callFinished(idOf(index), { bytesOut: 1000 + index }));
  }
};

const rowsOf = ({ stateDir }: LogBench) =>
  query(
    stateDir,
    `SELECT call_id, upstream, method, qualified_name, own_name, bytes_in, bytes_out, outcome, request, result
     FROM calls ORDER BY id`,
  );

const expectedRow = (index: number, tool: string) => {
  const isOpen = index % 10 === 9;
  return {
    call_id: idOf(index),
    upstream: 'math',
    method: 'tools/call',
    qualified_name: `math__${tool}`,
    own_name: tool,
    bytes_in: index,
    bytes_out: isOpen ? null : 1000 + index,
    outcome: isOpen ? null : 'ok',
    request: '{"name":"add","arguments":{"a":1,"b":2}}',
    result: isOpen ? null : '{"content":[{"type":"text","text":"3"}]}',
  };
};

describe('many calls that are written together', () => {
  test.each([
    ['of one tool', () => 'add'],
    ['of several tools in turn', (index: number) => TOOLS[index % TOOLS.length] as string],
    ['of one tool and then of others', (index: number) => (index < 50 ? 'add' : (TOOLS[index % 2] as string))],
  ])('%s are rows in their order, each as it was', async (_, toolOf) => {
    const bench = openLogBench();
    bench.bus.emit(hubStarted());
    bench.bus.emit(clientConnected());
    makeCalls(bench, toolOf);
    await bench.log.flush();
    expect(rowsOf(bench)).toEqual(Array.from({ length: CALLS }, (__, index) => expectedRow(index, toolOf(index))));
    const [sums] = query(bench.stateDir, 'SELECT calls, bytes_out FROM call_sums WHERE span = 1440 AND name = 0');
    const ended = Array.from({ length: CALLS }, (__, index) => index).filter((index) => index % 10 !== 9);
    expect(sums).toEqual({ calls: ended.length, bytes_out: ended.reduce((sum, index) => sum + 1000 + index, 0) });
  });

  test('are all stored but those that cannot be, which are counted and are in no sum', async () => {
    const bench = openLogBench();
    for (const index of [...Array(40).keys(), 3, 17]) {
      bench.bus.emit(callStarted(idOf(index)));
      bench.bus.emit(callFinished(idOf(index)));
    }
    await bench.log.flush();
    expect(query(bench.stateDir, 'SELECT call_id FROM calls ORDER BY id')).toEqual(
      Array.from({ length: 40 }, (_, index) => ({ call_id: idOf(index) })),
    );
    expect(query(bench.stateDir, 'SELECT calls FROM call_sums WHERE span = 1440 AND name = 0')).toEqual([
      { calls: 40 },
    ]);
    expect(query(bench.stateDir, 'SELECT message FROM problems')).toEqual([
      { message: '2 entries of the log could not be written and are lost' },
    ]);
  });

  test('have their attempts, where one of them is sent again', async () => {
    const bench = openLogBench();
    bench.bus.emit(callStarted('first', { startedAt: 1_795_000_000_000 }));
    bench.bus.emit(callFinished('first'));
    bench.bus.emit(callStarted('again', { startedAt: 1_795_000_000_001 }));
    bench.bus.emit({
      type: 'call.repeated',
      callId: 'again',
      upstream: 'other',
      qualifiedName: 'math__add',
      attempt: 2,
      reason: 'it ended',
      failed: { upstream: 'math', outcome: 'error', errorCode: -32_603, durationMs: 5 },
      at: 1_795_000_000_006,
    });
    bench.bus.emit(callFinished('again', { durationMs: 9 }));
    bench.bus.emit(callStarted('later'));
    await bench.log.flush();
    expect(
      query(bench.stateDir, 'SELECT call_id, attempt, started_at, duration_ms, outcome FROM attempts ORDER BY attempt'),
    ).toEqual([
      { call_id: 'again', attempt: 1, started_at: 1_795_000_000_001, duration_ms: 5, outcome: 'error' },
      { call_id: 'again', attempt: 2, started_at: 1_795_000_000_006, duration_ms: 4, outcome: 'ok' },
    ]);
    expect(query(bench.stateDir, 'SELECT call_id FROM calls ORDER BY id')).toHaveLength(3);
  });
});
