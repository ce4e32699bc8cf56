import { windowName } from '../model/commands.ts';
import type { Control } from '../model/control.ts';
import type { Place } from '../model/place.ts';
import { cursorOf, type MonitorState } from '../model/state.ts';
import { sortedTools } from '../model/tool-sort.ts';
import type { ToolView } from '../source/monitor-source.ts';
import { BLANK, type Line, line, span } from '../text/line.ts';
import { count, duration, since, tokensOf } from '../text/quantities.ts';
import { type Column, createTable } from '../text/table.ts';
import type { Theme } from '../text/theme.ts';
import { named } from './call-status.ts';
import { listRowsOf } from './layout.ts';

/** The line of figures, and the heading. */
const OTHER_ROWS = 2;

export const TOOLS_PLACE: Place = {
  load: (control) => {
    const { now, windowMs, toolSort } = control.state();
    control.set({ tools: sortedTools(control.source.tools(now - windowMs).tools, toolSort) });
  },
  keys: ({ tools }) => tools.map(({ name }) => name),
  rows: (state) => listRowsOf(state, OTHER_ROWS),
  bindings: [
    {
      keys: ['s'],
      hint: 'sort',
      help: 'sort by a column: s, then its key',
      run: (control) => control.set({ isSorting: true }),
    },
    { keys: ['S'], hint: 'reverse', help: 'reverse the order', run: reverse },
    {
      keys: ['enter', 'right', 'l'],
      hint: 'its calls',
      help: 'show the calls of the tool',
      against: ifNone,
      run: showCalls,
    },
    { keys: ['x'], hint: 'hide', help: 'hide the tool from clients (asks)', against: ifNone, run: hide },
  ],
  view: (state, theme) => {
    if (state.tools.length === 0)
      return [
        BLANK,
        line(span('  No tools are known yet.', 'strong')),
        BLANK,
        line('  List them:  ', span('mcp-hub tools', 'accent')),
      ];
    const rows = listRowsOf(state, OTHER_ROWS);
    const { key, top } = cursorOf(state, 'tools');
    const table = createTable(toolColumns(state, theme), state.size.columns, theme.glyphs);
    const seen = state.tools.slice(top, top + rows).map((tool) => table.row(tool, tool.name === key));
    return [figures(state), table.heading(), ...seen];
  },
};

/** What the definitions cost, and how much of that is for nothing. */
const figures = ({ tools, windowMs }: MonitorState): Line => {
  const unused = tools.filter(({ calls }) => calls === 0);
  const tokens = (of: readonly ToolView[]): string =>
    count(tokensOf(of.reduce((sum, tool) => sum + (tool.definitionBytes ?? 0), 0)));
  return line(
    ' ',
    span(String(tools.length), 'strong'),
    span(' tools, ', 'dim'),
    span(`${tokens(tools)} tokens`, 'strong'),
    span('   ', 'dim'),
    span(`${unused.length} of ${tools.length}`, unused.length > 0 ? 'warn' : 'good'),
    span(` never called in ${windowName(windowMs)}: `, 'dim'),
    span(`${tokens(unused)} tokens`, unused.length > 0 ? 'warn' : 'good'),
    span(' (estimates)', 'dim'),
  );
};

const toolColumns = ({ now, size, toolSort }: MonitorState, { glyphs }: Theme): Column<ToolView>[] => {
  const headed = (title: string, column: string): string =>
    toolSort.column === column ? `${title}${toolSort.isReversed ? glyphs.up : glyphs.down}` : title;
  const number = (title: string, column: string, width: number, cell: Column<ToolView>['cell']): Column<ToolView> => ({
    title: headed(title, column),
    width,
    align: 'right',
    cell,
  });
  const calls = number('CALLS', 'calls', 6, (tool) => (tool.calls === 0 ? span('-', 'dim') : count(tool.calls)));
  const errors = number('ERR', 'errors', 5, (tool) =>
    span(tool.errors === 0 ? '-' : count(tool.errors), tool.errors > 0 ? 'bad' : 'dim'),
  );
  const p50 = number('P50', 'p50', 7, (tool) => duration(tool.latencyMs?.p50));
  const p95 = number('P95', 'p95', 7, (tool) => duration(tool.latencyMs?.p95));
  const max = number('MAX', 'max', 7, (tool) => duration(tool.latencyMs?.max));
  const definition = number('DEF', 'definition', 5, (tool) =>
    count(tool.definitionBytes === undefined ? undefined : tokensOf(tool.definitionBytes)),
  );
  const result = number('RESULT', 'result', 7, (tool) =>
    count(tool.resultBytes === undefined ? undefined : tokensOf(tool.resultBytes)),
  );
  const used = number('USED', 'used', 11, (tool) =>
    span(since(tool.lastUsedAt, now), tool.lastUsedAt === undefined ? 'warn' : 'dim'),
  );
  const name: Column<ToolView> = { title: headed('TOOL', 'name'), width: 'grow', cell: (tool) => named(tool.ownName) };
  const server: Column<ToolView> = {
    title: headed('SERVER', 'server'),
    width: 12,
    cell: (tool) => span(named(tool.server), 'name'),
  };
  if (size.columns < 80)
    return [
      { ...name, cell: (tool) => `${named(tool.server)}/${named(tool.ownName)}` },
      calls,
      errors,
      p95,
      definition,
    ];
  if (size.columns < 100) return [name, server, calls, errors, p95, definition, used];
  if (size.columns < 120) return [name, server, calls, errors, p95, definition, result, used];
  return [name, server, calls, errors, p50, p95, max, definition, result, used];
};

const chosen = (control: Control): ToolView | undefined => {
  const state = control.state();
  const { key } = cursorOf(state, 'tools');
  return state.tools.find(({ name }) => name === key) ?? state.tools[0];
};

function ifNone(control: Control): string | undefined {
  return chosen(control) === undefined ? 'no tool is chosen' : undefined;
}

function reverse(control: Control): void {
  const { tools, toolSort } = control.state();
  const sort = { ...toolSort, isReversed: !toolSort.isReversed };
  control.set({ toolSort: sort, tools: sortedTools(tools, sort) });
}

function showCalls(control: Control): void {
  const tool = chosen(control);
  if (tool === undefined) return;
  control.show('calls');
  control.filter(`server:${tool.server} tool:${tool.ownName}`);
}

function hide(control: Control): void {
  const tool = chosen(control);
  if (tool === undefined) return;
  control.request(
    { kind: 'hide', server: tool.server, tool: tool.ownName },
    `Hide ${named(tool.ownName)} of ${named(tool.server)} from all clients? It is written to the configuration.`,
  );
}
