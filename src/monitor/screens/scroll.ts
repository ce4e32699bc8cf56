import { cursorOf, type MonitorState, type PlaceName, type RowKey } from '../model/state.ts';
import { type Line, line, selectedLine, span } from '../text/line.ts';

/** The part of long content that is seen, with the line of the cursor marked. */
export const scrolled = (
  state: MonitorState,
  place: PlaceName,
  lines: readonly Line[],
  { rows, width, cut }: { readonly rows: number; readonly width: number; readonly cut: string },
): Line[] => {
  const { key, top } = cursorOf(state, place);
  return lines
    .slice(top, top + rows)
    .map((each, index) => (top + index === (key ?? 0) ? selectedLine(each, width, cut) : each));
};

/** Rows that are told from each other by their place alone. */
export const lineKeys = (count: number): RowKey[] => Array.from({ length: count }, (_, index) => index);

/** The places of content without a cursor, which moves as a whole: the first line that is seen is one of them. */
export const pageKeys = (lines: readonly Line[], rows: number): RowKey[] =>
  lineKeys(Math.max(1, lines.length - rows + 1));

/** The part of it that is seen; where there is more below, the last line says so. */
export const paged = (state: MonitorState, place: PlaceName, lines: readonly Line[], rows: number): Line[] => {
  const top = Math.min(Number(cursorOf(state, place).key ?? 0), Math.max(0, lines.length - rows));
  const below = lines.length - top - rows;
  const seen = lines.slice(top, top + rows);
  if (below <= 0) return seen;
  return [...seen.slice(0, -1), line(span(` ${below + 1} more lines: `, 'dim'), span('j', 'key'))];
};
