import type { CallRow } from '../../store/log-reader.ts';
import { loadCalls, loadShownCall, pageCalls } from '../model/call-list.ts';
import { noteLateLimits } from '../model/late-calls.ts';
import type { Place } from '../model/place.ts';
import { cursorOf, type MonitorState } from '../model/state.ts';
import { BLANK, fitLine, type Line, line, span, widthOf } from '../text/line.ts';
import { createTable } from '../text/table.ts';
import type { Theme } from '../text/theme.ts';
import { callColumns } from './call-columns.ts';
import { callName, named, statusSpan } from './call-status.ts';
import { CALLS_BINDINGS } from './calls-bindings.ts';
import { emptyCalls } from './empty-calls.ts';
import { callsLayout } from './layout.ts';
import { payloadSections } from './payload-sections.ts';
import { summaryLine } from './summary-line.ts';

/** The list of calls, with the chosen one beside or below it. */
export const CALLS_PLACE: Place = {
  load: (control) => {
    loadCalls(control);
    noteLateLimits(control, control.state().calls);
    control.set({ overview: control.source.overview(control.state().now - control.state().windowMs) });
    loadShownCall(control);
  },
  keys: ({ calls }) => calls.map(({ id }) => id),
  rows: (state) => callsLayout(state).listRows,
  bindings: CALLS_BINDINGS,
  moved: (control) => {
    pageCalls(control);
    loadShownCall(control);
  },
  view: (state, theme) => {
    const layout = callsLayout(state);
    if (state.calls.length === 0) return [summaryLine(state, theme), BLANK, ...emptyCalls(state)];
    const list = callList(state, theme, layout.listColumns, layout.listRows);
    const summary = summaryLine(state, theme);
    if (layout.pane === 'none') return [summary, ...list];
    const pane = callPane(state, theme, layout.paneColumns, layout.paneRows);
    if (layout.pane === 'below') return [summary, ...list, ...pane];
    return [summary, ...list.map((each, index) => beside(each, pane[index] ?? BLANK, layout.listColumns, theme))];
  },
};

/** Heading and calls, in exactly `rows` + 1 lines. */
const callList = (state: MonitorState, { glyphs }: Theme, width: number, rows: number): Line[] => {
  const { key, top } = cursorOf(state, 'calls');
  const seen = state.calls.slice(top, top + rows);
  const hasDays = isOfOtherDay(state.calls[0], state.now);
  const table = createTable(callColumns(width, state, hasDays), width, glyphs);
  const lines = seen.map((call) => table.row(call, call.id === key));
  return [table.heading(), ...lines, ...new Array<Line>(Math.max(0, rows - lines.length)).fill(BLANK)];
};

const isOfOtherDay = (call: CallRow | undefined, now: number): boolean =>
  call !== undefined && new Date(call.startedAt).toDateString() !== new Date(now).toDateString();

/** The chosen call in a box of exactly `rows` lines. */
const callPane = (state: MonitorState, theme: Theme, width: number, rows: number): Line[] => {
  const { glyphs } = theme;
  const [topLeft, topRight, bottomLeft, bottomRight] = glyphs.corners;
  const shown = state.shownCall;
  const inner = width - 4;
  const title = shown === undefined ? [span(' no call ')] : titleOf(shown.call, state);
  const titleCells = title.reduce((sum, each) => sum + widthOf(each.text), 0);
  const sections = shown === undefined ? [] : payloadSections(shown, { width: inner, glyphs, folds: state.folds });
  const room = rows - 2;
  const content = sections.slice(0, sections.length > room ? room - 1 : room).map(({ spans }): Line => ({ spans }));
  if (sections.length > room) content.push(line(span(`${sections.length - room + 1} more lines: enter`, 'dim')));
  const side = (each: Line): Line => {
    const fitted = fitLine(each, inner, glyphs.cut);
    return line(span(`${glyphs.vertical} `, 'dim'), ...fitted.spans, span(` ${glyphs.vertical}`, 'dim'));
  };
  return [
    fitLine(
      line(
        span(topLeft + glyphs.horizontal, 'dim'),
        ...title,
        span(glyphs.horizontal.repeat(Math.max(0, width - titleCells - 3)) + topRight, 'dim'),
      ),
      width,
      glyphs.cut,
    ),
    ...Array.from({ length: room }, (_, index) => side(content[index] ?? BLANK)),
    line(span(bottomLeft + glyphs.horizontal.repeat(width - 2) + bottomRight, 'dim')),
  ];
};

const titleOf = (call: CallRow, state: MonitorState) => [
  span(` ${callName(call)} `, 'strong'),
  span(`${named(call.upstream)} `, 'name'),
  statusSpan(call, state),
  span(` #${call.id} `, 'dim'),
];

const beside = (left: Line, right: Line, columns: number, { glyphs }: Theme): Line => ({
  spans: [...fitLine(left, columns, glyphs.cut).spans, ...right.spans],
});
