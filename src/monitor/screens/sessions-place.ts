import { printable } from '../../utils/printable.ts';
import type { Control } from '../model/control.ts';
import type { Place } from '../model/place.ts';
import { cursorOf, type MonitorState } from '../model/state.ts';
import type { SessionView } from '../source/monitor-source.ts';
import { BLANK, line, span, widthOf } from '../text/line.ts';
import { count, lasted, percent, timeAndDay, tokensOf } from '../text/quantities.ts';
import { type Column, createTable } from '../text/table.ts';
import { named } from './call-status.ts';
import { listRowsOf } from './layout.ts';

/** Calls of a session that the waterfall has, the latest. */
export const MOST_SESSION_CALLS = 1_000;

export const SESSIONS_PLACE: Place = {
  load: (control) => {
    const { now, windowMs } = control.state();
    const sessions = control.source.sessions(now - windowMs).toSorted((a, b) => b.startedAt - a.startedAt);
    control.set({ sessions });
  },
  keys: ({ sessions }) => sessions.map(({ id }) => id),
  rows: (state) => listRowsOf(state, 1),
  bindings: [
    {
      keys: ['enter', 'right', 'l'],
      hint: 'open',
      help: 'open the session: its calls on one time axis',
      against: (control) => (control.state().sessions.length === 0 ? 'there are no sessions' : undefined),
      run: openSession,
    },
  ],
  view: (state, { glyphs }) => {
    if (state.sessions.length === 0)
      return [
        BLANK,
        line(span('  No client was here in this time.', 'strong')),
        BLANK,
        line('  ', span('t', 'key'), ' looks further back.'),
      ];
    const { key, top } = cursorOf(state, 'sessions');
    const table = createTable(sessionColumns(state), state.size.columns, glyphs);
    const seen = state.sessions.slice(top, top + listRowsOf(state, 1));
    return [table.heading(), ...seen.map((session) => table.row(session, session.id === key))];
  },
};

/** Of a time of today. */
const TIME_CELLS = 8;

/** As many names as there is room for, and how many there are besides: `github docs +2`. */
const wholeNames = (names: readonly string[], cells: number): string => {
  const all = names.map((each) => printable(each));
  for (let shown = all.length; shown > 1; shown -= 1) {
    const more = all.length - shown;
    const text = `${all.slice(0, shown).join(' ')}${more === 0 ? '' : ` +${more}`}`;
    if (widthOf(text) <= cells) return text;
  }
  return all.length > 1 ? `${all[0]} +${all.length - 1}` : (all[0] ?? '');
};

const sessionColumns = ({ now, size, sessions }: MonitorState): Column<SessionView>[] => {
  const number = (title: string, width: number, cell: Column<SessionView>['cell']): Column<SessionView> => ({
    title,
    width,
    align: 'right',
    cell,
  });
  const client: Column<SessionView> = {
    title: 'CLIENT',
    width: size.columns < 80 ? 16 : 18,
    cell: ({ client: name }) => span(named(name), 'strong'),
  };
  const version: Column<SessionView> = {
    title: 'VERSION',
    width: 9,
    cell: (session) => span(named(session.version), 'dim'),
  };
  const protocol: Column<SessionView> = {
    title: 'PROTOCOL',
    width: 10,
    cell: (session) => span(named(session.protocolVersion), 'dim'),
  };
  const hasDays = sessions.some(({ startedAt }) => timeAndDay(startedAt, now).length > TIME_CELLS);
  const started: Column<SessionView> = {
    title: 'STARTED',
    width: hasDays ? TIME_CELLS + 6 : TIME_CELLS,
    cell: (session) => timeAndDay(session.startedAt, now),
  };
  const length = number('LENGTH', 7, ({ startedAt, endedAt }) =>
    span(lasted((endedAt ?? now) - startedAt), endedAt === undefined ? 'good' : 'dim'),
  );
  const calls = number('CALLS', 5, (session) => count(session.calls));
  const errors = number('ERR', 6, (session) =>
    span(percent(session.errors, session.calls).replace(' ', ''), session.errors > 0 ? 'bad' : 'plain'),
  );
  const bytesIn = number('IN', 6, (session) => count(tokensOf(session.bytesIn)));
  const bytesOut = number('OUT', 6, (session) => count(tokensOf(session.bytesOut)));
  const shown = (before: readonly Column<SessionView>[]): Column<SessionView>[] => {
    const taken = before.reduce((sum, { width }) => sum + (width === 'grow' ? 0 : width + 2), 2);
    const cell = (session: SessionView) => span(wholeNames(session.servers, size.columns - taken), 'name');
    return [...before, { title: 'SERVERS', width: 'grow', cell }];
  };
  if (size.columns < 80) return shown([client, length, calls, errors]);
  if (size.columns < 100) return shown([client, started, length, calls, errors]);
  if (size.columns < 120) return shown([client, started, length, calls, errors, bytesIn, bytesOut]);
  if (size.columns < 140) return shown([client, version, started, length, calls, errors, bytesIn, bytesOut]);
  return shown([client, version, protocol, started, length, calls, errors, bytesIn, bytesOut]);
};

function openSession(control: Control): void {
  const state = control.state();
  const { key } = cursorOf(state, 'sessions');
  const session = state.sessions.find(({ id }) => id === key) ?? state.sessions[0];
  if (session === undefined) return;
  control.set({ shownSession: { session, calls: control.source.sessionCalls(session.id, MOST_SESSION_CALLS) } });
  control.open('session');
  control.select(control.state().shownSession?.calls.at(-1)?.id);
}
