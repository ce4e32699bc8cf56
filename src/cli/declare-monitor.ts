import type { Command } from 'commander';
import type { GlobalOptions } from './context.ts';
import type { Declaration } from './program.ts';
import { addVerb } from './verb.ts';

export interface MonitorFlags extends GlobalOptions {
  readonly demo?: boolean;
  readonly ascii?: boolean;
  readonly server?: string;
  readonly tool?: string;
  readonly errors?: boolean;
  readonly since?: string;
}

export const declareMonitor = (program: Command, { context, finish }: Declaration): void => {
  addVerb(program, 'monitor [filter...]', {
    summary: 'watch every call live, in the terminal',
    sentence: 'Watch the calls of all hubs live: calls, servers, tools, figures, sessions.',
    examples: ['mcp-hub monitor', 'mcp-hub monitor --demo', "mcp-hub monitor 'server:git*' status:error"],
    notes: [
      'Filter:',
      '  server:git*  tool:*issue*  client:cursor  status:error|running|slow',
      '  >1s  since:30m  !tool:ping  and plain words; in the monitor, / and ?',
    ],
    next: 'mcp-hub logs -f    (the same calls as lines)',
  })
    .option('--demo', 'watch a scripted session; needs no set-up')
    .option('--ascii', 'draw with ASCII alone')
    .option('--server <glob>', 'only calls to these servers')
    .option('--tool <glob>', 'only calls of these tools')
    .option('--errors', 'only calls that did not end well')
    .option('--since <time>', 'not older than this: 30m, 1h, 2d, or a date')
    .action(async (words: string[], _flags: unknown, command: Command) => {
      const { runMonitorVerb } = await import('./commands/monitor.ts');
      finish(await runMonitorVerb(context, words, command.optsWithGlobals<MonitorFlags>()));
    });
};
