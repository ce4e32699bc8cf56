import { type Command, Option } from 'commander';
import { closest } from '../config/closest.ts';
import { HubError } from '../errors/hub-error.ts';
import type { GlobalOptions } from './context.ts';
import type { Declaration } from './program.ts';
import { addVerb } from './verb.ts';

/** Verbs about the hub itself: `serve`, `demo`, `help`. */
export const declareHubVerbs = (program: Command, declaration: Declaration): void => {
  program.commandsGroup('The hub:');
  declareServe(program, declaration);
  declareDemo(program, declaration);
  declareHelp(program, declaration);
};

interface ServeFlags extends GlobalOptions {
  readonly only?: string[];
  readonly log: boolean;
  readonly logLevel?: string;
}

const declareServe = (program: Command, { context, finish }: Declaration): void => {
  addVerb(program, 'serve', {
    summary: 'run the hub; MCP clients start this',
    sentence: 'Serve all configured MCP servers as one, on standard input and output.',
    examples: ['mcp-hub serve', 'mcp-hub serve --only github,files', 'mcp-hub serve --config ./work.json --no-log'],
    next: 'mcp-hub logs -f    (in another terminal, to see the calls)',
  })
    .option('--only <names>', 'serve only these servers (comma-separated)', splitNames)
    .option('--no-log', 'write no calls to the log')
    .addOption(
      new Option('--log-level <level>', 'what is told on stderr: error, warning (default), info, debug').choices([
        'error',
        'warning',
        'info',
        'debug',
      ]),
    )
    .action(async (_flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<ServeFlags>();
      const { runServe } = await import('./commands/serve.ts');
      finish(
        await runServe({
          ...(flags.config === undefined ? {} : { configFile: flags.config }),
          ...(flags.only === undefined ? {} : { only: flags.only }),
          ...(flags.logLevel === undefined ? {} : { logLevel: flags.logLevel }),
          log: flags.log,
          env: context.env,
          cwd: context.cwd,
        }),
      );
    });
};

const splitNames = (value: string, previous: readonly string[] | undefined): string[] => [
  ...(previous ?? []),
  ...value
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== ''),
];

const declareDemo = (program: Command, { context, finish }: Declaration): void => {
  addVerb(program, 'demo', {
    summary: 'show the hub at work with three small servers',
    sentence: 'Run the hub with three small example servers and a scripted client.',
    examples: ['mcp-hub demo', 'mcp-hub demo --keep'],
    next: 'mcp-hub add    (your own first server)',
  })
    .option('--keep', 'leave the hub running until Ctrl-C')
    .action(async (flags: { keep?: boolean }) => {
      const { runDemo } = await import('./commands/demo.ts');
      finish(await runDemo({ keep: flags.keep === true, env: context.env, cwd: context.cwd, stdout: context.out }));
    });
};

const declareHelp = (program: Command, { context, finish }: Declaration): void => {
  addVerb(program, 'help [topic...]', {
    summary: 'explain a verb, or exit-codes',
    sentence: 'Explain a verb, or list the exit codes.',
    examples: ['mcp-hub help add', 'mcp-hub help config show', 'mcp-hub help exit-codes'],
  }).action(async (topics: string[]) => {
    if (topics[0] !== 'exit-codes') return findVerb(program, topics).outputHelp();
    const { exitCodesText } = await import('./exit-codes.ts');
    context.out(exitCodesText());
    finish(0);
  });
};

const findVerb = (program: Command, topics: readonly string[]): Command => {
  let command = program;
  for (const topic of topics) {
    const found = command.commands.find(
      (candidate) => candidate.name() === topic || candidate.aliases().includes(topic),
    );
    if (found === undefined) throw unknownTopic(topic, command);
    command = found;
  }
  return command;
};

const unknownTopic = (topic: string, command: Command): HubError => {
  const meant = closest(topic, [...command.commands.map((candidate) => candidate.name()), 'exit-codes']);
  const hint = meant === undefined ? 'run: mcp-hub help' : `did you mean "${meant}"?`;
  return new HubError('USAGE', `no help for "${topic}": there is no such verb`, { hint });
};
