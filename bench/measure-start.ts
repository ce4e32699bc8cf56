import { join } from 'node:path';
import { type Contender, TWO_UPSTREAMS, toolsOf } from './contenders.ts';
import type { Measurements } from './measurements.ts';
import { open } from './open-session.ts';

export interface StartRoundOptions {
  readonly contenders: readonly Contender[];
  /** A folder that all rounds share, so that a second start finds what the first has left. */
  readonly folder: string;
  readonly measurements: Measurements;
}

/** Starts each contender once and ends it: the time to the answer to `initialize`, and to the first complete list. */
export const measureStarts = async ({ contenders, folder, measurements }: StartRoundOptions): Promise<void> => {
  for (const contender of contenders) {
    const startedAt = performance.now();
    const client = contender.start(join(folder, contender.name), TWO_UPSTREAMS);
    try {
      const { initializedAt, listedAt } = await open(client, toolsOf(contender));
      measurements.add(contender.name, 'initialize ms', initializedAt - startedAt);
      measurements.add(contender.name, 'first list ms', listedAt - startedAt);
    } finally {
      await client.close();
    }
  }
};
