import { Command, Option } from 'commander';
import type { CliContext } from './context.ts';
import { declareAccountVerbs } from './declare-account-verbs.ts';
import { declareCallVerbs } from './declare-call-verbs.ts';
import { declareCareVerbs } from './declare-care-verbs.ts';
import { declareClientVerbs } from './declare-client-verbs.ts';
import { declareConfigVerbs } from './declare-config-verbs.ts';
import { declareHubVerbs } from './declare-hub-verbs.ts';
import { declareServerVerbs } from './declare-server-verbs.ts';
import { addGlobalOptions, describeWithExamples, GLOBAL_GROUP, HELP_COLUMNS } from './verb.ts';

/** What a verb's declaration needs: the world, and where the exit code of its action goes. */
export interface Declaration {
  readonly context: CliContext;
  readonly finish: (exitCode: number) => void;
}

/**
 * The grammar of the command line. It loads no verb: each action imports its own code when it runs.
 * Nothing here ends the process; what commander would print as an error is thrown as a `CommanderError`.
 */
export const createProgram = (declaration: Declaration, version: string): Command => {
  const program = new Command('mcp-hub');
  settle(program, declaration.context);
  describeWithExamples(program, {
    summary: '',
    sentence: 'One local MCP server in front of all your MCP servers.',
    examples: [
      'mcp-hub add files -- npx -y @modelcontextprotocol/server-filesystem .',
      'mcp-hub list --check',
      'mcp-hub serve',
    ],
    next: 'mcp-hub demo    (every verb explains itself: mcp-hub help <verb>)',
  });
  declareHubVerbs(program, declaration);
  declareServerVerbs(program, declaration);
  declareClientVerbs(program, declaration);
  declareCallVerbs(program, declaration);
  declareAccountVerbs(program, declaration);
  declareCareVerbs(program, declaration);
  declareConfigVerbs(program, declaration);
  program.optionsGroup(GLOBAL_GROUP).version(version, '-V, --version', 'print the version');
  addGlobalOptions(program);
  return program;
};

/** Subcommands inherit these settings, because they are made before them. */
const settle = (program: Command, context: CliContext): void => {
  program
    .exitOverride()
    .enablePositionalOptions()
    .helpCommand(false)
    .addHelpOption(new Option('-h, --help', 'show this help').helpGroup(GLOBAL_GROUP))
    .showSuggestionAfterError(false)
    .configureHelp({
      helpWidth: HELP_COLUMNS,
      subcommandTerm: (verb) => [verb.name(), ...verb.aliases()].join('|'),
      optionDescription: (option) => option.description,
    })
    .configureOutput({
      writeOut: context.out,
      writeErr: context.err,
      outputError: () => {},
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
};
