import { join } from 'node:path';
import { stateDirectory } from '../../config/state-directory.ts';
import { HubError } from '../../errors/hub-error.ts';
import type { MonitorEnd } from '../../monitor/run-monitor.tsx';
import type { CliContext } from '../context.ts';
import type { MonitorFlags } from '../declare-monitor.ts';
import { EXIT } from '../exit-codes.ts';
import { plural, shortDuration, shortPath } from '../format.ts';

/** `monitor`: the screens. Gives the exit code when the person has left them. */
export const runMonitorVerb = async (
  context: CliContext,
  words: readonly string[],
  flags: MonitorFlags,
): Promise<number> => {
  requireTerminal(context);
  const { parseFilter } = await import('../../monitor/filter/parse-filter.ts');
  const filterText = filterOf(words, flags);
  parseFilter(filterText);
  const { runMonitor } = await import('../../monitor/run-monitor.tsx');
  const stateDir = stateDirectory(context.env);
  const copyFile = join(stateDir, 'copied.txt');
  const end = await runMonitor({
    ...(flags.demo === true ? {} : { source: await openSource(stateDir) }),
    filterText,
    errorsOnly: flags.errors === true,
    stdin: process.stdin,
    stdout: process.stdout,
    env: context.env,
    hasColor: !context.env['NO_COLOR'],
    isAscii: flags.ascii === true || context.env['TERM'] === 'linux',
    copyFile,
    shownCopyFile: shortPath(copyFile, context.env),
  });
  context.out(farewell(end));
  return end.signal === undefined ? EXIT.ok : (SIGNAL_EXITS[end.signal] ?? EXIT.interrupted);
};

const SIGNAL_EXITS: Readonly<Partial<Record<NodeJS.Signals, number>>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

const requireTerminal = ({ stdin, isTerminal, env }: CliContext): void => {
  const isDumb = env['TERM'] === 'dumb';
  if (isTerminal && stdin.isTTY === true && !isDumb) return;
  throw new HubError('USAGE', `monitor needs a terminal${isDumb ? ', and TERM=dumb says that this is none' : ''}`, {
    hint: 'try: mcp-hub logs -f',
  });
};

/** The flags of `logs` are words of the filter. */
const filterOf = (words: readonly string[], { server, tool, since }: MonitorFlags): string =>
  [
    ...words,
    ...(server === undefined ? [] : [`server:${server}`]),
    ...(tool === undefined ? [] : [`tool:${tool}`]),
    ...(since === undefined ? [] : [`since:${since.trim().replace(' ', 'T')}`]),
  ].join(' ');

const openSource = async (stateDir: string) => {
  const { createLogSource } = await import('../../monitor/source/log-source.ts');
  return createLogSource(stateDir);
};

const farewell = ({ watchedMs, calls, errors, isDemo }: MonitorEnd): string =>
  isDemo
    ? 'That was the demo. Your own servers: mcp-hub add NAME -- COMMAND\n'
    : `Watched for ${shortDuration(watchedMs)}: ${plural(calls, 'call')}, ${errors} failed. To read them: mcp-hub logs\n`;
