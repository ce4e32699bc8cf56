import { printable } from '../../utils/printable.ts';
import { windowName } from '../model/commands.ts';
import type { MonitorState } from '../model/state.ts';
import type { StatsView } from '../source/monitor-source.ts';
import { columnChart, horizontalBar, squeezed } from '../text/bars.ts';
import { clip, type Line, line, padded, span } from '../text/line.ts';
import { count, duration, percent, tokensOf } from '../text/quantities.ts';
import type { Theme } from '../text/theme.ts';

export interface PanelAt {
  readonly state: MonitorState;
  readonly stats: StatsView;
  readonly theme: Theme;
  /** Cells. */
  readonly width: number;
}

const CHART_ROWS = 5;

/** Calls over the time, and below them those that failed. */
export const timelinePanel = ({ state, stats, theme, width }: PanelAt): Line[] => {
  const { glyphs } = theme;
  const cells = Math.min(width - 8, 120);
  const calls = stretched(
    stats.timeline.map((each) => each.calls),
    cells,
  );
  const errors = stretched(
    stats.timeline.map((each) => each.errors),
    cells,
  );
  const most = Math.max(1, ...calls);
  const rows = columnChart(calls, CHART_ROWS, glyphs);
  const axis = (text: string) => span(padded(text, 6, glyphs.cut, 'right'), 'dim');
  const end = 'now';
  const begin = `${windowName(state.windowMs)} ago`;
  const failed = errors.map((each) => (each > 0 ? 'x' : ' ')).join('');
  return [
    title(
      'calls over time',
      ` ${count(sum(stats.timeline.map((each) => each.calls)))} calls, ${count(sum(stats.timeline.map((each) => each.errors)))} failed (x)`,
    ),
    ...rows.map((row, index) =>
      line(
        axis(index === 0 ? count(most) : index === rows.length - 1 ? '0' : ''),
        span(` ${glyphs.vertical}`, 'dim'),
        span(row, 'bar'),
      ),
    ),
    line(axis('failed'), span(` ${glyphs.vertical}`, 'dim'), span(failed, 'bad')),
    line(span(`        ${begin}${' '.repeat(Math.max(1, calls.length - begin.length - end.length))}${end}`, 'dim')),
  ];
};

const LABEL_CELLS = 10;

/** How long calls took, in classes that grow. */
export const latencyPanel = ({ stats, theme, width }: PanelAt): Line[] => {
  const most = Math.max(...stats.histogram.map(({ calls }) => calls), 0);
  const total = sum(stats.histogram.map(({ calls }) => calls));
  const cells = Math.max(4, Math.min(40, width - LABEL_CELLS - 16));
  const rows = stats.histogram.map(({ belowMs, calls }, index) => {
    const label = belowMs === undefined ? `>${duration(stats.histogram[index - 1]?.belowMs)}` : `<${duration(belowMs)}`;
    return line(
      span(padded(label, LABEL_CELLS, theme.glyphs.cut, 'right'), 'dim'),
      ' ',
      span(padded(horizontalBar(calls, most, cells, theme.glyphs), cells, ''), 'bar'),
      padded(count(calls), 6, theme.glyphs.cut, 'right'),
      span(calls === 0 ? '' : `  ${percent(calls, total)}`, 'dim'),
    );
  });
  return [title('latency', ' of calls that have ended'), ...rows];
};

/** What the title of the panel takes with all its words. */
const WHOLE_TITLE_CELLS = 62;

/** Tokens of a model's context that the budget is measured by. */
const CONTEXT_TOKENS = 200_000;

/** What the definitions of all tools take of a model's context. */
export const contextPanel = ({ stats, theme, width }: PanelAt): Line[] => {
  const servers = stats.servers.toSorted((a, b) => b.definitionBytes - a.definitionBytes);
  const total = sum(servers.map(({ definitionBytes }) => definitionBytes));
  const cells = Math.max(4, Math.min(30, width - 34));
  const row = (name: string, bytes: number, style: 'strong' | 'name'): Line =>
    line(
      ' ',
      span(padded(printable(name), 14, theme.glyphs.cut), style),
      padded(count(tokensOf(bytes)), 7, theme.glyphs.cut, 'right'),
      ' ',
      span(padded(horizontalBar(bytes, total, cells, theme.glyphs), cells, ''), 'bar'),
      span(` ${percent(tokensOf(bytes), CONTEXT_TOKENS)}`, 'dim'),
    );
  const { tools, of, definitionBytes } = stats.neverCalled;
  return [
    title(
      'context budget',
      width < WHOLE_TITLE_CELLS ? ' of 200k tokens (estimate)' : ' of 200k tokens, if loaded up front (estimate)',
    ),
    row('all tools', total, 'strong'),
    ...servers.slice(0, 6).map(({ name, definitionBytes: bytes }) => row(name, bytes, 'name')),
    ...(of === 0
      ? []
      : [
          line(
            ' ',
            span(`${tools} of ${of}`, tools > 0 ? 'warn' : 'good'),
            span(' tools never called: ', 'dim'),
            span(`${count(tokensOf(definitionBytes))} tokens`, tools > 0 ? 'warn' : 'good'),
            span('  (3, x hides)', 'dim'),
          ),
        ]),
  ];
};

/** Bad ends by their kind, each with its latest message. */
export const errorsPanel = ({ stats, theme, width }: PanelAt): Line[] => [
  title('errors by kind', ''),
  ...(stats.errors.length === 0 ? [line(span('  none', 'good'))] : []),
  ...stats.errors
    .slice(0, 6)
    .map(({ kind, calls, example }) =>
      line(
        ' ',
        span(padded(kind.replace('_', ' '), 11, theme.glyphs.cut), 'bad'),
        padded(count(calls), 5, theme.glyphs.cut, 'right'),
        span(`  ${clip(printable(example ?? ''), Math.max(8, width - 20), theme.glyphs.cut)}`, 'dim'),
      ),
    ),
];

/** The clients and the tools with most calls. */
export const talkersPanel = ({ stats, theme, width }: PanelAt): Line[] => {
  const talkers = [...stats.clients.slice(0, 3), ...stats.tools.slice(0, 6)];
  const most = Math.max(...talkers.map(({ calls }) => calls), 0);
  const nameCells = Math.min(44, Math.max(16, width - 26));
  return [
    title('top talkers', ' clients, tools: calls, tokens'),
    ...talkers.map(({ name, calls, bytes }, index) =>
      line(
        ' ',
        span(
          padded(printable(name), nameCells, theme.glyphs.cut),
          index < Math.min(3, stats.clients.length) ? 'strong' : 'plain',
        ),
        padded(count(calls), 6, theme.glyphs.cut, 'right'),
        padded(count(tokensOf(bytes)), 7, theme.glyphs.cut, 'right'),
        ' ',
        span(horizontalBar(calls, most, Math.max(0, width - nameCells - 17), theme.glyphs), 'bar'),
      ),
    ),
  ];
};

const title = (text: string, rest: string): Line => line(span(` ${text}`, 'accent'), span(rest, 'dim'));

const sum = (values: readonly number[]): number => values.reduce((total, each) => total + each, 0);

/** The values in `width` columns: neighbours are added, or each takes as many columns as there is room for. */
const stretched = (values: readonly number[], width: number): number[] =>
  values.length > width
    ? squeezed(values, width)
    : Array.from({ length: width }, (_, column) => values[Math.floor((column * values.length) / width)] ?? 0);
