import type { Binding } from '../model/binding.ts';
import { COMMANDS } from '../model/commands.ts';
import type { MonitorState } from '../model/state.ts';
import { BLANK, type Line, line, span } from '../text/line.ts';
import { bodyRows } from './layout.ts';

const FILTER_HELP: readonly (readonly [string, string])[] = [
  ['server:git*', 'calls to servers of that name'],
  ['tool:*issue*', 'calls of tools of that name, as clients or the server know it'],
  ['client:cursor', 'calls of that client'],
  ['status:error', 'how it ended: ok, error, running, slow, timeout, cancelled, denied'],
  ['>1s  <20ms', 'longer or shorter than that'],
  ['since:30m', 'not older than that; a date too: since:2026-11-20'],
  ['issue "not found"', 'words in the names or the error'],
  ['!tool:ping', 'not those; ! goes before anything'],
];

const MOVES: readonly (readonly [string, string])[] = [
  ['j k  up down', 'move by one'],
  ['g G  home end', 'first and last'],
  ['ctrl-d ctrl-u', 'half a page'],
  ['PgDn PgUp', 'a page'],
];

/** All keys of the place, the words of the filter, and the commands; from the line on that the person has come to. */
export const helpLines = (state: MonitorState, bindings: readonly Binding[]): Line[] => {
  const keys = bindings.map(({ keys: names, help }): readonly [string, string] => [names.slice(0, 2).join(' '), help]);
  const commands = COMMANDS.map(({ name, argument, help }): readonly [string, string] => [
    `:${name}${argument === undefined ? '' : ` ${argument}`}`,
    help,
  ]);
  const lines = [
    ...group('Keys here', keys),
    ...group('Move', MOVES),
    ...group('Filter', FILTER_HELP),
    ...group('Commands', commands),
  ];
  const room = bodyRows(state) - 1;
  const top = Math.min(state.helpTop ?? 0, Math.max(0, lines.length - room));
  const more = lines.length > top + room ? 'j and k scroll, any other key closes' : 'any other key closes';
  return [...lines.slice(top, top + room), line(span(` ${more}`, 'dim'))];
};

const group = (title: string, rows: readonly (readonly [string, string])[]): Line[] => [
  line(span(` ${title}`, 'accent')),
  ...rows.map(([left, right]) => line('   ', span(left.padEnd(22), 'key'), right)),
  BLANK,
];
