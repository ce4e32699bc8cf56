import type { Binding } from '../model/binding.ts';
import type { Control } from '../model/control.ts';
import { indexOf } from '../model/cursor.ts';
import { noteLateLimits } from '../model/late-calls.ts';
import type { Place } from '../model/place.ts';
import { cursorOf, type MonitorState } from '../model/state.ts';
import { horizontalBar } from '../text/bars.ts';
import { type Line, line, span } from '../text/line.ts';
import { duration, timeAndDay } from '../text/quantities.ts';
import { createTheme, type Glyphs, type Theme } from '../text/theme.ts';
import { CALL_BINDINGS } from './call-actions.ts';
import { callName, named, statusSpan, tookSpan } from './call-status.ts';
import type { PayloadRow } from './json-rows.ts';
import { listRowsOf } from './layout.ts';
import { payloadSections } from './payload-sections.ts';
import { lineKeys, scrolled } from './scroll.ts';

const HEAD_ROWS = 4;

/** One call on the whole screen. */
export const CALL_PLACE: Place = {
  load: (control) => {
    const id = control.state().shownCall?.call.id ?? cursorOf(control.state(), 'calls').key;
    const shown = typeof id === 'number' ? control.source.call(id) : undefined;
    if (shown !== undefined) control.set({ shownCall: shown });
    noteLateLimits(control, [...control.state().calls, ...(shown === undefined ? [] : [shown.call])]);
  },
  // Where lines begin does not depend on the theme, so any glyphs will do to count them.
  keys: (state) => lineKeys(sectionsOf(state, ANY.glyphs).length),
  rows: (state) => listRowsOf(state, HEAD_ROWS),
  bindings: [
    { keys: ['enter', 'space', 'left', 'right', 'h', 'l'], hint: 'fold', help: 'fold or unfold', run: toggleFold },
    { keys: ['n', ']'], hint: 'next', help: 'next call', run: (control) => step(control, 1) },
    { keys: ['p', 'N', '['], hint: 'before', help: 'call before', run: (control) => step(control, -1) },
    ...CALL_BINDINGS,
  ] satisfies readonly Binding[],
  view: (state, theme) => {
    const rows = sectionsOf(state, theme.glyphs).map(({ spans }): Line => ({ spans }));
    const { columns } = state.size;
    return [
      ...headOf(state, theme),
      ...scrolled(state, 'call', rows, { rows: listRowsOf(state, HEAD_ROWS), width: columns, cut: theme.glyphs.cut }),
    ];
  },
};

const ANY = createTheme({ hasColor: false, isAscii: true });

const sectionsOf = ({ shownCall, size, folds }: MonitorState, glyphs: Glyphs): readonly PayloadRow[] =>
  shownCall === undefined ? [] : payloadSections(shownCall, { width: size.columns - 1, glyphs, folds });

/** Who, when, how long, and how the time was split. */
const headOf = (state: MonitorState, { glyphs }: Theme): Line[] => {
  const shown = state.shownCall;
  if (shown === undefined) return [line('  This call is no longer in the log.'), line(''), line(''), line('')];
  const { call } = shown;
  const who = `${named(call.client)} ${named(call.clientVersion)}, ${named(call.protocolVersion)}, ${named(call.transport)}`;
  const index = state.calls.findIndex(({ id }) => id === call.id);
  const place = index < 0 ? '' : `  ${index + 1} of ${state.calls.length}${state.olderThan > 0 ? '+' : ''}`;
  return [
    line(
      ' ',
      span(callName(call), 'strong'),
      '  ',
      span(named(call.upstream), 'name'),
      '  ',
      statusSpan(call, state),
      '  ',
      tookSpan(call, state),
      span(`  #${call.id}${place}`, 'dim'),
    ),
    line(span(' from   ', 'dim'), who, span('  session ', 'dim'), named(call.clientId?.slice(0, 12))),
    line(
      span(' began  ', 'dim'),
      timeAndDay(call.startedAt, state.now),
      span('  name ', 'dim'),
      named(call.qualifiedName),
      span('  id ', 'dim'),
      named(call.callId),
    ),
    splitLine(shown.call, glyphs),
  ];
};

const SPLIT_CELLS = 24;

/** How much of the time was the hub's own, so that it can be seen that it is not the slow part. */
const splitLine = (
  { durationMs, hubMs, upstreamMs }: NonNullable<MonitorState['shownCall']>['call'],
  glyphs: Glyphs,
): Line => {
  if (durationMs === undefined || hubMs === undefined || upstreamMs === undefined)
    return line(span(' time   ', 'dim'), span('not known yet', 'dim'));
  const hub = horizontalBar(hubMs, durationMs, SPLIT_CELLS, glyphs);
  const upstream = horizontalBar(upstreamMs, durationMs, SPLIT_CELLS, glyphs);
  return line(
    span(' time   ', 'dim'),
    span('hub ', 'dim'),
    exact(hubMs),
    ' ',
    span(hub, 'good'),
    span('  server ', 'dim'),
    exact(upstreamMs),
    ' ',
    span(upstream, 'bar'),
  );
};

const exact = (ms: number): string => (ms < 10 ? `${ms.toFixed(1)} ms` : duration(ms));

function toggleFold(control: Control) {
  const state = control.state();
  const rows = sectionsOf(state, ANY.glyphs);
  const at = indexOf(cursorOf(state, 'call'), lineKeys(rows.length));
  // From inside of something its beginning is meant, as in an editor.
  const fold = rows.slice(0, at + 1).findLast((row) => row.fold !== undefined)?.fold;
  if (fold === undefined) return control.say('nothing folds here');
  const folds = new Set(state.folds);
  if (!folds.delete(fold)) folds.add(fold);
  control.set({ folds });
  const index = sectionsOf(control.state(), ANY.glyphs).findIndex((row) => row.fold === fold);
  control.select(index);
}

function step(control: Control, by: number) {
  const { calls, shownCall, cursors } = control.state();
  const index = calls.findIndex(({ id }) => id === shownCall?.call.id);
  const next = calls[index + by];
  if (index < 0 || next === undefined)
    return control.say(by > 0 ? 'this is the last call' : 'this is the first call that is held');
  const shown = control.source.call(next.id);
  const calledBy = { ...cursors, call: { top: 0 }, calls: { key: next.id, top: cursors.calls?.top ?? 0 } };
  control.set({ ...(shown === undefined ? {} : { shownCall: shown }), cursors: calledBy, folds: new Set() });
}
