import { SLOW_UPSTREAMS } from './measure-slow-start.ts';
import type { Measurements } from './measurements.ts';
import type { Summary } from './statistics.ts';

/** One thing that the hub is to reach. */
export interface Target {
  readonly title: string;
  readonly bound: 'at most' | 'at least';
  readonly limit: number;
  /** What is wished for beyond it. */
  readonly aim?: number;
  /** What the values are; default: a ratio. */
  readonly unit?: 'MiB' | 'µs' | 'ms' | '%';
  /** The value, of which nothing is known where it was not measured. */
  readonly value: (measurements: Measurements) => Summary;
}

const LARGE = 'result 1 MiB: p50 ms';
const AT_ONCE = 'small: calls/s';

/** Everything that was promised, in the order of the promise. */
export const TARGETS: readonly Target[] = [
  {
    title: 'p50 of a small call, hub / pipe',
    bound: 'at most',
    limit: 1.3,
    aim: 1.15,
    value: (m) => m.ratio('hub', 'pipe', 'small: p50 ms'),
  },
  {
    title: 'calls/s at 32 in flight, hub / pipe',
    bound: 'at least',
    limit: 0.7,
    aim: 1,
    value: (m) => m.ratio('hub', 'pipe', AT_ONCE),
  },
  ...(['sdk-v2', 'peer-mcp-hub', 'peer-mcporter'] as const).map(
    (contender): Target => ({
      title: `calls/s at 32 in flight, hub / ${contender}`,
      bound: 'at least',
      limit: 3,
      value: (m) => m.ratio('hub', contender, AT_ONCE),
    }),
  ),
  {
    title: 'p50 of a call with a 1 MiB result, hub / pipe',
    bound: 'at most',
    limit: 1.4,
    value: (m) => m.ratio('hub', 'pipe', LARGE),
  },
  {
    title: 'growth of the hub over calls with a 1 MiB result',
    bound: 'at most',
    limit: 60,
    unit: 'MiB',
    value: (m) => m.summary('hub', 'rss growth MiB'),
  },
  {
    title: 'calls/s at 32 in flight, log on / log off',
    bound: 'at least',
    limit: 0.9,
    value: (m) => m.ratio('hub', 'hub-nolog', AT_ONCE),
  },
  {
    title: 'spawn to `initialize` answer, hub / direct',
    bound: 'at most',
    limit: 2.5,
    aim: 1.6,
    value: (m) => m.ratio('hub', 'direct', 'initialize ms'),
  },
  {
    title: 'first list with 20 upstreams that take 5 s, second start / `initialize` answer',
    bound: 'at most',
    limit: 3,
    value: (m) => m.summary(SLOW_UPSTREAMS, 'first list / initialize'),
  },
  {
    title: 'RSS with 10 connected upstreams, hub / direct',
    bound: 'at most',
    limit: 1.6,
    value: (m) => m.ratioOf(['10 upstreams', 'rss connected MiB'], ['direct, called', 'rss connected MiB']),
  },
  {
    title: 'p50 of a call, 10,000 tools in the catalog / 10',
    bound: 'at most',
    limit: 1.1,
    value: (m) => m.ratioOf(['10000 tools', 'call p50 ms'], ['10 tools', 'call p50 ms']),
  },
  {
    title: 'work of one call inside the hub, without I/O and JSON',
    bound: 'at most',
    limit: 2,
    unit: 'µs',
    value: (m) => m.summary('micro', 'call µs'),
  },
];

export type Verdict = 'reached' | 'missed' | 'not measured';

/** What is to be reached, by itself. */
export type Bound = Omit<Target, 'value'>;

export const judge = ({ bound, limit }: Bound, { median }: Summary): Verdict => {
  if (Number.isNaN(median)) return 'not measured';
  return (bound === 'at most' ? median <= limit : median >= limit) ? 'reached' : 'missed';
};

/** For example `missed by 12 %`, of the limit; or `reached, and the aim of 1.15`. */
export const verdictText = (target: Bound, summary: Summary): string => {
  const { bound, limit, aim } = target;
  const verdict = judge(target, summary);
  if (verdict === 'missed') return `missed by ${Math.round((Math.abs(summary.median - limit) / limit) * 100)} %`;
  const hasAim = aim !== undefined && judge({ ...target, limit: aim }, summary) === 'reached';
  return verdict === 'reached' && hasAim ? `reached, and the aim of ${bound} ${aim}` : verdict;
};
