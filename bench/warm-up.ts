import { callAtOnce, callInSequence, IN_FLIGHT } from './call-blocks.ts';
import type { RawClient } from './client.ts';
import { prepareCall, SMALL } from './shapes.ts';

/** Milliseconds. */
export interface WarmUpLimits {
  readonly leastMs: number;
  readonly mostMs: number;
}

/** So long is one look at how fast a program is. Milliseconds. */
const BLOCK_MS = 500;

/** A program is warm when so many blocks were not faster than the fastest before them, by more than this part. */
const STEADY_BLOCKS = 3;
const FASTER = 1.03;

/**
 * Calls a program until its code is compiled, which shows in that it does not get faster any more: a process of Node takes
 * some seconds for that, longer the more code a call runs through. Of those who have to take more time each gets it.
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
  const coldPerSecond = (await callSome()).perSecond;
  let fastest = coldPerSecond;
  let steady = 0;
  const isDone = (): boolean => {
    const spentMs = performance.now() - startedAt;
    return spentMs >= mostMs - ms || (spentMs >= leastMs && steady >= STEADY_BLOCKS);
  };
  while (!isDone()) {
    const { perSecond } = await callSome();
    steady = perSecond > fastest * FASTER ? 0 : steady + 1;
    fastest = Math.max(fastest, perSecond);
  }
  await callInSequence(client, request, SMALL.resultBytes, { ms, minCalls: 50 });
  return { coldPerSecond };
};
