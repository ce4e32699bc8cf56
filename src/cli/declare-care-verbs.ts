import type { Command } from 'commander';
import type { DoctorFlags } from './commands/doctor.ts';
import type { StatsFlags } from './commands/stats.ts';
import type { Declaration } from './program.ts';
import { addVerb } from './verb.ts';

/** Verbs that tell how the hub and its servers are. */
export const declareCareVerbs = (program: Command, declaration: Declaration): void => {
  program.commandsGroup('Health:');
  declareDoctor(program, declaration);
  declareStats(program, declaration);
};

const declareDoctor = (program: Command, { context, finish }: Declaration): void => {
  addVerb(program, 'doctor', {
    summary: 'find what is wrong, and what mends it',
    sentence: 'Check the program, its files and every server; exit 5 when something fails.',
    examples: ['mcp-hub doctor', 'mcp-hub doctor --no-start', 'mcp-hub doctor --json'],
    notes: [
      'A line is:',
      '  ok       it is as it should be',
      '  warning  it works, and may not for long or for everybody; exit 0',
      '  fails    it does not work; the line below says what mends it; exit 5',
    ],
    next: 'mcp-hub list',
  })
    .option('--no-start', 'start no server; look only at what is there')
    .option('--json', 'print one JSON object')
    .action(async (_flags: unknown, command: Command) => {
      const { runDoctor } = await import('./commands/doctor.ts');
      finish(await runDoctor(context, command.optsWithGlobals<DoctorFlags>()));
    });
};

const declareStats = (program: Command, { context, finish }: Declaration): void => {
  addVerb(program, 'stats', {
    summary: 'what the calls come to',
    sentence: 'Sum up the calls of a time: how many, how long, what failed, by whom.',
    examples: ['mcp-hub stats', 'mcp-hub stats --since 7d --by tool', 'mcp-hub stats --by hour --json'],
    notes: ['Only the log is read. P50 and P95 are times that half, and 95 %, of the calls', 'do not exceed.'],
    next: 'mcp-hub tools --tokens',
  })
    .option('--since <time>', 'from then on: 30m, 24h (default), 7d, or a date')
    .option('--by <what>', 'one table only: server, tool, client or hour')
    .option('--json', 'print one JSON object')
    .action(async (_flags: unknown, command: Command) => {
      const { runStats } = await import('./commands/stats.ts');
      finish(await runStats(context, command.optsWithGlobals<StatsFlags>()));
    });
};
