import { cursorOf, type MonitorState, type PlaceName, type RowKey } from '../model/state.ts';
import { type Line, selectedLine } from '../text/line.ts';

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
