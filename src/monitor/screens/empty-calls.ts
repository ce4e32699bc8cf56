import { printable } from '../../utils/printable.ts';
import { isSearching } from '../model/call-list.ts';
import type { MonitorState } from '../model/state.ts';
import { BLANK, type Line, line, span } from '../text/line.ts';

/** What stands in the place of the calls where there are none. */
export const emptyCalls = (state: MonitorState): Line[] => {
  if (state.filterText !== '' || state.errorsOnly)
    return [
      line(
        isSearching(state) ? '  Looking further back for ' : '  No call matches ',
        span(printable(filterWords(state)), 'strong'),
        '.',
      ),
      BLANK,
      line('  ', span('esc', 'key'), ' shows all calls again.'),
    ];
  return [
    line(span('  No calls yet.', 'strong')),
    BLANK,
    line('  Ask your client to use a tool, or press ', span('d', 'key'), ' for a demo.'),
    line('  A call from here:   ', span('mcp-hub call SERVER__TOOL', 'accent')),
    line('  A first server:     ', span('mcp-hub add NAME -- COMMAND', 'accent')),
  ];
};

/** The filter as a person reads it, with what `e` adds. */
export const filterWords = ({ filterText, errorsOnly }: MonitorState): string =>
  [filterText, errorsOnly ? 'errors only' : ''].filter((word) => word !== '').join(', ');
