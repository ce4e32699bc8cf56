import { stateDirectory } from '../../config/state-directory.ts';
import { openLogReader } from '../../store/log-reader.ts';
import type { CliContext } from '../context.ts';
import type { LogsExportFlags } from '../declare-log-verbs.ts';
import { EXIT } from '../exit-codes.ts';
import { type ExportCallsOptions, exportCalls } from '../export-calls.ts';
import { writeExportFile } from '../export-file.ts';
import { parseSince } from '../parse-since.ts';

/** `logs export`: writes calls as NDJSON, CSV or HAR, with their payloads as they are stored: redacted and cut. */
export const runLogsExport = async (context: CliContext, flags: LogsExportFlags): Promise<number> => {
  const { server, tool, since, errors, output, format = 'ndjson' } = flags;
  const filter: ExportCallsOptions['filter'] = {
    ...(server !== undefined && { server }),
    ...(tool !== undefined && { tool }),
    ...(since !== undefined && { sinceMs: parseSince(since, Date.now()) }),
    errorsOnly: errors === true,
  };
  const reader = openLogReader(stateDirectory(context.env));
  if (reader === undefined) context.err('There are no calls yet.\n');
  try {
    const pieces = exportCalls({ reader, filter, format, isForTerminal: output === undefined && context.isTerminal });
    if (output === undefined) return await print(context, pieces);
    writeExportFile(context.cwd, output, pieces);
    return EXIT.ok;
  } finally {
    reader?.close();
  }
};

/** Waits for the reader of the output after each piece, so that what he has not taken does not pile up. */
const print = async (context: CliContext, pieces: Iterable<string>): Promise<number> => {
  const interruption = context.interruption();
  for (const piece of pieces) {
    context.out(piece);
    await context.drained?.();
    if (interruption.aborted) return EXIT.interrupted;
  }
  return EXIT.ok;
};
