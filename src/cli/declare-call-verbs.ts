import type { Command } from 'commander';
import type { GlobalOptions } from './context.ts';
import { declareLogs } from './declare-log-verbs.ts';
import { declareMonitor } from './declare-monitor.ts';
import type { Declaration } from './program.ts';
import { addVerb } from './verb.ts';

/** Verbs about tools and calls. */
export const declareCallVerbs = (program: Command, declaration: Declaration): void => {
  program.commandsGroup('Tools and calls:');
  declareTools(program, declaration);
  declareCall(program, declaration);
  declareRoute(program, declaration);
  declareLogs(program, declaration);
  declareMonitor(program, declaration);
};

export interface ToolsFlags extends GlobalOptions {
  readonly schema?: boolean;
  readonly tokens?: boolean;
  readonly since?: string;
  readonly json?: boolean;
}

const declareTools = (program: Command, { context, finish }: Declaration): void => {
  addVerb(program, 'tools [pattern]', {
    summary: 'list the tools that clients see',
    sentence: 'List the tools that a client of the hub sees: all, of a server, or by glob.',
    examples: [
      'mcp-hub tools',
      'mcp-hub tools github',
      "mcp-hub tools '*_issue*' --schema",
      'mcp-hub tools --tokens --since 30d',
    ],
    next: 'mcp-hub call <tool>',
  })
    .option('--schema', 'show the arguments of each tool')
    .option('--tokens', 'what each definition costs, and which are never called')
    .option('--since <time>', 'with --tokens: what counts as never (default 7d)')
    .option('--json', 'print one JSON object')
    .action(async (pattern: string | undefined, _flags: unknown, command: Command) => {
      const { runTools } = await import('./commands/tools.ts');
      finish(await runTools(context, pattern, command.optsWithGlobals<ToolsFlags>()));
    });
};

export interface CallFlags extends GlobalOptions {
  readonly args?: string;
  readonly json?: boolean;
  readonly timeout?: string;
}

const declareCall = (program: Command, { context, finish }: Declaration): void => {
  addVerb(program, 'call <tool> [values...]', {
    summary: 'call a tool',
    sentence: 'Call a tool through the hub and print what it answers.',
    usage: '[options] <server__tool | server.tool> [key=value...]',
    examples: [
      'mcp-hub call math__add a=1 b=2',
      'mcp-hub call notes.write title=Today text=@today.md',
      'mcp-hub call notes.write tags:=\'["a","b"]\'',
      'mcp-hub call github__search --args \'{"query":"mcp"}\' --json',
      'mcp-hub call github__search --args - < arguments.json',
    ],
    notes: [
      'Values:',
      '  key=value    typed as the schema of the tool says, else text',
      '  key:=json    the value is JSON',
      '  key=@file    the text of a file',
    ],
    next: 'mcp-hub logs -n 1',
  })
    .option('--args <json>', 'all arguments as one JSON object; - reads stdin')
    .option('--json', 'print the result object as it is')
    .option('--timeout <ms>', 'give up after this many milliseconds')
    .action(async (tool: string, values: string[], _flags: unknown, command: Command) => {
      const { runCall } = await import('./commands/call.ts');
      finish(await runCall(context, tool, values, command.optsWithGlobals<CallFlags>()));
    });
};

export interface RouteFlags extends GlobalOptions {
  readonly kind?: string;
  readonly json?: boolean;
}

const declareRoute = (program: Command, { context, finish }: Declaration): void => {
  addVerb(program, 'route <name>', {
    summary: 'explain where a name goes',
    sentence: 'Explain which server answers to the name of a tool, prompt or resource.',
    examples: ['mcp-hub route github__search_issues', 'mcp-hub route file:///notes/today.md'],
    next: 'mcp-hub config validate',
  })
    .option('--kind <kind>', 'tool, prompt or resource (default: by the name)')
    .option('--json', 'print one JSON object')
    .action(async (name: string, _flags: unknown, command: Command) => {
      const { runRoute } = await import('./commands/route.ts');
      finish(await runRoute(context, name, command.optsWithGlobals<RouteFlags>()));
    });
};
