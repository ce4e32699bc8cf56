import { ratio, type Summary, summarize } from '../statistics.ts';
import { figure, renderTable } from '../table.ts';
import { type Bound, verdictText } from '../targets.ts';
import type { LossFigures } from './measure-loss.ts';
import type { QueryFigures } from './measure-queries.ts';

/** What was measured of the monitor. */
export interface MonitorFigures {
  readonly queries: readonly QueryFigures[];
  /** Milliseconds from the start to the first frame, in turns, with a long log and a short one. */
  readonly starts: { readonly long: readonly number[]; readonly short: readonly number[] };
  /** Milliseconds from a key to its frame, by key. */
  readonly keys: ReadonlyMap<string, readonly number[]>;
  /** Percent of a core, of a monitor that was used and now idles. */
  readonly cpuPercent: number;
  readonly load: LossFigures;
  /** The most memory that the monitor had in all of this, in MiB. */
  readonly peakRssMib: number;
}

/** All tables, as Markdown. */
export const renderMonitorReport = (figures: MonitorFigures): string =>
  [
    ['What it is to reach', targetTable(figures)],
    ['Queries', queryTable(figures.queries)],
    ['Starts and keys', timeTable(figures)],
  ]
    .map(([title, table]) => `### ${title}\n\n${table}\n`)
    .join('\n');

const targetTable = (figures: MonitorFigures): string =>
  renderTable(
    ['', 'target', 'median', 'quartiles', ''],
    targets(figures).map(([target, summary]) => {
      const unit = target.unit === undefined ? '' : ` ${target.unit}`;
      return [
        target.title,
        `${target.bound} ${target.limit}${unit}`,
        `${figure(summary.median)}${unit}`,
        summary.count > 1 ? `${figure(summary.low)} to ${figure(summary.high)}` : '',
        target.isLoss === true ? lossVerdict(target, summary) : verdictText(target, summary),
      ];
    }),
  );

/** A loss cannot be below nothing. */
interface MonitorBound extends Bound {
  readonly isLoss?: true;
}

/** `noise` where the figure is further below zero than the limit is above it: then it tells nothing of the limit. */
const lossVerdict = (target: Bound, summary: Summary): string =>
  summary.median < -target.limit ? 'noise: no loss is below zero' : verdictText(target, summary);

const targets = ({
  queries,
  starts,
  keys,
  cpuPercent,
  load,
  peakRssMib,
}: MonitorFigures): Array<[MonitorBound, Summary]> => {
  const slowest = queries.reduce((one, other) => (other.medianMs > one.medianMs ? other : one));
  const loss = ratio(load.watched, load.alone);
  const lossPercent = {
    ...loss,
    median: lossOf(loss.median),
    low: lossOf(loss.high),
    high: lossOf(loss.low),
  };
  return [
    [
      { title: 'start to the first frame, the long log / one of 100 calls', bound: 'at most', limit: 1.5 },
      ratio(starts.long, starts.short),
    ],
    [
      { title: `the slowest query (${slowest.name})`, bound: 'at most', limit: 10, unit: 'ms' },
      summarize([slowest.medianMs]),
    ],
    [{ title: 'a key to its frame', bound: 'at most', limit: 50, unit: 'ms' }, summarize([...keys.values()].flat())],
    [
      { title: 'processor of an idle monitor, of a core', bound: 'at most', limit: 2, unit: '%' },
      summarize([cpuPercent]),
    ],
    [
      { title: 'RSS of the monitor, the most it had in all of this', bound: 'at most', limit: 150, unit: 'MiB' },
      summarize([peakRssMib]),
    ],
    [
      {
        title: 'calls/s that a hub loses while a monitor watches',
        bound: 'at most',
        limit: 5,
        unit: '%',
        isLoss: true,
      },
      lossPercent,
    ],
  ];
};

const lossOf = (part: number): number => (1 - part) * 100;

const queryTable = (queries: readonly QueryFigures[]): string =>
  renderTable(
    ['query', 'median ms', '95 % ms'],
    queries.map(({ name, medianMs, p95Ms }) => [name, figure(medianMs), figure(p95Ms)]),
  );

const timeTable = ({ starts, keys, load }: MonitorFigures): string => {
  const row = (name: string, values: readonly number[]): string[] => {
    const { median, low, high } = summarize(values);
    return [name, figure(median), `${figure(low)} to ${figure(high)}`];
  };
  return renderTable(
    ['', 'median', 'quartiles'],
    [
      row('start, the long log, ms', starts.long),
      row('start, a log of 100 calls, ms', starts.short),
      ...[...keys].map(([name, times]) => row(`key: ${name}, ms`, times)),
      row('calls/s of a hub, watched', load.watched),
      row('calls/s of a hub, alone', load.alone),
      row('frames/s of the monitor meanwhile', load.frames),
      row('% of a core that it took for them', load.cpuPercent),
    ],
  );
};
