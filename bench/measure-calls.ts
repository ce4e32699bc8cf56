import { join } from 'node:path';
import { callAtOnce, callInSequence, IN_FLIGHT } from './call-blocks.ts';
import type { PreparedRequest, RawClient } from './client.ts';
import { type Contender, TWO_UPSTREAMS, toolsOf } from './contenders.ts';
import type { Measurements } from './measurements.ts';
import { open } from './open-session.ts';
import { processFacts, resetPeak } from './process-facts.ts';
import { LARGE_RESULT, prepareCall, type Shape, SMALL } from './shapes.ts';
import { quantile } from './statistics.ts';
import { untilIdle } from './until-idle.ts';
import { type WarmUpLimits, warmUp } from './warm-up.ts';

export interface CallRoundOptions {
  readonly contenders: readonly Contender[];
  readonly shapes: readonly Shape[];
  /** A folder for this round. */
  readonly folder: string;
  /** How long calls of one shape are made, with a contender and in a way. Milliseconds. */
  readonly blockMs: number;
  /** The same for the small ones, which most targets are about: in several blocks, that go from one contender to the next. */
  readonly small: { readonly blocks: number; readonly blockMs: number };
  readonly warmUp: WarmUpLimits;
  readonly measurements: Measurements;
  /** Told, in one sentence, of what could not be measured. */
  readonly onLeftOut: (message: string) => void;
}

interface Running {
  readonly contender: Contender;
  readonly client: RawClient;
}

const MIB = 1024 * 1024;

/**
 * One round: all contenders are started afresh and warmed up, then each shape is called in blocks that go from one contender
 * to the next, so that those that are compared are measured right after each other.
 */
export const measureCalls = async (options: CallRoundOptions): Promise<void> => {
  const { contenders, shapes, folder, measurements } = options;
  const running: Running[] = [];
  try {
    for (const contender of contenders) {
      const client = contender.start(join(folder, contender.name), TWO_UPSTREAMS);
      running.push({ contender, client });
      await open(client, toolsOf(contender));
      const { coldPerSecond } = await warmUp(client, contender.tool, options.warmUp);
      measurements.add(contender.name, COLD, coldPerSecond);
    }
    for (const shape of shapes) {
      if (shape === SMALL) await measureSmall(running, options);
      else
        for (const one of running)
          if (one.contender.isForSmall !== true)
            await whereAble(one, shape, options, () => measureShape(one, shape, options));
    }
    for (const { contender, client } of running) {
      measurements.add(contender.name, 'peak rss MiB', processFacts(client.pid).peakRssBytes / MIB);
    }
  } finally {
    await Promise.all(running.map(({ client }) => client.close()));
  }
};

/** The calls of the first half second of a program, while its code is not compiled yet. */
export const COLD = 'calls/s at first';

/** Each way of calling in turns: a disturbance of the machine meets a block of each contender. */
const measureSmall = async (running: readonly Running[], options: CallRoundOptions): Promise<void> => {
  const { measurements, small } = options;
  const all = running.map((one) => ({
    ...one,
    latencies: [] as number[],
    rates: [] as number[],
    cpuMs: 0,
    calls: 0,
    isLeftOut: false,
  }));
  const inTurns = async (measure: (one: (typeof all)[number], request: PreparedRequest) => Promise<void>) => {
    for (let block = 0; block < small.blocks; block += 1) {
      for (const one of block % 2 === 0 ? all : all.toReversed()) {
        if (one.isLeftOut) continue;
        one.isLeftOut = !(await whereAble(one, SMALL, options, async () => {
          const before = processFacts(one.client.pid).cpuMs;
          await measure(one, prepareCall(one.contender.tool, SMALL));
          await untilIdle(one.client.pid);
          one.cpuMs += processFacts(one.client.pid).cpuMs - before;
        }));
      }
    }
  };
  await inTurns(async (one, request) => {
    const budget = { ms: small.blockMs, minCalls: 10 };
    one.latencies.push(...(await callInSequence(one.client, request, SMALL.resultBytes, budget)));
  });
  for (const one of all.filter(({ isLeftOut }) => !isLeftOut)) {
    addLatencies(measurements, one.contender.name, SMALL, one.latencies);
    measurements.add(
      one.contender.name,
      'cpu s per 10 000 in sequence',
      perTenThousand(one.cpuMs, one.latencies.length),
    );
    one.cpuMs = 0;
  }
  await inTurns(async (one, request) => {
    const budget = { ms: small.blockMs, minCalls: 2, inFlight: IN_FLIGHT };
    const { calls, perSecond } = await callAtOnce(one.client, request, SMALL.resultBytes, budget);
    one.calls += calls;
    one.rates.push(perSecond);
  });
  for (const { contender, rates, cpuMs, calls } of all.filter(({ isLeftOut }) => !isLeftOut)) {
    measurements.add(contender.name, `${SMALL.name}: calls/s`, quantile(rates, 0.5));
    measurements.add(contender.name, 'cpu s per 10 000 at once', perTenThousand(cpuMs, calls));
  }
};

const addLatencies = (measurements: Measurements, name: string, shape: Shape, latencies: readonly number[]): void => {
  measurements.add(name, `${shape.name}: p50 ms`, quantile(latencies, 0.5));
  measurements.add(name, `${shape.name}: p90 ms`, quantile(latencies, 0.9));
  measurements.add(name, `${shape.name}: p99 ms`, quantile(latencies, 0.99));
};

/** A foreign program that does not carry a shape has no figures for it. Whether it carries it. */
const whereAble = async (
  { contender: { name, isForeign = false } }: Running,
  shape: Shape,
  options: CallRoundOptions,
  measure: () => Promise<void>,
): Promise<boolean> => {
  try {
    await measure();
    return true;
  } catch (error) {
    if (!isForeign) throw new Error(`${name}, ${shape.name}: ${String(error)}`, { cause: error });
    options.onLeftOut(`${name} is left out of ${shape.name}: ${String(error)}`);
    return false;
  }
};

const measureShape = async ({ contender, client }: Running, shape: Shape, options: CallRoundOptions): Promise<void> => {
  const { measurements, blockMs: ms } = options;
  const request = prepareCall(contender.tool, shape);
  const isLarge = shape.name === LARGE_RESULT;
  const before = processFacts(client.pid);
  if (isLarge) resetPeak(client.pid);

  const latencies = await callInSequence(client, request, shape.resultBytes, { ms, minCalls: 10 });
  addLatencies(measurements, contender.name, shape, latencies);
  if (isLarge)
    measurements.add(contender.name, 'rss growth MiB', (processFacts(client.pid).peakRssBytes - before.rssBytes) / MIB);
  // What a program has put off is its own work, and does not disturb who is measured next.
  await untilIdle(client.pid);

  const atOnce = await callAtOnce(client, request, shape.resultBytes, { ms, minCalls: 2, inFlight: IN_FLIGHT });
  measurements.add(contender.name, `${shape.name}: calls/s`, atOnce.perSecond);
  await untilIdle(client.pid);
};

const perTenThousand = (cpuMs: number, calls: number): number => (cpuMs / 1000 / calls) * 10_000;
