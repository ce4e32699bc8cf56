import { type Command, Option } from 'commander';
import type { GlobalOptions } from './context.ts';
import type { Declaration } from './program.ts';
import { addVerb } from './verb.ts';

/** What `logs export` can write. */
const EXPORT_FORMATS = ['ndjson', 'csv', 'har'] as const;

export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface LogsFlags extends GlobalOptions {
  readonly follow?: boolean;
  readonly server?: string;
  readonly tool?: string;
  readonly errors?: boolean;
  readonly since?: string;
  readonly lines?: string;
  readonly json?: boolean;
}

/** `logs` and what is below it. */
export const declareLogs = (program: Command, declaration: Declaration): void => {
  const { context, finish } = declaration;
  const logs = addVerb(program, 'logs', {
    summary: 'show the calls that were made',
    sentence: 'Show the last calls: who called what, how it ended, and how long it took.',
    examples: ['mcp-hub logs', 'mcp-hub logs -f --errors', "mcp-hub logs --server 'git*' --since 1h --json"],
    next: 'mcp-hub logs export --help',
  });
  logs.helpCommand(false);
  logs
    .option('-f, --follow', 'go on with new calls as they come')
    .option('--server <glob>', 'only calls to these servers')
    .option('--tool <glob>', 'only calls of these tools')
    .option('--errors', 'only calls that did not end well')
    .option('--since <time>', 'not older than this: 30m, 1h, 2d, or a date')
    .option('-n, --lines <count>', 'how many of the last calls (default 50)')
    .option('--json', 'one JSON object per line')
    .action(async (_flags: unknown, command: Command) => {
      const { runLogs } = await import('./commands/logs.ts');
      finish(await runLogs(context, command.optsWithGlobals<LogsFlags>()));
    });
  declareExport(logs, declaration);
  declareVerify(logs, declaration);
};

export interface LogsExportFlags extends GlobalOptions {
  readonly format?: ExportFormat;
  readonly server?: string;
  readonly tool?: string;
  readonly errors?: boolean;
  readonly since?: string;
  readonly output?: string;
}

const declareExport = (logs: Command, { context, finish }: Declaration): void => {
  addVerb(logs, 'export', {
    summary: 'write calls as NDJSON, CSV or HAR',
    sentence: 'Write the calls, oldest first, with requests and results as the log keeps them.',
    examples: [
      'mcp-hub logs export > calls.ndjson',
      'mcp-hub logs export --format csv --since 24h -o calls.csv',
      "mcp-hub logs export --format har --server 'git*' -o calls.har",
    ],
    next: 'mcp-hub logs',
  })
    .addOption(new Option('--format <format>', 'ndjson (default), csv or har').choices(EXPORT_FORMATS))
    .option('--server <glob>', 'only calls to these servers')
    .option('--tool <glob>', 'only calls of these tools')
    .option('--errors', 'only calls that did not end well')
    .option('--since <time>', 'not older than this: 30m, 1h, 2d, or a date')
    .option('-o, --output <file>', 'write this file instead of standard output')
    .action(async (_flags: unknown, command: Command) => {
      const { runLogsExport } = await import('./commands/logs-export.ts');
      finish(await runLogsExport(context, command.optsWithGlobals<LogsExportFlags>()));
    });
};

export interface LogsVerifyFlags extends GlobalOptions {
  readonly run?: string;
  readonly json?: boolean;
}

const declareVerify = (logs: Command, { context, finish }: Declaration): void => {
  addVerb(logs, 'verify', {
    summary: 'find what was changed in the log',
    sentence: 'Check that the calls in the log are as they were written; exit 1 if not.',
    examples: ['mcp-hub logs verify', 'mcp-hub logs verify --json'],
    notes: [
      'A run of a hub is:',
      '  intact     every entry is there, as it was written, in its order',
      '  broken     the entry that is named was changed, removed or moved',
      '  unchained  it was logged without hub.log.chain, which "audit" switches on',
    ],
    next: 'mcp-hub logs export --help',
  })
    .option('--run <id>', 'only this run of a hub (runId in logs --json)')
    .option('--json', 'print one JSON object')
    .action(async (_flags: unknown, command: Command) => {
      const { runLogsVerify } = await import('./commands/logs-verify.ts');
      finish(await runLogsVerify(context, command.optsWithGlobals<LogsVerifyFlags>()));
    });
};
