import { join } from 'node:path';
import { callAtOnce, callInSequence } from './call-blocks.ts';
import type { RawClient } from './client.ts';
import { type Contender, TWO_UPSTREAMS, toolsOf } from './contenders.ts';
import type { Measurements } from './measurements.ts';
import { open } from './open-session.ts';
import { processFacts, resetPeak } from './process-facts.ts';
import { LARGE_RESULT, prepareCall, type Shape, SMALL } from './shapes.ts';
import { quantile } from './statistics.ts';
import { untilIdle } from './until-idle.ts';

export interface CallRoundOptions {
  readonly contenders: readonly Contender[];
  readonly shapes: readonly Shape[];
  /** A folder for this round. */
  readonly folder: string;
  /** How long calls of one shape are made, with a contender and in a way. Milliseconds. */
  readonly blockMs: number;
  /** The same for the small ones, which most targets are about. */
  readonly smallBlockMs: number;
  readonly warmUpMs: number;
  readonly measurements: Measurements;
  /** Told, in one sentence, what could not be measured. */
  readonly onLeftOut: (message: string) => void;
}

export const IN_FLIGHT = 32;

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
      await warmUp(client, contender, options);
    }
    for (const shape of shapes) {
      for (const one of running) await measureWhereAble(one, shape, options);
    }
    for (const { contender, client } of running) {
      measurements.add(contender.name, 'peak rss MiB', processFacts(client.pid).peakRssBytes / MIB);
    }
  } finally {
    await Promise.all(running.map(({ client }) => client.close()));
  }
};

/** Until the code of the contender is compiled. */
const warmUp = async (client: RawClient, { tool }: Contender, { warmUpMs }: CallRoundOptions): Promise<void> => {
  const request = prepareCall(tool, SMALL);
  await callInSequence(client, request, SMALL.resultBytes, { ms: warmUpMs / 2, minCalls: 50 });
  await callAtOnce(client, request, SMALL.resultBytes, { ms: warmUpMs / 2, minCalls: 200, inFlight: IN_FLIGHT });
};

/** A foreign program that does not carry a shape has no figures for it. */
const measureWhereAble = async (one: Running, shape: Shape, options: CallRoundOptions): Promise<void> => {
  const { name, isForeign = false } = one.contender;
  try {
    await measureShape(one, shape, options);
  } catch (error) {
    if (!isForeign) throw new Error(`${name}, ${shape.name}: ${String(error)}`, { cause: error });
    options.onLeftOut(`${name} is left out of ${shape.name}: ${String(error)}`);
  }
};

const measureShape = async ({ contender, client }: Running, shape: Shape, options: CallRoundOptions): Promise<void> => {
  const { measurements, blockMs, smallBlockMs } = options;
  const add = (measure: string, value: number): void => measurements.add(contender.name, measure, value);
  const request = prepareCall(contender.tool, shape);
  const ms = shape === SMALL ? smallBlockMs : blockMs;
  const isLarge = shape.name === LARGE_RESULT;
  const before = processFacts(client.pid);
  if (isLarge) resetPeak(client.pid);

  const latencies = await callInSequence(client, request, shape.resultBytes, { ms, minCalls: 10 });
  add(`${shape.name}: p50 ms`, quantile(latencies, 0.5));
  add(`${shape.name}: p90 ms`, quantile(latencies, 0.9));
  add(`${shape.name}: p99 ms`, quantile(latencies, 0.99));
  if (isLarge) add('rss growth MiB', (processFacts(client.pid).peakRssBytes - before.rssBytes) / MIB);
  // What a program has put off is its own work: it is counted as such, and does not disturb who is measured next.
  await untilIdle(client.pid);
  const between = processFacts(client.pid);
  if (shape === SMALL)
    add('cpu s per 10 000 in sequence', perTenThousand(between.cpuMs - before.cpuMs, latencies.length));

  const atOnce = await callAtOnce(client, request, shape.resultBytes, { ms, minCalls: 2, inFlight: IN_FLIGHT });
  add(`${shape.name}: calls/s`, atOnce.perSecond);
  await untilIdle(client.pid);
  if (shape === SMALL)
    add('cpu s per 10 000 at once', perTenThousand(processFacts(client.pid).cpuMs - between.cpuMs, atOnce.calls));
};

const perTenThousand = (cpuMs: number, calls: number): number => (cpuMs / 1000 / calls) * 10_000;
