import { printable } from '../../utils/printable.ts';
import { windowName } from '../model/commands.ts';
import { COMMON_BINDINGS } from '../model/common-bindings.ts';
import type { Place } from '../model/place.ts';
import {
  isTooSmall,
  LEAST_SIZE,
  type MonitorState,
  type PlaceName,
  placeOf,
  SCREENS,
  screenOf,
} from '../model/state.ts';
import { BLANK, fitLine, type Line, line, type Span, span, widthOf } from '../text/line.ts';
import type { Theme } from '../text/theme.ts';
import { filterWords } from './empty-calls.ts';
import { helpLines } from './help.ts';
import { lastLine } from './last-line.ts';

/** A whole frame: exactly as many lines as the terminal has, each of exactly its width. */
export const frameOf = (state: MonitorState, places: Readonly<Record<PlaceName, Place>>, theme: Theme): Line[] => {
  const { columns, rows } = state.size;
  const { cut } = theme.glyphs;
  if (isTooSmall(state)) return tooSmall(state, theme);
  const place = places[placeOf(state)];
  const bindings = [...place.bindings, ...COMMON_BINDINGS];
  const body = state.helpTop === undefined ? place.view(state, theme) : helpLines(state, bindings);
  const trouble = state.trouble === undefined ? [] : [line(span(` ${printable(state.trouble)}`, 'bad'))];
  const head = [titleLine(state, theme), ...trouble];
  const room = rows - head.length - 1;
  const filled = [...body.slice(0, room), ...new Array<Line>(Math.max(0, room - body.length)).fill(BLANK)];
  return [...head, ...filled, lastLine(state, bindings, cut)].map((each) => fitLine(each, columns, cut));
};

const tooSmall = ({ size: { columns, rows } }: MonitorState, { glyphs }: Theme): Line[] => {
  const say = line(
    `Make the window at least ${LEAST_SIZE.columns}x${LEAST_SIZE.rows} (it is ${columns}x${rows}); q quits`,
  );
  return Array.from({ length: rows }, (_, index) => fitLine(index === 0 ? say : BLANK, columns, glyphs.cut));
};

const TITLES: Readonly<Record<(typeof SCREENS)[number], string>> = {
  calls: 'Calls',
  servers: 'Servers',
  tools: 'Tools',
  stats: 'Stats',
  sessions: 'Sessions',
};

const titleLine = (state: MonitorState, { glyphs }: Theme): Line => {
  const { columns } = state.size;
  const isNarrow = columns < 72;
  const present = screenOf(state);
  const tabs = SCREENS.flatMap((screen, index): Span[] => [
    span(` ${index + 1} ${TITLES[screen]}${isNarrow ? '' : ' '}`, screen === present ? 'tab' : 'dim'),
  ]);
  const name = state.label === undefined ? ' mcp-hub ' : ` mcp-hub ${state.label} `;
  const left = [span(isNarrow ? '' : name, 'accent'), ...tabs];
  const right = badges(state, glyphs.dot);
  const cells = (spans: readonly Span[]): number => spans.reduce((sum, { text }) => sum + widthOf(text), 0);
  const space = columns - cells(left) - cells(right);
  const shown = space >= 1 ? right : right.slice(-1);
  return line(...left, span(' '.repeat(Math.max(1, columns - cells(left) - cells(shown)))), ...shown);
};

/** What changes which calls are seen, and whether new ones come. */
const badges = (state: MonitorState, dot: string): Span[] => {
  const filter = filterWords(state);
  const shown = filter === '' ? [] : [span(` ${printable(filter)} `, 'warn'), span(' ')];
  if (screenOf(state) !== 'calls') {
    const times = [span('last ', 'dim'), span(`${windowName(state.windowMs)} `, 'strong')];
    return [...shown, ...(state.isPaused ? [span('paused  ', 'warn')] : []), ...times];
  }
  if (state.isPaused) return [...shown, span(`${dot} paused `, 'warn')];
  return state.isFollowing ? [...shown, span(`${dot} following `, 'good')] : [...shown, span('f to follow ', 'dim')];
};
