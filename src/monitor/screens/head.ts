import { printable } from '../../utils/printable.ts';
import { windowName } from '../model/commands.ts';
import { type MonitorState, SCREENS, screenOf } from '../model/state.ts';
import { type Line, line, type Span, span, widthOf } from '../text/line.ts';
import type { Theme } from '../text/theme.ts';
import { filterWords } from './empty-calls.ts';

/** The lines above what a place shows: the title, what stands in no title because it is too long, and what is wrong. */
export const headLines = (state: MonitorState, { glyphs }: Theme): Line[] => {
  const { trouble } = state;
  const below = isBelow(state) ? [line(' ', ...badges(state))] : [];
  const wrong = trouble === undefined ? [] : [line(span(` ${printable(trouble)}`, 'bad'))];
  return [titleLine(state, glyphs.dot), ...below, ...wrong];
};

/** How many lines these are. */
export const headRows = (state: MonitorState): number =>
  1 + (isBelow(state) ? 1 : 0) + (state.trouble === undefined ? 0 : 1);

const TITLES: Readonly<Record<(typeof SCREENS)[number], string>> = {
  calls: 'Calls',
  servers: 'Servers',
  tools: 'Tools',
  stats: 'Stats',
  sessions: 'Sessions',
};

const NARROW_BELOW_COLUMNS = 72;

const titleLine = (state: MonitorState, dot: string): Line => {
  const { columns } = state.size;
  const right = [...(isBelow(state) ? [] : badges(state)), ...mode(state, dot)];
  const left = [...nameOf(state), ...tabsOf(state)];
  // The name of the program is what can be spared.
  const shown = cells(left) + 1 + cells(right) <= columns ? left : tabsOf(state);
  return line(...shown, span(' '.repeat(Math.max(1, columns - cells(shown) - cells(right)))), ...right);
};

const nameOf = ({ size, label }: MonitorState): Span[] =>
  size.columns < NARROW_BELOW_COLUMNS ? [] : [span(label === undefined ? ' mcp-hub ' : ` mcp-hub ${label} `, 'accent')];

const tabsOf = (state: MonitorState): Span[] => {
  const space = state.size.columns < NARROW_BELOW_COLUMNS ? '' : ' ';
  const present = screenOf(state);
  return SCREENS.map((screen, index) =>
    span(` ${index + 1} ${TITLES[screen]}${space}`, screen === present ? 'tab' : 'dim'),
  );
};

/** Whether the badges have a line of their own: they are never left out. The dot of any theme takes one cell. */
const isBelow = (state: MonitorState): boolean => {
  const right = badges(state);
  const all = [...nameOf(state), ...tabsOf(state), ...right, ...mode(state, '*')];
  return right.length > 0 && cells(all) + 1 > state.size.columns;
};

/** What changes which calls are seen. */
const badges = (state: MonitorState): Span[] => {
  const filter = filterWords(state);
  const shown = filter === '' ? [] : [span(` ${printable(filter)} `, 'warn'), span(' ')];
  return state.isPaused && screenOf(state) !== 'calls' ? [...shown, span('paused  ', 'warn')] : shown;
};

/** Whether new calls come, or of which time the figures are. */
const mode = (state: MonitorState, dot: string): Span[] => {
  if (screenOf(state) !== 'calls') return [span('last ', 'dim'), span(`${windowName(state.windowMs)} `, 'strong')];
  if (state.isPaused) return [span(`${dot} paused `, 'warn')];
  return [state.isFollowing ? span(`${dot} following `, 'good') : span('f to follow ', 'dim')];
};

const cells = (spans: readonly Span[]): number => spans.reduce((sum, { text }) => sum + widthOf(text), 0);
