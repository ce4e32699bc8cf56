import { callAtOnce, callInSequence, IN_FLIGHT } from './call-blocks.ts';
import type { RawClient } from './client.ts';
import { prepareCall, SMALL } from './shapes.ts';
import { median } from './statistics.ts';

/** Milliseconds. */
export interface WarmUpLimits {
  readonly leastMs: number;
  readonly mostMs: number;
}

/** So long is one look at how fast a program is. Milliseconds. */
const BLOCK_MS = 500;

/** A program is warm when so many blocks were not faster than as many before them, by more than this part; each by its median. */
const COMPARED = 3;
const FASTER = 1.03;

/**
 * Calls a program until its code is compiled, which shows in that it does not get faster any more: a process of Node takes
 * some seconds for that, the more code a call runs through the longer.
 * @returns how many calls in a second it has made at first.
 */
export const warmUp = async (
  client: RawClient,
  tool: string,
  { leastMs, mostMs }: WarmUpLimits,
): Promise<{ readonly coldPerSecond: number }> => {
  const request = prepareCall(tool, SMALL);
  const ms = Math.min(BLOCK_MS, mostMs / 2);
  const callSome = () => callAtOnce(client, request, SMALL.resultBytes, { ms, minCalls: 200, inFlight: IN_FLIGHT });
  const startedAt = performance.now();
  const rates: number[] = [];
  const isSteady = (): boolean => {
    if (rates.length < 2 * COMPARED) return false;
    return median(rates.slice(-COMPARED)) <= median(rates.slice(-2 * COMPARED, -COMPARED)) * FASTER;
  };
  const isDone = (): boolean => {
    const spentMs = performance.now() - startedAt;
    return spentMs >= mostMs - ms || (spentMs >= leastMs && isSteady());
  };
  do rates.push((await callSome()).perSecond);
  while (!isDone());
  await callInSequence(client, request, SMALL.resultBytes, { ms, minCalls: 50 });
  return { coldPerSecond: rates[0] as number };
};
