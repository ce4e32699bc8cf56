import { COMMON_BINDINGS } from '../model/common-bindings.ts';
import type { Place } from '../model/place.ts';
import { isTooSmall, LEAST_SIZE, type MonitorState, type PlaceName, placeOf } from '../model/state.ts';
import { BLANK, fitLine, type Line, line, wrapText } from '../text/line.ts';
import type { Theme } from '../text/theme.ts';
import { headLines } from './head.ts';
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
  const head = headLines(state, theme);
  const room = rows - head.length - 1;
  const filled = [...body.slice(0, room), ...new Array<Line>(Math.max(0, room - body.length)).fill(BLANK)];
  return [...head, ...filled, lastLine(state, bindings, cut)].map((each) => fitLine(each, columns, cut));
};

/** The way out comes first: a window may have but one line. */
const tooSmall = ({ size: { columns, rows } }: MonitorState, { glyphs }: Theme): Line[] => {
  const least = `${LEAST_SIZE.columns}x${LEAST_SIZE.rows}`;
  const said = wrapText(`q quits. Make the window at least ${least} (it is ${columns}x${rows}).`, columns);
  return Array.from({ length: rows }, (_, index) => fitLine(line(said[index] ?? ''), columns, glyphs.cut));
};
