import { join } from 'node:path';
import { type RawClient, startClient } from './client.ts';
import type { Contender, Upstreams } from './contenders.ts';
import type { Measurements } from './measurements.ts';
import { initialize, listTools } from './open-session.ts';

export const SLOW_UPSTREAMS = '20 slow upstreams';

const UPSTREAMS = 20;
const DELAY_MS = 5000;
const STARTS = 2;
/** A list that is not complete by then will not be. */
const PATIENCE_MS = 25_000;
const PAUSE_MS = 50;

/**
 * The first complete list of a hub whose upstreams take five seconds to start. Its first start, which has to wait for
 * them, is not counted.
 */
export const measureSlowStart = async (hub: Contender, folder: string, measurements: Measurements): Promise<void> => {
  const slow: Upstreams = Object.fromEntries(
    Array.from({ length: UPSTREAMS }, (_, index) => [`slow${index + 1}`, { delayMs: DELAY_MS }]),
  );
  for (let start = 0; start <= STARTS; start += 1) {
    const command = hub.command(join(folder, 'slow'), slow);
    const startedAt = performance.now();
    const client = startClient(command);
    try {
      await initialize(client);
      const initializeMs = performance.now() - startedAt;
      await completeList(client);
      const listMs = performance.now() - startedAt;
      if (start === 0) continue;
      measurements.add(SLOW_UPSTREAMS, 'initialize ms', initializeMs);
      measurements.add(SLOW_UPSTREAMS, 'first list ms', listMs);
      measurements.add(SLOW_UPSTREAMS, 'first list / initialize', listMs / initializeMs);
    } finally {
      await client.close(15_000);
    }
  }
};

const completeList = async (client: RawClient): Promise<void> => {
  const endAt = performance.now() + PATIENCE_MS;
  while ((await listTools(client)) < UPSTREAMS) {
    if (performance.now() > endAt) throw new Error(`not all tools are listed after ${PATIENCE_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
};
