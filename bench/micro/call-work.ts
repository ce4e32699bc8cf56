import { Bench } from 'tinybench';
import type { Call } from '../../src/dispatch/call.ts';
import type { Reply } from '../../src/dispatch/reply.ts';
import { resolve } from '../../src/relay/resolve.ts';
import { Cancellation } from '../../src/utils/cancellation.ts';
import { Eventual } from '../../src/utils/eventual.ts';
import { createMicroCore } from './core.ts';

/** The work inside the hub, without I/O and without JSON. All in microseconds for one call, as the median. */
export interface CallWork {
  /** Finding the owner of a name among ten tools, and among ten thousand. */
  readonly routeUs: number;
  readonly routeAmongManyUs: number;
  /** The interceptors around a step that answers at once. */
  readonly interceptorsUs: number;
  /**
   * All of it, from the request that is parsed to the parts of its answer: session, route, interceptors, events for the log,
   * ids of the client and of the upstream, and back; less what waiting for an answer costs that comes by itself.
   */
  readonly callUs: number;
}

/** One measurement covers so many, because a single one is shorter than the clock can tell. */
const BATCH = 100;

/** @param timeMs how long each function is repeated. */
export const measureCallWork = async (timeMs: number): Promise<CallWork> => {
  const few = await createMicroCore(toolNames(10));
  const many = await createMicroCore(toolNames(10_000));
  const pipeline = few.pipeline(answerSoon);
  const bench = new Bench({ time: timeMs, warmupTime: timeMs / 2 });
  bench
    .add('route', () => {
      for (let index = 0; index < BATCH; index += 1) resolve(few.view, 'tool', 'alpha__tool_3');
    })
    .add('route among many', () => {
      for (let index = 0; index < BATCH; index += 1) resolve(many.view, 'tool', 'alpha__tool_3');
    })
    .add('interceptors', async () => {
      for (let index = 0; index < BATCH; index += 1) await pipeline({ ...CALL, signal: new Cancellation() });
    })
    .add('wait', async () => {
      for (let index = 0; index < BATCH; index += 1) await few.wait();
    })
    .add('call', async () => {
      for (let index = 0; index < BATCH; index += 1) await few.call();
    });
  await bench.run();
  const medianUs = (name: string): number => {
    const result = bench.getTask(name)?.result;
    if (result === undefined || !('latency' in result)) throw new Error(`${name} could not be measured`);
    return (result.latency.p50 * 1000) / BATCH;
  };
  return {
    routeUs: medianUs('route'),
    routeAmongManyUs: medianUs('route among many'),
    interceptorsUs: medianUs('interceptors'),
    callUs: medianUs('call') - medianUs('wait'),
  };
};

/** As a server does: in a later turn, and to all who follow at once. */
const answerSoon = (): Eventual<Reply> => {
  const answered = new Eventual<Reply>();
  queueMicrotask(() => answered.resolve(REPLY));
  return answered;
};

const toolNames = (count: number): string[] => Array.from({ length: count }, (_, index) => `tool_${index}`);

/** All but the signal, of which each call has one of its own. */
const CALL: Omit<Call, 'signal'> = {
  callId: 'call-1',
  method: 'tools/call',
  params: { name: 'tool_3', arguments: {} },
  client: {
    id: 'client',
    era: 'legacy',
    protocolVersion: '2025-11-25',
    info: { name: 'bench', version: '1.0.0' },
    hasSession: true,
    capabilities: {},
  },
  target: { upstream: 'alpha', qualifiedName: 'alpha__tool_3', ownName: 'tool_3' },
  logLevel: undefined,
  wantsProgress: false,
  sink: { sent: () => {}, progress: () => {}, log: () => {} },
  bytesIn: 100,
  ask: async () => ({ ok: true, result: {} }),
};

const REPLY: Reply = {
  kind: 'result',
  body: { era: 'legacy', bytes: Buffer.from('{}'), value: {} },
  time: { startMs: 0, workMs: 0 },
};
