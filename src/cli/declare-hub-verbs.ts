import { Argument, type Command, Option } from 'commander';
import { closest } from '../config/closest.ts';
import { HubError } from '../errors/hub-error.ts';
import { SHELLS, type Shell } from './completion/shells.ts';
import type { GlobalOptions } from './context.ts';
import type { Declaration } from './program.ts';
import { LOG_LEVELS, splitNames } from './serve-options.ts';
import { addVerb } from './verb.ts';

/** Verbs about the hub itself: `serve`, `status`, `token`, `demo`, `completion`, `help`. */
export const declareHubVerbs = (program: Command, declaration: Declaration): void => {
  program.commandsGroup('The hub:');
  declareServe(program, declaration);
  declareStatus(program, declaration);
  declareToken(program, declaration);
  declareDemo(program, declaration);
  declareCompletion(program, declaration);
  declareHelp(program, declaration);
};

interface ServeFlags extends GlobalOptions {
  readonly only?: string[];
  readonly log: boolean;
  readonly logLevel?: string;
  readonly http?: string | true;
  readonly host?: string;
  readonly auth: boolean;
  readonly stdio?: boolean;
}

const declareServe = (program: Command, { context, finish }: Declaration): void => {
  addVerb(program, 'serve', {
    summary: 'run the hub; MCP clients start this',
    sentence: 'Serve all configured MCP servers as one, on standard input and output or HTTP.',
    examples: ['mcp-hub serve', 'mcp-hub serve --only github,files', 'mcp-hub serve --http 7420'],
    next: 'mcp-hub logs -f    (in another terminal, to see the calls)',
  })
    .option('--only <names>', 'serve only these servers (comma-separated)', splitNames)
    .option('--http [port]', 'serve on HTTP (default port 7420, 0 picks one)')
    .option('--host <address>', 'bind this address (default localhost)')
    .option('--no-auth', 'want no token; only on this machine')
    .option('--stdio', 'with --http: serve standard input and output too')
    .option('--no-log', 'write no calls to the log')
    .addOption(
      new Option('--log-level <level>', 'what is told on stderr: error, warning (default), info, debug').choices(
        LOG_LEVELS,
      ),
    )
    .action(async (_flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<ServeFlags>();
      requireHttp(flags);
      const { runServe } = await import('./commands/serve.ts');
      finish(
        await runServe({
          ...(flags.config === undefined ? {} : { configFile: flags.config }),
          ...(flags.only === undefined ? {} : { only: flags.only }),
          ...(flags.logLevel === undefined ? {} : { logLevel: flags.logLevel }),
          ...(flags.http === undefined
            ? {}
            : {
                http: {
                  port: portOf(flags.http),
                  auth: flags.auth,
                  stdio: flags.stdio === true,
                  ...(flags.host && { host: flags.host }),
                },
              }),
          log: flags.log,
          env: context.env,
          cwd: context.cwd,
          err: context.err,
        }),
      );
    });
};

/** A flag that does nothing would leave a person with a hub other than the one asked for. */
const requireHttp = ({ http, host, auth, stdio }: ServeFlags): void => {
  if (http !== undefined) return;
  const [useless] = [
    ...(host === undefined ? [] : ['--host']),
    ...(auth ? [] : ['--no-auth']),
    ...(stdio ? ['--stdio'] : []),
  ];
  if (useless !== undefined)
    throw new HubError('USAGE', `${useless} needs --http`, { hint: `like this: mcp-hub serve --http ${useless}` });
};

const DEFAULT_PORT = 7420;

const portOf = (value: string | true): number => {
  if (value === true) return DEFAULT_PORT;
  const port = Number(value);
  if (/^\d{1,5}$/.test(value) && port <= 65_535) return port;
  throw new HubError('USAGE', `--http ${value} is not a port`, {
    hint: 'like this: --http 7420, or --http 0 for a free one',
  });
};

const declareStatus = (program: Command, { context, finish }: Declaration): void => {
  addVerb(program, 'status', {
    summary: 'the hubs that run now, and their servers',
    sentence: 'Show the hubs that run, who uses them, and how their servers are.',
    examples: ['mcp-hub status', 'mcp-hub status --json'],
    next: 'mcp-hub monitor    (to see the calls)',
  })
    .option('--json', 'print one JSON object')
    .action(async (_flags: unknown, command: Command) => {
      const { runStatus } = await import('./commands/status.ts');
      finish(await runStatus(context, command.optsWithGlobals<{ json?: boolean }>()));
    });
};

const declareToken = (program: Command, { context, finish }: Declaration): void => {
  addVerb(program, 'token [rotate]', {
    summary: 'the token that HTTP clients send',
    sentence: 'Print the bearer token for clients of `serve --http`, or make a new one.',
    examples: ['mcp-hub token', 'mcp-hub token rotate', 'mcp-hub token --json'],
    next: 'mcp-hub serve --http',
  })
    .option('--json', 'print one JSON object')
    .action(async (action: string | undefined, _flags: unknown, command: Command) => {
      if (action !== undefined && action !== 'rotate')
        throw new HubError('USAGE', `"${action}" is nothing that can be done with the token`, {
          hint: 'like this: mcp-hub token, or mcp-hub token rotate',
        });
      const { runToken } = await import('./commands/token.ts');
      const { json } = command.optsWithGlobals<{ json?: boolean }>();
      finish(runToken(context, { rotate: action === 'rotate', json: json === true }));
    });
};

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

const declareCompletion = (program: Command, { context, finish }: Declaration): void => {
  addVerb(program, 'completion', {
    summary: 'completion with Tab for your shell',
    sentence: 'Print a script that makes the Tab key complete verbs, options and servers.',
    usage: '[options] <bash|zsh|fish|powershell>',
    examples: ['mcp-hub completion zsh > ~/.zfunc/_mcp-hub', 'source <(mcp-hub completion bash)'],
    next: 'mcp-hub <Tab>',
  })
    .addArgument(new Argument('<shell>', 'whose script is printed').choices(SHELLS))
    .action(async (shell: Shell) => {
      const { runCompletion } = await import('./commands/completion.ts');
      finish(runCompletion(context, shell));
    });
  program
    .command('__complete', { hidden: true })
    .argument('[words...]')
    .option('--empty')
    .action(async (words: string[], { empty }: { empty?: boolean }) => {
      const { runComplete } = await import('./commands/completion.ts');
      finish(await runComplete(context, program, empty === true ? [...words, ''] : words));
    });
};

const declareHelp = (program: Command, { context, finish }: Declaration): void => {
  addVerb(program, 'help [topic...]', {
    summary: 'explain a verb, or exit-codes',
    sentence: 'Explain a verb, or list the exit codes.',
    examples: ['mcp-hub help add', 'mcp-hub help config show', 'mcp-hub help exit-codes'],
    next: 'mcp-hub help exit-codes',
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
