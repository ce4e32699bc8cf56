import { join } from 'node:path';
import type { Contender, Upstreams } from './contenders.ts';
import type { Measurements } from './measurements.ts';
import { open } from './open-session.ts';

export const SLOW_UPSTREAMS = '20 slow upstreams';

const UPSTREAMS = 20;
const DELAY_MS = 5000;
const STARTS = 2;

/**
 * The first complete list of a hub whose upstreams take five seconds to start. Its first start, which has to wait for
 * them, is not counted.
 */
export const measureSlowStart = async (hub: Contender, folder: string, measurements: Measurements): Promise<void> => {
  const slow: Upstreams = Object.fromEntries(
    Array.from({ length: UPSTREAMS }, (_, index) => [`slow${index + 1}`, { delayMs: DELAY_MS }]),
  );
  for (let start = 0; start <= STARTS; start += 1) {
    const startedAt = performance.now();
    const client = hub.start(join(folder, 'slow'), slow);
    try {
      const { initializedAt, listedAt } = await open(client, UPSTREAMS);
      const initializeMs = initializedAt - startedAt;
      const listMs = listedAt - startedAt;
      if (start === 0) continue;
      measurements.add(SLOW_UPSTREAMS, 'initialize ms', initializeMs);
      measurements.add(SLOW_UPSTREAMS, 'first list ms', listMs);
      measurements.add(SLOW_UPSTREAMS, 'first list / initialize', listMs / initializeMs);
    } finally {
      await client.close(15_000);
    }
  }
};
