import { CONTENDER_NAMES } from './contender-names.ts';
import { COLD } from './measure-calls.ts';
import { TOOL_COUNTS, UPSTREAM_COUNTS } from './measure-scale.ts';
import { SLOW_UPSTREAMS } from './measure-slow-start.ts';
import type { Measurements } from './measurements.ts';
import { SHAPES } from './shapes.ts';
import type { Summary } from './statistics.ts';
import { figure, renderTable } from './table.ts';
import { TARGETS, verdictText } from './targets.ts';

/** All tables, as Markdown. What was not measured is left out. */
export const renderReport = (measurements: Measurements): string => {
  const sections = [
    ['What it is to reach', targetTable(measurements)],
    ['Calls, one after the other', sequenceTable(measurements)],
    ['Calls, 32 in flight', atOnceTable(measurements)],
    ['Start, memory, time of the processor', costTable(measurements)],
    ['The hub at scale', scaleTable(measurements)],
    ['Inside the hub, without I/O and JSON', microTable(measurements)],
  ] as const;
  return sections.map(([title, table]) => `### ${title}\n\n${table}\n`).join('\n');
};

const targetTable = (measurements: Measurements): string =>
  renderTable(
    ['', 'target', 'median', 'quartiles', ''],
    TARGETS.map((target) => {
      const summary = target.value(measurements);
      const unit = target.unit === undefined ? '' : ` ${target.unit}`;
      return [
        target.title,
        `${target.bound} ${target.limit}${unit}`,
        summary.count === 0 ? '' : `${figure(summary.median)}${unit}`,
        quartiles(summary),
        verdictText(target, summary),
      ];
    }),
  );

const quartiles = ({ low, high, count }: Summary): string => (count === 0 ? '' : `${figure(low)} to ${figure(high)}`);

/** Those of which there is at least one measure. */
const measured = (measurements: Measurements): readonly string[] =>
  CONTENDER_NAMES.filter((name) => measurements.of(name, 'initialize ms').length > 0);

const measuredShapes = (measurements: Measurements): readonly string[] =>
  SHAPES.map(({ name }) => name).filter((shape) =>
    measured(measurements).some((name) => measurements.of(name, `${shape}: p50 ms`).length > 0),
  );

/** `0.123 (1.30)`: the median, and its ratio to the pipe. */
const withRatio = (measurements: Measurements, contender: string, measure: string): string => {
  const { median, count } = measurements.summary(contender, measure);
  const toPipe = figure(measurements.ratio(contender, 'pipe', measure).median);
  return count === 0 ? '' : `${figure(median)}${toPipe && ` (${toPipe})`}`;
};

const sequenceTable = (measurements: Measurements): string =>
  renderTable(
    ['', 'shape', 'p50 ms (to pipe)', 'quartiles of p50', 'p90 ms (to pipe)', 'p99 ms (to pipe)'],
    measuredShapes(measurements).flatMap((shape) =>
      measured(measurements).map((name) => [
        name,
        shape,
        withRatio(measurements, name, `${shape}: p50 ms`),
        quartiles(measurements.summary(name, `${shape}: p50 ms`)),
        withRatio(measurements, name, `${shape}: p90 ms`),
        withRatio(measurements, name, `${shape}: p99 ms`),
      ]),
    ),
  );

const atOnceTable = (measurements: Measurements): string =>
  renderTable(
    ['', 'shape', 'calls/s (to pipe)', 'quartiles'],
    measuredShapes(measurements).flatMap((shape) =>
      measured(measurements).map((name) => [
        name,
        shape,
        withRatio(measurements, name, `${shape}: calls/s`),
        quartiles(measurements.summary(name, `${shape}: calls/s`)),
      ]),
    ),
  );

const COSTS = [
  'initialize ms',
  'first list ms',
  'peak rss MiB',
  'rss growth MiB',
  COLD,
  'cpu s per 10 000 in sequence',
  'cpu s per 10 000 at once',
] as const;

const costTable = (measurements: Measurements): string =>
  renderTable(
    ['', ...COSTS],
    measured(measurements).map((name) => [
      name,
      ...COSTS.map((cost) => figure(measurements.summary(name, cost).median)),
    ]),
  );

const SCALE = [
  ...TOOL_COUNTS.map((count) => `${count} tools`),
  ...UPSTREAM_COUNTS.map((count) => `${count} upstreams`),
  SLOW_UPSTREAMS,
  'direct, called',
];

const SCALE_MEASURES = [
  'call p50 ms',
  'list ms',
  'initialize ms',
  'first list ms',
  'rss connected MiB',
  'rss called MiB',
] as const;

/** Rows of tools have ten upstreams; of the others' upstreams, ten are connected. */
const scaleTable = (measurements: Measurements): string =>
  renderTable(
    ['', ...SCALE_MEASURES],
    SCALE.map((name) => [name, ...SCALE_MEASURES.map((measure) => figure(measurements.summary(name, measure).median))]),
  );

const MICRO = ['route µs', 'route among 10,000 tools µs', 'interceptors µs', 'call µs'] as const;

const microTable = (measurements: Measurements): string =>
  renderTable(
    ['', 'median', 'quartiles'],
    MICRO.map((measure) => {
      const summary = measurements.summary('micro', measure);
      return [measure, figure(summary.median), quartiles(summary)];
    }),
  );
