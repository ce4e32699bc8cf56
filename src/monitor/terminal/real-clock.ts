import type { DemoClock } from '../demo/demo-source.ts';

/** The clock of the machine. */
export const REAL_CLOCK: DemoClock = {
  now: () => Date.now(),
  every: (ms, tick) => {
    const timer = setInterval(tick, ms);
    return () => clearInterval(timer);
  },
};
