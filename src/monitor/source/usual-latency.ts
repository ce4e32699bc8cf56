import type { LatencyBucket } from '../../store/monitor-queries/tally.ts';
import type { ToolName, UsualLatency } from './monitor-source.ts';

/** Of fewer calls nothing is said: the next one may well take longer than all of them. */
const FEWEST_CALLS = 5;

/** So long what was found is used again. */
const KEPT_MS = 60_000;

/** The classes are each 19 % longer than the one before, so that the end of one is known to some percent. */
const CLASS_WIDTH = 2 ** (1 / 4);

/** Upper end of the class of the call that 95 % of all do not exceed; undefined for too few. */
export const p95OfBuckets = (buckets: readonly LatencyBucket[]): number | undefined => {
  const total = buckets.reduce((sum, { calls }) => sum + calls, 0);
  if (total < FEWEST_CALLS) return undefined;
  let passed = 0;
  for (const { fromMs, calls } of buckets) {
    passed += calls;
    if (passed >= total * 0.95) return fromMs * CLASS_WIDTH;
  }
  return undefined;
};

/** Asks for what a tool's calls usually take at most once a minute for each tool. */
export const keepUsualLatency = (read: UsualLatency, now: () => number): UsualLatency => {
  const kept = new Map<string, { readonly at: number; readonly p95: number | undefined }>();
  return (tool: ToolName) => {
    const key = JSON.stringify([tool.upstream, tool.ownName]);
    const known = kept.get(key);
    if (known !== undefined && now() - known.at < KEPT_MS) return known.p95;
    const p95 = read(tool);
    kept.set(key, { at: now(), p95 });
    return p95;
  };
};
