import type { CallRow } from '../../store/log-reader.ts';
import { tookMs } from '../filter/match-call.ts';
import type { Control } from '../model/control.ts';
import { noteLateLimits } from '../model/late-calls.ts';
import type { Place } from '../model/place.ts';
import { cursorOf, type MonitorState } from '../model/state.ts';
import { type Line, line, padded, selectedLine, span } from '../text/line.ts';
import { count, counted, duration, lasted, percent, timeAndDay, tokensOf } from '../text/quantities.ts';
import type { Theme } from '../text/theme.ts';
import { callName, named, statusSpan, tookSpan } from './call-status.ts';
import { listRowsOf } from './layout.ts';
import { MOST_SESSION_CALLS } from './sessions-place.ts';
import { createTimeAxis, type TimeAxis } from './time-axis.ts';

/** The line of who, and the axis. */
const OTHER_ROWS = 2;

/** One session: its calls one below the other, each as a bar on one axis of time. */
export const SESSION_PLACE: Place = {
  load: (control) => {
    const shown = control.state().shownSession;
    if (shown === undefined) return;
    control.set({
      shownSession: { ...shown, calls: control.source.sessionCalls(shown.session.id, MOST_SESSION_CALLS) },
    });
    noteLateLimits(control, control.state().shownSession?.calls ?? []);
  },
  keys: ({ shownSession }) => shownSession?.calls.map(({ id }) => id) ?? [],
  rows: (state) => listRowsOf(state, OTHER_ROWS),
  bindings: [
    { keys: ['enter', 'right', 'l'], hint: 'open', help: 'open the call', run: openCall },
    {
      keys: ['z'],
      hint: 'waits',
      help: 'leave out the waits between calls, or true time',
      run: (control) => control.set({ cutsWaits: !control.state().cutsWaits }),
    },
  ],
  view: (state, theme) => {
    const shown = state.shownSession;
    if (shown === undefined) return [];
    const rows = listRowsOf(state, OTHER_ROWS);
    const { key, top } = cursorOf(state, 'session');
    const seen = shown.calls.slice(top, top + rows);
    const axis = createTimeAxis(state.cutsWaits ? seen : shown.calls, state.now, state.cutsWaits);
    return [
      headOf(state, shown.session),
      axisLine(state, axis, theme),
      ...seen.map((call) => callLine(call, { state, axis, theme, isSelected: call.id === key })),
    ];
  },
};

/** From so many cells on there is room for the tokens in the line of who. */
const WIDE = 100;

const headOf = ({ now, size }: MonitorState, session: NonNullable<MonitorState['shownSession']>['session']): Line => {
  const { client, version, protocolVersion, startedAt, endedAt, calls, errors, bytesIn, bytesOut } = session;
  return line(
    ' ',
    span(named(client), 'strong'),
    ` ${named(version)}`,
    ...(size.columns < WIDE || protocolVersion === undefined ? [] : [`, ${named(protocolVersion)}`]),
    span('  since ', 'dim'),
    timeAndDay(startedAt, now),
    span(endedAt === undefined ? ', here for ' : ', was here for ', 'dim'),
    lasted((endedAt ?? now) - startedAt),
    span('  ', 'dim'),
    counted(calls, 'call'),
    span(', ', 'dim'),
    span(`${percent(errors, calls)} failed`, errors > 0 ? 'bad' : 'good'),
    ...(size.columns < WIDE
      ? []
      : [span(`, ${count(tokensOf(bytesIn))} tokens in, ${count(tokensOf(bytesOut))} out`, 'dim')]),
  );
};

const TIME_CELLS = 8;
const TOOK_CELLS = 7;

/** Cells of the name, and of the bars. */
const cellsOf = ({ size }: MonitorState): { readonly name: number; readonly bars: number } => {
  const name = Math.min(34, Math.max(18, Math.floor(size.columns * 0.26)));
  return { name, bars: size.columns - name - TIME_CELLS - TOOK_CELLS - 6 };
};

const axisLine = (state: MonitorState, axis: TimeAxis, { glyphs }: Theme): Line => {
  const { name, bars } = cellsOf(state);
  const left = padded('', TIME_CELLS + name + TOOK_CELLS + 5, '');
  const end =
    axis.cutMs >= 1000
      ? `${duration(axis.lengthMs)} (waits of ${duration(axis.cutMs)} left out)`
      : duration(axis.lengthMs);
  const text = end.length + 4 > bars ? duration(axis.lengthMs) : end;
  const rule = glyphs.horizontal.repeat(Math.max(1, bars - text.length - 3));
  return line(span(`${left}0 ${rule} ${text}`, 'dim'));
};

interface CallLineAt {
  readonly state: MonitorState;
  readonly axis: TimeAxis;
  readonly theme: Theme;
  readonly isSelected: boolean;
}

const callLine = (call: CallRow, { state, axis, theme, isSelected }: CallLineAt): Line => {
  const { name, bars } = cellsOf(state);
  const { glyphs } = theme;
  const from = Math.min(bars - 1, Math.floor(axis.place(call.startedAt) * bars));
  const until = Math.max(from + 1, Math.ceil(axis.place(call.startedAt + tookMs(call, state.now)) * bars));
  const full = glyphs.lefts.at(-1) ?? '#';
  const took = tookSpan(call, state);
  const text = `${named(call.upstream)}/${callName(call)}`;
  const lead = line(
    isSelected ? glyphs.pointer : ' ',
    span(timeAndDay(call.startedAt, state.now).slice(-TIME_CELLS), 'dim'),
    '  ',
    span(padded(text, name, glyphs.cut)),
    ' ',
    { ...took, text: padded(took.text, TOOK_CELLS, glyphs.cut, 'right') },
  );
  const shown = isSelected ? selectedLine(lead, TIME_CELLS + name + TOOK_CELLS + 4, glyphs.cut) : lead;
  return line(
    ...shown.spans,
    ' ',
    span(glyphs.track.repeat(from), 'faint'),
    span(full.repeat(Math.min(until, bars) - from), barStyle(call, state)),
  );
};

const barStyle = (call: CallRow, state: MonitorState) =>
  call.outcome === 'ok' ? 'bar' : statusSpan(call, state).style;

function openCall(control: Control): void {
  const { key } = cursorOf(control.state(), 'session');
  const shownCall = typeof key === 'number' ? control.source.call(key) : undefined;
  if (shownCall === undefined) return;
  control.set({ shownCall });
  control.open('call');
}
