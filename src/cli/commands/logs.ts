import { stateDirectory } from '../../config/state-directory.ts';
import { HubError } from '../../errors/hub-error.ts';
import type { CliContext } from '../context.ts';
import type { LogsFlags } from '../declare-log-verbs.ts';
import { parseSince } from '../parse-since.ts';
import { showLogs } from '../show-logs.ts';
import { paintFor } from '../style.ts';

const DEFAULT_LINES = 50;

/** `logs`: shows the calls that were made, and with `--follow` those that are being made. */
export const runLogs = async (context: CliContext, flags: LogsFlags): Promise<number> => {
  const follow = flags.follow === true;
  return showLogs({
    stateDir: stateDirectory(context.env),
    follow,
    server: flags.server,
    tool: flags.tool,
    errors: flags.errors === true,
    sinceMs: flags.since === undefined ? undefined : parseSince(flags.since, Date.now()),
    limit: parseLines(flags.lines),
    json: flags.json === true,
    width: context.width,
    paint: paintFor(context),
    stdout: context.out,
    stderr: context.err,
    signal: follow ? context.interruption() : new AbortController().signal,
  });
};

const parseLines = (text: string | undefined): number => {
  if (text === undefined) return DEFAULT_LINES;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new HubError('USAGE', `-n ${JSON.stringify(text)} is no number of calls`, {
    hint: 'use a whole number: -n 50',
  });
};
