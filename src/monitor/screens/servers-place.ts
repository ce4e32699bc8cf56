import { printable } from '../../utils/printable.ts';
import type { Control } from '../model/control.ts';
import type { Place } from '../model/place.ts';
import { cursorOf, type MonitorState } from '../model/state.ts';
import type { ServerView } from '../source/monitor-source.ts';
import { sparkline, squeezed } from '../text/bars.ts';
import { BLANK, type Line, line, type Span, span } from '../text/line.ts';
import { count, duration, percent, tokensOf } from '../text/quantities.ts';
import { type Column, createTable } from '../text/table.ts';
import type { Theme } from '../text/theme.ts';
import { named } from './call-status.ts';
import { listRowsOf } from './layout.ts';
import { chosenServer, SERVER_BINDINGS } from './server-actions.ts';
import { serverLines } from './server-place.ts';
import { mendingOf, stateSpan } from './server-state.ts';

/** The heading, and the line between the list and what is known of the chosen server. */
const OTHER_ROWS = 2;

/** Below so many lines the list needs all of them. */
const PANE_FROM_ROWS = 8;

/** Lines of the list; what it leaves says more of the chosen server. */
const listRows = (state: MonitorState): number => {
  const room = listRowsOf(state, 1);
  const wanted = Math.max(3, state.servers.length);
  return room - wanted - 1 >= PANE_FROM_ROWS ? wanted : room - 3;
};

const paneRows = (state: MonitorState): number => listRowsOf(state, OTHER_ROWS) - listRows(state);

export const SERVERS_PLACE: Place = {
  load: (control) => {
    const { now, windowMs } = control.state();
    control.set({ servers: control.source.servers(now - windowMs) });
    showChosen(control);
  },
  keys: ({ servers }) => servers.map(({ name }) => name),
  rows: listRows,
  moved: showChosen,
  bindings: [
    {
      keys: ['enter', 'right', 'l'],
      hint: 'open',
      help: 'open the server',
      against: (control) => (control.state().servers.length === 0 ? 'there are no servers' : undefined),
      run: (control) => {
        showChosen(control);
        if (control.state().shownServer !== undefined) control.open('server');
      },
    },
    ...SERVER_BINDINGS,
  ],
  view: (state, theme) => {
    if (state.servers.length === 0) return noServers();
    const { columns } = state.size;
    const { key, top } = cursorOf(state, 'servers');
    const rows = listRows(state);
    const table = createTable(serverColumns(state, theme), columns, theme.glyphs);
    const seen = state.servers.slice(top, top + rows).map((server) => table.row(server, server.name === key));
    const chosen = state.servers.find(({ name }) => name === key);
    const rest = paneRows(state);
    const about = rest < PANE_FROM_ROWS - 1 ? aboutLines(chosen) : serverLines(state).slice(0, rest);
    const rule = line(span(theme.glyphs.horizontal.repeat(columns), 'dim'));
    return [table.heading(), ...seen, ...new Array<Line>(rows - seen.length).fill(BLANK), rule, ...about];
  },
};

const noServers = (): Line[] => [
  BLANK,
  line(span('  No server has been started yet.', 'strong')),
  BLANK,
  line('  Add one:    ', span('mcp-hub add NAME -- COMMAND', 'accent')),
  line('  Start all:  ', span('mcp-hub list --check', 'accent')),
];

/** Why the chosen server is as it is, and what mends it. */
const aboutLines = (server: ServerView | undefined): Line[] => {
  if (server === undefined) return [];
  const why = server.reason === undefined ? [] : [span(': ', 'dim'), span(printable(server.reason))];
  const fix = server.fix === undefined ? [] : [span('  mend it: ', 'dim'), span(printable(server.fix), 'accent')];
  return [line(' ', span(named(server.name), 'name'), ' ', span(server.state, 'strong'), ...why, ...fix)];
};

function showChosen(control: Control): void {
  const name = chosenServer(control)?.name;
  const shownServer = name === undefined ? undefined : control.source.server(name);
  if (shownServer !== undefined) control.set({ shownServer });
}

const serverColumns = ({ now, size }: MonitorState, { glyphs }: Theme): Column<ServerView>[] => {
  const number = (title: string, width: number, cell: Column<ServerView>['cell']): Column<ServerView> => ({
    title,
    width,
    align: 'right',
    cell,
  });
  const name: Column<ServerView> = {
    title: 'SERVER',
    width: size.columns >= 140 ? 16 : size.columns >= 100 ? 14 : 12,
    cell: (server) => span(named(server.name), 'name'),
  };
  const state: Column<ServerView> = { title: 'STATE', width: 11, cell: (server) => stateSpan(server, now) };
  const tools = number('TOOLS', 5, (server) => count(server.tools));
  const tokens = number('TOKENS', 6, (server) =>
    count(server.definitionBytes === undefined ? undefined : tokensOf(server.definitionBytes)),
  );
  const calls = number('CALLS', 5, (server) => count(server.calls));
  const errors = number('ERR', 6, (server) =>
    span(percent(server.errors, server.calls).replace(' ', ''), server.errors > 0 ? 'bad' : 'plain'),
  );
  const p50 = number('P50', 7, (server) => duration(server.latencyMs?.p50));
  const p95 = number('P95', 7, (server) => duration(server.latencyMs?.p95));
  const picture = (server: ServerView, cells: number): Span =>
    mendingOf(server) ?? span(sparkline(squeezed(server.timeline, cells), glyphs), 'bar');
  const last = (cells: number): Column<ServerView> => ({
    title: 'LAST 30 MIN',
    width: 'grow',
    cell: (server) => picture(server, cells),
  });
  if (size.columns < 80) return [name, state, calls, errors, last(Math.max(8, size.columns - 46))];
  if (size.columns < 100) return [name, state, calls, errors, p95, last(size.columns - 57)];
  if (size.columns < 120) return [name, state, tools, tokens, calls, errors, p95, last(size.columns - 74)];
  const transport: Column<ServerView> = {
    title: 'VIA',
    width: 5,
    cell: (server) => span(server.transport ?? '-', 'dim'),
  };
  return [name, state, transport, tools, tokens, calls, errors, p50, p95, last(Math.min(60, size.columns - 92))];
};
