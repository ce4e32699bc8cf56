import { stateDirectory } from '../../config/state-directory.ts';
import { HubError } from '../../errors/hub-error.ts';
import { openLogReader } from '../../store/log-reader.ts';
import type { ChainReport } from '../../store/verify-chain.ts';
import { printable } from '../../utils/printable.ts';
import type { CliContext } from '../context.ts';
import type { LogsVerifyFlags } from '../declare-log-verbs.ts';
import { EXIT } from '../exit-codes.ts';
import { jsonText } from '../json-text.ts';

/** `logs verify`: tells whether the entries of each run are as they were written. Fails where one is not. */
export const runLogsVerify = async (context: CliContext, flags: LogsVerifyFlags): Promise<number> => {
  const reports = verify(stateDirectory(context.env), flags.run);
  const isIntact = reports.every(({ state }) => state !== 'broken');
  if (flags.json === true) context.out(jsonText({ schemaVersion: 1, intact: isIntact, runs: reports }, 2));
  else if (reports.length === 0) context.err('There are no runs in the log yet.\n');
  else context.out(reports.map(lineOf).join(''));
  return isIntact ? EXIT.ok : EXIT.failed;
};

const verify = (stateDir: string, runId: string | undefined): ChainReport[] => {
  const reader = openLogReader(stateDir);
  try {
    const reports = reader?.verify(runId) ?? [];
    if (runId === undefined || reports.length > 0) return reports;
    throw new HubError('NOT_FOUND', `the log has no run ${JSON.stringify(runId)}`, {
      hint: 'run: mcp-hub logs verify',
    });
  } finally {
    reader?.close();
  }
};

const lineOf = (report: ChainReport): string => {
  const began = report.startedAt === 0 ? '' : `${new Date(report.startedAt).toISOString()}  `;
  return `${began}${printable(report.runId)}  ${report.state}${detailsOf(report)}\n`;
};

const detailsOf = ({ state, entries, cutEntries, anchor, brokenAt, reason }: ChainReport): string => {
  if (state === 'unchained') return ': it was logged without hub.log.chain';
  const cut = cutEntries === 0 ? '' : `, ${cutEntries} cut by retention (anchor ${printable(anchor ?? '')})`;
  const found = `${entries} ${entries === 1 ? 'entry' : 'entries'}${cut}`;
  return brokenAt === undefined
    ? `: ${found}`
    : ` at entry ${brokenAt}: ${printable(reason ?? '')}; before it ${found}`;
};
