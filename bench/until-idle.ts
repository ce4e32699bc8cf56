import { processFacts } from './process-facts.ts';

const LOOK_MS = 60;
const LONGEST_WAIT_MS = 5000;

/** Resolves when processes have used no time of the processor for a moment: what they had put off is done. At most five seconds. */
export const untilIdle = async (...pids: readonly number[]): Promise<void> => {
  const used = (): number => pids.reduce((sum, pid) => sum + processFacts(pid).cpuMs, 0);
  const endAt = performance.now() + LONGEST_WAIT_MS;
  for (let before = -1; before !== used() && performance.now() < endAt; ) {
    before = used();
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
};
