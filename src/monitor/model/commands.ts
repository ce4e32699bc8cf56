import { HubError } from '../../errors/hub-error.ts';
import { shellWords } from '../text/shell-words.ts';
import type { Control } from './control.ts';
import { type MonitorState, SCREENS, type ScreenName, WINDOWS_MS } from './state.ts';

interface Command {
  readonly name: string;
  /** What comes after it, for the help. */
  readonly argument?: string;
  readonly help: string;
  readonly run: (control: Control, argument: string) => void;
  /** What can come after it. */
  readonly choices?: (state: MonitorState) => readonly string[];
}

const serverNames = ({ servers }: MonitorState): readonly string[] => servers.map(({ name }) => name);

/** What can be typed after `:`. */
export const COMMANDS: readonly Command[] = [
  ...SCREENS.map((screen: ScreenName) => ({
    name: screen,
    help: `show the ${screen}`,
    run: (control: Control) => control.show(screen),
  })),
  {
    name: 'filter',
    argument: 'WORDS',
    help: 'show only these calls; without words, all',
    run: (control, text) => control.filter(text),
  },
  { name: 'errors', help: 'only calls that failed, or all again', run: (control) => toggleErrors(control) },
  {
    name: 'since',
    argument: '5m|1h|24h|7d',
    help: 'set the time window',
    choices: () => ['5m', '1h', '24h', '7d'],
    run: (control, text) => setWindow(control, text),
  },
  {
    name: 'restart',
    argument: 'SERVER',
    help: 'start a server again',
    choices: serverNames,
    run: (control, server) =>
      control.request({ kind: 'restart', server: named(server) }, `Restart ${server}? Its running calls fail.`),
  },
  {
    name: 'disable',
    argument: 'SERVER',
    help: 'stop offering a server',
    choices: serverNames,
    run: (control, server) =>
      control.request({ kind: 'disable', server: named(server) }, `Disable ${server}? Clients lose its tools.`),
  },
  {
    name: 'enable',
    argument: 'SERVER',
    help: 'offer a server again',
    choices: serverNames,
    run: (control, server) => control.request({ kind: 'enable', server: named(server) }, `Enable ${server}?`),
  },
  {
    name: 'logs',
    help: 'copy the mcp-hub logs command for what is shown',
    run: (control) => control.copy(logsCommand(control.state()), 'the command'),
  },
  { name: 'demo', help: 'watch a scripted session', run: (control) => control.demo() },
  { name: 'help', help: 'show the keys', run: (control) => control.set({ helpTop: 0 }) },
  { name: 'quit', help: 'quit', run: (control) => control.quit() },
];

/** Runs what was typed; a name may be cut to what tells it from the others. */
export const runCommand = (control: Control, text: string) => {
  const [, name = '', argument = ''] = /^(\S+)\s*(.*)$/.exec(text) ?? [];
  if (name === '') return;
  const [exact] = COMMANDS.filter((command) => command.name === name);
  const meant = exact === undefined ? COMMANDS.filter((command) => command.name.startsWith(name)) : [exact];
  const [command] = meant;
  if (command === undefined) return control.say(`":${name}" is no command; press ? for all of them`, 'bad');
  if (meant.length > 1) return control.say(`":${name}" may be ${meant.map((each) => each.name).join(' or ')}`, 'bad');
  try {
    command.run(control, argument.trim());
  } catch (error) {
    const { message, hint } = HubError.from(error);
    control.say(hint === '' ? message : `${message}; ${hint}`, 'bad');
  }
};

/** The text with its last word completed, where that is clear. */
export const completeCommand = (state: MonitorState, text: string): string => {
  const [, name = '', space = '', argument = ''] = /^(\S*)(\s*)(.*)$/.exec(text) ?? [];
  const command = COMMANDS.find((each) => each.name === name);
  if (space === '')
    return completed(
      COMMANDS.map((each) => each.name),
      name,
      '',
    );
  return completed(command?.choices?.(state) ?? [], argument, `${name} `);
};

const completed = (choices: readonly string[], begun: string, before: string): string => {
  const [first, ...others] = choices.filter((choice) => choice.startsWith(begun));
  if (first === undefined) return before + begun;
  let shared = first.length;
  for (const other of others) while (!other.startsWith(first.slice(0, shared))) shared -= 1;
  return before + first.slice(0, shared) + (others.length === 0 ? ' ' : '');
};

/** Switches between failed calls and all. */
export const toggleErrors = (control: Control): void => {
  const { errorsOnly, filterText } = control.state();
  control.set({ errorsOnly: !errorsOnly });
  control.filter(filterText);
};

/** The command that shows the same calls outside of the monitor, as far as its flags can say. */
export const logsCommand = ({ terms, errorsOnly }: MonitorState): string => {
  const words = ['mcp-hub', 'logs'];
  for (const term of terms) {
    if ((term.kind === 'server' || term.kind === 'tool') && !term.isNegated) words.push(`--${term.kind}`, term.glob);
    if (term.kind === 'since' && !term.isNegated) words.push('--since', windowName(term.ms));
    if (term.kind === 'word' && !term.isNegated) words.push('--tool', `*${term.word}*`);
  }
  if (errorsOnly || terms.some((term) => term.kind === 'status' && term.status === 'error')) words.push('--errors');
  return shellWords(words);
};

/** `5m`, `1h`, `24h`, `7d`, as `--since` reads it. */
export const windowName = (ms: number): string => {
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)}m`;
  return ms <= 86_400_000 ? `${Math.round(ms / 3_600_000)}h` : `${Math.round(ms / 86_400_000)}d`;
};

const setWindow = (control: Control, text: string): void => {
  const windowMs = WINDOWS_MS.find((each) => windowName(each) === text);
  if (windowMs === undefined)
    throw new HubError('USAGE', `"${text}" is none of the time windows`, { hint: 'use 5m, 1h, 24h or 7d' });
  control.set({ windowMs, calls: [], hasNewer: false });
  control.reload();
};

const named = (server: string): string => {
  if (server === '') throw new HubError('USAGE', 'no server is named', { hint: 'like this: :restart github' });
  return server;
};
