import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Measurements } from './measurements.ts';
import type { CallWork } from './micro/call-work.ts';

const PROGRAM = join(import.meta.dirname, 'micro', 'main.ts');

/** Times the work inside the hub in processes of their own, whose compiler has seen nothing else. */
export const measureMicro = (rounds: number, timeMs: number, measurements: Measurements): void => {
  for (let round = 0; round < rounds; round += 1) {
    const work = JSON.parse(
      execFileSync(process.execPath, [PROGRAM, String(timeMs)], { encoding: 'utf8' }),
    ) as CallWork;
    measurements.add('micro', 'route µs', work.routeUs);
    measurements.add('micro', 'route among 10,000 tools µs', work.routeAmongManyUs);
    measurements.add('micro', 'interceptors µs', work.interceptorsUs);
    measurements.add('micro', 'call µs', work.callUs);
  }
};
